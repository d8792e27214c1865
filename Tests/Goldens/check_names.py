#!/usr/bin/env python3
"""Checks that the names of other libraries' functions in docs/Operations.md exist there.

    python3 check_names.py           checks the columns PyTorch, NumPy and JAX of every table
    python3 check_names.py FILE      the same of another file

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
PACKAGES = ("torch", "numpy", "scipy", "jax", "optax")
OPERATIONS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "Operations.md"


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


def main():
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else OPERATIONS
    missing = [package for package in PACKAGES if not is_installed(package)]
    names, wrong = 0, []
    for line, cell in named_cells(path.read_text("utf-8")):
        spans = re.findall(r"`([^`]+)`", cell)
        if not spans and cell != "—":
            wrong.append(f"{line}: neither a name in backticks nor a dash: {cell!r}")
        for span in spans:
            match = re.match(r"[A-Za-z_]\w+(\.\w+)+", span)
            if match:
                names += match[0].split(".")[0] not in missing
                problem = complaint(match[0], missing)
                if problem:
                    wrong.append(f"{line}: {match[0]}: {problem}")
    for problem in wrong:
        print(f"{path.name}:{problem}")
    skipped = f"; not installed and not checked: {', '.join(missing)}" if missing else ""
    print(f"{path.name}: {names} names checked, {len(wrong)} wrong{skipped}")
    if names == 0:
        print(f"{path.name} has no name to check", file=sys.stderr)
    return 1 if wrong or names == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
