"""Runs notebooks from top to bottom without a browser."""

import argparse
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from .install import NAME

FOLDER = Path(__file__).resolve().parents[2]
#: A cell of a notebook that takes longer hangs, in seconds. The first one may have to build the library.
LONGEST_CELL = 1200


def run(path, update):
    """Runs a notebook; with `update`, its outputs are written into the file. Raises `CellExecutionError`."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        kernel_name=NAME,
        timeout=LONGEST_CELL,
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        coalesce_streams=True,
    )
    client.execute()
    if update:
        notebook.metadata = {
            "kernelspec": {"display_name": "Swift (Tapestry)", "language": "swift", "name": NAME},
            "language_info": {"name": "swift", "file_extension": ".swift", "mimetype": "text/x-swift"},
        }
        nbformat.validate(notebook)
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def main():
    """The command `Notebooks/run`."""
    parser = argparse.ArgumentParser(prog="Notebooks/run", description=__doc__)
    parser.add_argument("--update", action="store_true", help="write the outputs into the files")
    parser.add_argument("notebooks", nargs="*", type=Path, help="notebooks (default: all)")
    arguments = parser.parse_args()
    failed = 0
    for path in arguments.notebooks or sorted(FOLDER.glob("*.ipynb")):
        started = time.monotonic()
        try:
            run(path, arguments.update)
            print(f"{path.name}: {time.monotonic() - started:.1f} s", flush=True)
        except FileNotFoundError:
            failed += 1
            print(f"{path}: there is no such notebook", file=sys.stderr)
        except CellExecutionError as error:
            failed += 1
            print(f"{path.name}: FAILED\n{error}", file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
