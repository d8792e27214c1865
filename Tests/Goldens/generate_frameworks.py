#!/usr/bin/env python3
"""Writes weights-FRAMEWORK.json: recurrent layers by other frameworks, with the weights as these name and pack them.

    python3 generate_frameworks.py pytorch       (needs torch)
    python3 generate_frameworks.py keras         (needs keras and tensorflow)
    python3 generate_frameworks.py onnx          (needs onnx and onnxruntime, which computes in float)
    python3 generate_frameworks.py flax          (needs jax and flax)

Each may have an environment of its own. The same versions on the same processor write the same bytes.
"""

import importlib
import sys

# The folder is part of a source tree; byte code does not belong there.
sys.dont_write_bytecode = True

from generate import write

FRAMEWORKS = ("pytorch", "keras", "onnx", "flax")


def main():
    wanted = sys.argv[1:]
    if not wanted or not set(wanted) <= set(FRAMEWORKS):
        sys.exit(f"generate_frameworks.py needs one or more of {', '.join(FRAMEWORKS)}")
    for name in wanted:
        try:
            module = importlib.import_module(f"generator.frameworks.{name}_layers")
        except ImportError as error:
            sys.exit(f"generate_frameworks.py {name}: {error}")
        write(f"weights-{name}", list(module.cases()))


if __name__ == "__main__":
    main()
