"""Builds all that the first cell would have to wait for."""

import sys

from .compiler import run_plainly
from .toolchain import Library, Toolchain

if __name__ == "__main__":
    status, output = Library(Toolchain()).build(run_plainly)
    sys.exit(output if status != 0 else 0)
