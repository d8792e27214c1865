#!/usr/bin/env python3
"""Writes functions.json: every operation of tensors in double, with first and second derivatives, by PyTorch.

    python3 generate_functions.py        (needs torch)

The wide net beside operations.json: PyTorch's own rules give the derivatives, and each is held against a difference.
The same PyTorch on the same processor writes the same bytes.
"""

import itertools
import sys

# The folder is part of a source tree; byte code does not belong there.
sys.dont_write_bytecode = True

from generate import write


def main():
    try:
        import torch
    except ImportError as error:
        sys.exit(f"generate_functions.py needs PyTorch: {error}")
    from generator.functions import creation, elementwise, indexing, matrices, networks, reductions, shapes

    torch.set_num_threads(1)
    sections = (elementwise, reductions, matrices, shapes, indexing, networks, creation)
    write("functions", list(itertools.chain.from_iterable(section.cases() for section in sections)))


if __name__ == "__main__":
    main()
