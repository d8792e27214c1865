"""Shapes: PyTorch's functions, and NumPy's subscripts and padding as positions of elements."""

import itertools

import numpy
import torch
from torch.nn import functional

from ..golden import count
from ..pytorch import case, numbers, titled, with_second_order_once


def of_one(name, function, shape, attributes=None):
    title = titled(f"{name} of {list(shape)}", attributes or {})
    return case(title, name, function, {"x": numbers(title, shape)}, attributes)


def forms():
    for shape, to in (((2, 3), [3, 2]), ((2, 3, 2), [2, 6]), ((4,), [2, 1, 2]), ((), [1, 1]), ((1,), [])):
        yield of_one("reshape", lambda x: x.reshape(to), shape, {"shape": to})
    for shape, to in (((2, 1), [2, 3]), ((3,), [2, 3]), ((), [2]), ((2, 1, 2), [2, 2, 2])):
        yield of_one("expand", lambda x: x.expand(to), shape, {"shape": to})
    for shape in ((2, 3), (2, 1, 2), ()):
        yield of_one("flatten", torch.flatten, shape)
    for shape, attributes in (
        ((2, 3), {}),
        ((2, 3, 2), {}),
        ((2, 3, 2), {"first": 0, "second": 2}),
        ((2, 3, 2), {"first": 0}),
        ((2, 3, 2), {"second": 0}),
    ):
        first, second = attributes.get("first", -2), attributes.get("second", -1)
        yield of_one("transpose", lambda x: x.transpose(first, second), shape, attributes)
    for shape, order in (((2, 3), [1, 0]), ((2, 3, 2), [2, 0, 1]), ((2, 1, 3), [-1, 0, 1]), ((3,), [0])):
        yield of_one("permute", lambda x: x.permute(order), shape, {"order": order})
    for shape, axes in (((2, 1, 3, 1), [1]), ((2, 1, 3, 1), [-1, 1]), ((1, 3), [0]), ((1, 2, 1), None)):
        attributes = {} if axes is None else {"axes": axes}
        yield of_one("squeeze", lambda x: x.squeeze() if axes is None else x.squeeze(axes), shape, attributes)
    for shape, axis in (((2, 3), 0), ((2, 3), 1), ((3,), -1), ((), 0)):
        yield of_one("unsqueeze", lambda x: x.unsqueeze(axis), shape, {"axis": axis})


def joined_and_cut():
    for name, function, shapes, axis in (
        ("concatenate", torch.cat, [(2,), (3,)], None),
        ("concatenate", torch.cat, [(2, 1), (2, 3), (2, 2)], 1),
        ("concatenate", torch.cat, [(1, 2, 2), (2, 2, 2)], -3),
        ("concatenate", torch.cat, [(2, 2)], 0),
        ("stack", torch.stack, [(2,), (2,), (2,)], None),
        ("stack", torch.stack, [(2, 3), (2, 3)], 1),
        ("stack", torch.stack, [(2, 3), (2, 3)], -1),
        ("stack", torch.stack, [(), ()], 0),
    ):
        attributes = {} if axis is None else {"axis": axis}
        title = f"{name} of {', '.join(str(list(shape)) for shape in shapes)}" + (
            "" if axis is None else f", axis {axis}"
        )
        inputs = {f"x{i}": numbers(f"{title} {i}", shape) for i, shape in enumerate(shapes)}
        yield case(title, name, lambda *x: function(x, axis or 0), inputs, attributes)
    for shape, extents, axis in (
        ((5,), [2, 3], None),
        ((2, 4), [1, 3], 1),
        ((3, 2, 2), [1, 1, 1], 0),
        ((2, 3), [3], -1),
    ):
        attributes = {"extents": extents} | ({} if axis is None else {"axis": axis})
        yield of_one("split", lambda x: numbered(torch.split(x, extents, axis or 0)), shape, attributes)
    for shape, parts, axis in (((5,), 3, None), ((2, 4), 2, 1), ((2, 4), 3, -1), ((3, 2), 1, 0)):
        attributes = {"count": parts} | ({} if axis is None else {"axis": axis})
        yield of_one("chunk", lambda x: numbered(torch.chunk(x, parts, axis or 0)), shape, attributes)


def numbered(parts):
    return {f"part{index}": part for index, part in enumerate(parts)}


def repeated_and_moved():
    for shape, times, axis in (((3,), 2, 0), ((2, 3), 3, 1), ((2, 2, 2), 2, -2)):
        yield of_one("repeat", lambda x: torch.repeat_interleave(x, times, axis), shape, {"count": times, "axis": axis})
    for shape, counts in (((3,), [2]), ((2, 3), [2, 1]), ((2, 2), [3]), ((2,), [2, 3]), ((), [2])):
        yield of_one("tile", lambda x: torch.tile(x, counts), shape, {"counts": counts})
    for shape, shift, axis in (((5,), 2, 0), ((2, 3), -1, 1), ((2, 3), 7, -1), ((2, 3, 2), 1, 0)):
        yield of_one("roll", lambda x: torch.roll(x, shift, axis), shape, {"shift": shift, "axis": axis})
    for shape, axes in (((4,), [0]), ((2, 3), [1]), ((2, 3, 2), [0, -1]), ((2, 3), None)):
        attributes = {} if axes is None else {"axes": axes}
        yield of_one(
            "flip", lambda x: torch.flip(x, tuple(range(x.dim())) if axes is None else axes), shape, attributes
        )


def at_positions(x, positions):
    return x.reshape(-1)[torch.from_numpy(positions.copy())]


def positions_of(shape):
    return numpy.arange(count(shape)).reshape(shape)


def padded():
    widths = [((3,), [2], [1]), ((2, 3), [1, 0], [0, 2]), ((2, 2, 2), [0, 1, 1], [1, 0, 1])]
    modes = ({}, {"mode": "constant", "value": -1.5}, {"value": 2}, {"mode": "reflect"}, {"mode": "edge"})
    for (shape, before, after), settings in itertools.product(widths, modes):
        pairs = list(zip(before, after))

        def function(x):
            if settings.get("mode", "constant") == "constant":
                return functional.pad(x, [*itertools.chain(*reversed(pairs))], value=settings.get("value", 0))
            return at_positions(x, numpy.pad(positions_of(shape), pairs, settings["mode"]))

        yield of_one("pad", function, shape, {"before": before, "after": after} | settings)


SUBSCRIPTS = [
    ((5,), "2"),
    ((5,), "-1"),
    ((5,), "1:3"),
    ((5,), "::-2"),
    ((5,), ":-1:2"),
    ((5,), "3:0:-1"),
    ((3, 4), "1"),
    ((3, 4), "1:3, -1"),
    ((3, 4), ":, ::2"),
    ((3, 4), "..., 0"),
    ((3, 4), "::-1, ::-1"),
    ((3, 4), "None, 2:"),
    ((3, 4), ":, None, 1"),
    ((2, 2, 3), "..., None, -2:"),
    ((2, 2, 3), "0, ..., 1"),
    ((2, 2, 3), ":, 1, ::-1"),
    ((3,), "1:1"),
    ((2, 3), "1, 2"),
]
ASSIGNMENTS = [
    ((5,), "2", ()),
    ((5,), "1:4", (3,)),
    ((5,), "::-2", (3,)),
    ((3, 4), "1", (4,)),
    ((3, 4), "1:3, -1", (2,)),
    ((3, 4), ":, 1:3", (2,)),
    ((3, 4), "..., 0", (3,)),
    ((3, 4), "::2", ()),
    ((2, 2, 3), "..., ::-1", (2, 1, 3)),
    ((2, 3), "None, 1:", (1, 1, 3)),
    ((2, 3), "...", (3,)),
]


def parts(shape, subscript):
    return eval(f"positions[{subscript}]", {"positions": positions_of(shape)})


def subscripts():
    for shape, subscript in SUBSCRIPTS:
        positions = numpy.asarray(parts(shape, subscript))
        yield of_one("subscript", lambda x: at_positions(x, positions), shape, {"subscript": subscript})
    for shape, subscript, part in ASSIGNMENTS:
        positions = torch.from_numpy(numpy.array(parts(shape, subscript)))
        title = f"assign {list(part)} to {subscript} of {list(shape)}"

        def function(x, y):
            return x.reshape(-1).index_put((positions,), y.expand(positions.shape)).reshape(shape)

        inputs = {"x": numbers(f"{title} x", shape), "y": numbers(f"{title} y", part)}
        yield case(title, "assign", function, inputs, {"subscript": subscript})


def cases():
    return with_second_order_once(
        itertools.chain(forms(), joined_and_cut(), repeated_and_moved(), padded(), subscripts())
    )
