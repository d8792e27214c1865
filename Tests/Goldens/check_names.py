#!/usr/bin/env python3
"""Checks that the names of other libraries' functions in docs/Operations.md and docs/Layers.md exist there.

    python3 check_names.py           checks the columns PyTorch, NumPy and JAX of every table
    python3 check_names.py FILE …    the same of other files

Names stand in backticks, as `torch.softmax`; of a call or another expression the leading dotted name counts, and one of
a single letter, as `x.T`, is an operand. A cell without a name has a dash. What is not installed is not checked, so the
program is run once in each environment.
"""

import importlib
import pathlib
import re
import sys

# The folder is part of a source tree; byte code does not belong there.
sys.dont_write_bytecode = True

COLUMNS = ("PyTorch", "NumPy", "JAX")
PACKAGES = ("torch", "torchvision", "numpy", "scipy", "jax", "optax")
DOCUMENTS = pathlib.Path(__file__).resolve().parents[2] / "docs"


def cells(line):
    """The cells of a line of a table, which begins and ends with a bar; a bar with a backslash belongs to its cell."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def named_cells(text):
    """The line number and the text of every cell below one of the columns."""
    header = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.lstrip().startswith("|"):
            header = None
        elif header is None:
            header = cells(line)
        elif set(line) - set("|-: "):
            yield from ((number, cell) for title, cell in zip(header, cells(line)) if title in COLUMNS)


def resolves(name):
    """Whether a dotted name is that of a module's attribute."""
    root, *path = name.split(".")
    found = importlib.import_module(root)
    for index, part in enumerate(path):
        if not hasattr(found, part):
            try:
                # A module that is not loaded with its package.
                importlib.import_module(".".join([root, *path[: index + 1]]))
            except ImportError:
                return False
        found = getattr(found, part)
    return True


def complaint(name, missing):
    root = name.split(".")[0]
    if root not in PACKAGES:
        return f"{root} is no package that is known here"
    if root in missing:
        return None
    return None if resolves(name) else "there is no such name"


def is_installed(package):
    try:
        importlib.import_module(package)
    except ImportError:
        return False
    return True


def wrong_names(path, missing):
    """How many names a file has, how many of them were looked up, and what is wrong with its cells."""
    names, checked, wrong = 0, 0, []
    for line, cell in named_cells(path.read_text("utf-8")):
        spans = re.findall(r"`([^`]+)`", cell)
        if not spans and not cell.startswith("—") and cell:
            wrong.append(f"{line}: neither a name in backticks nor a dash: {cell!r}")
        for span in spans:
            match = re.match(r"[A-Za-z_]\w+(\.\w+)+", span)
            if match:
                names += 1
                checked += match[0].split(".")[0] not in missing
                problem = complaint(match[0], missing)
                if problem:
                    wrong.append(f"{line}: {match[0]}: {problem}")
    return names, checked, wrong


def main():
    paths = [pathlib.Path(name) for name in sys.argv[1:]] or [DOCUMENTS / "Operations.md", DOCUMENTS / "Layers.md"]
    missing = [package for package in PACKAGES if not is_installed(package)]
    skipped = f"; not installed and not checked: {', '.join(missing)}" if missing else ""
    failed = False
    for path in paths:
        names, checked, wrong = wrong_names(path, missing)
        for problem in wrong:
            print(f"{path.name}:{problem}")
        print(f"{path.name}: {checked} names checked, {len(wrong)} wrong{skipped}")
        if names == 0:
            print(f"{path.name} has no name to check", file=sys.stderr)
        failed = failed or bool(wrong) or names == 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
