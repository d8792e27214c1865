#!/usr/bin/env python3
"""Runs exported files in the programs that they are for, and compares what these give with what the library computed.

    python3 check.py onnx FOLDER            (needs numpy, onnx and onnxruntime)
    python3 check.py stablehlo FOLDER       (needs numpy and jax)

FOLDER has what `ExportCase.write` put there. Of what could not be exported the reasons are listed.
"""

import pathlib
import sys

import numpy

TOLERANCE = 1e-5


def difference(found, expected):
    """The greatest difference, relative to the scale of the tensor, or infinity and what is wrong."""
    if found.shape != expected.shape or found.dtype != expected.dtype:
        return numpy.inf, f"{found.dtype} {found.shape}, not {expected.dtype} {expected.shape}"
    if found.dtype.kind != "f":
        return (0 if (found == expected).all() else numpy.inf), "other elements"
    with numpy.errstate(invalid="ignore"):
        same = (found == expected) | (numpy.isnan(found) & numpy.isnan(expected))
        distance = numpy.where(same, 0, numpy.abs(found - expected))
    finite = expected[numpy.isfinite(expected)]
    scale = max(1, numpy.abs(finite).max()) if finite.size else 1
    worst = distance.max() / scale if distance.size else 0
    return (worst if numpy.isfinite(worst) else numpy.inf), "other numbers"


class ONNX:
    suffix = ".onnx"

    def run(self, path):
        import onnx
        import onnxruntime

        model = path.read_bytes()
        onnx.checker.check_model(onnx.load_from_string(model), full_check=True)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(model, options)
        inputs = dict(numpy.load(path.with_suffix(".inputs.npz")))
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(names, {value.name: inputs[value.name] for value in session.get_inputs()})))


class StableHLO:
    suffix = ".mlir"

    def __init__(self):
        import jax

        jax.config.update("jax_enable_x64", True)
        self.client = jax.devices("cpu")[0].client

    def run(self, path):
        from jax._src.lib import xla_client

        inputs = dict(numpy.load(path.with_suffix(".inputs.npz")))
        parameters = dict(numpy.load(path.with_suffix(".parameters.npz")))
        names = path.with_suffix(".arguments").read_text().split("\n")
        values = [inputs[name] for name in names[: len(inputs)]] + [parameters[name] for name in names[len(inputs) :]]
        devices = self.client.local_devices()[:1]
        program = self.client.compile_and_load(path.read_bytes(), devices, xla_client.CompileOptions())
        import jax

        buffers = [jax.device_put(numpy.asarray(value), devices[0]) for value in values if values]
        results = program.execute_sharded(buffers).disassemble_into_single_device_arrays()
        return dict(zip(path.with_suffix(".results").read_text().split("\n"), [numpy.asarray(r[0]) for r in results]))


def check(program, path):
    found = program.run(path)
    expected = dict(numpy.load(path.with_suffix(".outputs.npz")))
    if set(found) != set(expected):
        raise ValueError(f"the outputs are {sorted(found)}, not {sorted(expected)}")
    worst = 0
    for name, value in found.items():
        distance, reason = difference(value, expected[name])
        if distance > TOLERANCE:
            raise ValueError(f"output {name}: {reason} ({distance:.2g})")
        worst = max(worst, distance)
    return worst


def main():
    program = {"onnx": ONNX, "stablehlo": StableHLO}[sys.argv[1]]()
    names = sorted(pathlib.Path(sys.argv[2]).glob("*.name"), key=lambda path: int(path.stem))
    failures, agreeing, worst, refusals = 0, 0, 0, {}
    for name in names:
        error = name.with_suffix(program.suffix + "-error")
        if error.exists():
            refusals.setdefault(error.read_text(), []).append(name.read_text())
            continue
        try:
            worst = max(worst, check(program, name.with_suffix(program.suffix)))
            agreeing += 1
        except Exception as error:
            failures += 1
            print(f"{name.read_text()} ({name.stem}): {str(error).splitlines()[0][:300]}")
    for reason, cases in refusals.items():
        print(f"{reason}: {len(cases)} cases, such as {cases[0]}")
    refused = sum(map(len, refusals.values()))
    print(f"{agreeing} agree to {worst:.1g}, {refused} could not be exported, {failures} failed")
    sys.exit(failures > 0 or agreeing == 0)


if __name__ == "__main__":
    main()
