"""Builds all that the first cell would have to wait for."""

import sys

from .compiler import run_plainly
from .toolchain import Library, Toolchain, ToolchainError


def main():
    """Status 0, or what is wrong."""
    try:
        status, output = Library(Toolchain()).build(run_plainly)
    except (ToolchainError, OSError) as error:
        return str(error)
    return (output or f"The build ended with status {status}.") if status != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
