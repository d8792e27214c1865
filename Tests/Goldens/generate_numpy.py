#!/usr/bin/env python3
"""Writes numpy/*.npz: arrays as NumPy stores them, and streams as zlib compresses them.

    python3 generate_numpy.py       (needs numpy)

Element k of an array, in row-major order, is 0.75 k - 3 for real numbers, 5 k - 9 for signed ones, 5 k + 1 for unsigned
ones, and k % 3 == 0 for truth values. An array is named by its type, order, shape and version of the format. The same
versions write the same bytes.
"""

import io
import pathlib
import warnings
import zipfile
import zlib

import numpy
from numpy.lib import format as npy

FOLDER = pathlib.Path(__file__).resolve().parent / "numpy"
SHAPES = [(), (0,), (3,), (2, 0, 3), (2, 3), (2, 3, 4), (1, 5, 1)]
TYPES = ["<f8", ">f8", "<f4", ">f4", "<f2", ">f2", "<i8", ">i8", "<i4", ">i4", "<i2", ">i2", "|i1", "|u1", "|b1", "<u2", ">u2"]
TYPES += ["<u4", ">u4", "<u8", ">u8"]


def array(descr, order, shape):
    dtype = numpy.dtype(descr)
    k = numpy.arange(int(numpy.prod(shape)))
    values = {"f": 0.75 * k - 3, "i": 5 * k - 9, "u": 5 * k + 1, "b": k % 3 == 0}[dtype.kind]
    return numpy.array(values.astype(dtype).reshape(shape), order=order)


def arrays():
    for descr in TYPES:
        for shape in [(2, 3, 4)] if descr not in ("<f4", ">i2") else SHAPES:
            for order in "CF":
                for version in [1] if descr != "<f4" else [1, 2, 3]:
                    yield f"{descr[1:]} {'big' if descr[0] == '>' else 'little'} {order} {shape} {version}", version, array(
                        descr, order, shape
                    )


def write_archive(name, compression):
    with zipfile.ZipFile(FOLDER / name, "w", compression) as archive:
        for title, version, values in arrays():
            buffer = io.BytesIO()
            npy.write_array(buffer, values, version=(version, 0))
            # The first date that the format knows, so that the bytes do not depend on the day.
            archive.writestr(zipfile.ZipInfo(title + ".npy"), buffer.getvalue(), compression)


def deflated(content, level, strategy=zlib.Z_DEFAULT_STRATEGY):
    compressor = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
    return numpy.frombuffer(compressor.compress(content) + compressor.flush(), numpy.uint8)


def write_streams():
    words = [b"forget", b"input", b"output", b"candidate", b" ", b"\n", bytes(range(256))]
    number, content = 1, b""
    while len(content) < 20_000:
        number = number * 48271 % 2147483647
        content += words[number % len(words)] * (1 + number // 7 % 3)
    content += bytes(1500)
    streams = {f"level {level}": deflated(content, level) for level in (0, 1, 6, 9)}
    streams["fixed codes"] = deflated(content, 9, zlib.Z_FIXED)
    streams["no matches"] = deflated(content, 9, zlib.Z_HUFFMAN_ONLY)
    streams["runs only"] = deflated(content, 9, zlib.Z_RLE)
    streams["content"] = numpy.frombuffer(content, numpy.uint8)
    write_numpy_archive("streams.npz", streams)


def write_numpy_archive(name, contents):
    """As numpy.savez_compressed, with a fixed date, the sizes in the format's extension as it writes them."""
    with zipfile.ZipFile(FOLDER / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for title, values in contents.items():
            with archive.open(zipfile.ZipInfo(title + ".npy"), "w", force_zip64=True) as member:
                npy.write_array(member, numpy.asanyarray(values))


def unsupported():
    """Arrays of types that are not read, beside one that is."""
    title = [(("a title", "α'"), "<f4", (2,)), ("n\\'", [("x", "<i2"), ("y", ">f8")])]
    return {
        "texts": numpy.array(["a", "∇ and more"]),
        "bytes": numpy.array([b"ab", b"c"]),
        "complex": (numpy.arange(6) * 1j).astype("<c8").reshape(2, 3).T,
        "objects": numpy.array([{1: 2}, None], object),
        "dates": numpy.array(["2020-02-29"], "M8[D]"),
        "spans": numpy.array([3], ">m8[25us]"),
        "record": numpy.zeros(2, title),
        "latin": numpy.zeros(2, numpy.dtype([("é", "i1"), ("z", "f4")], align=True)),
        "pickled": numpy.zeros(2, [("x", "O"), ("y", "f4")]),
        "nothing": numpy.zeros(2, []),
        "weights": numpy.arange(3.0),
    }


def main():
    FOLDER.mkdir(exist_ok=True)
    write_archive("stored.npz", zipfile.ZIP_STORED)
    write_archive("deflated.npz", zipfile.ZIP_DEFLATED)
    write_streams()
    with warnings.catch_warnings(action="ignore"):  # That a name is not ASCII.
        write_numpy_archive("unsupported.npz", unsupported())
    special = numpy.array([numpy.nan, numpy.inf, -numpy.inf, -0.0, 5e-324])
    write_numpy_archive("special.npz", {"special": special, "∇ äöü": numpy.float32(1)})


if __name__ == "__main__":
    main()
