#!/usr/bin/env python3
"""Writes layers.json: losses and modules in double, with their derivatives, by PyTorch.

    python3 generate_layers.py        (needs torch)

What PyTorch does not have is computed with its tensors from the definition: the likelihood of a conditional random
field as a sum over all sequences of tags, for instance. The same PyTorch on the same processor writes the same bytes.
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
        sys.exit(f"generate_layers.py needs PyTorch: {error}")
    from generator.layers import attention, classes, losses, sequences

    torch.set_num_threads(1)
    sections = (losses, sequences, attention, classes)
    write("layers", list(itertools.chain.from_iterable(section.cases() for section in sections)))


if __name__ == "__main__":
    main()
