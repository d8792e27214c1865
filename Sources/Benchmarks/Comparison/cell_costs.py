"""Measures what a training step of each cell costs against the LSTM's, and writes it into the table of docs/Cells.md.

    swift build -c release --product Benchmarks
    python3 Sources/Benchmarks/Comparison/cell_costs.py [--rounds N] [--seconds S] [--binary FILE]

Cells are timed in turn, round by round, on one processor: a cost is the median over the rounds of a cell's time divided by
that of `cell-lstm` in the same round.
"""

import argparse
import pathlib
import re
import statistics
import sys

import compare

ROOT = pathlib.Path(__file__).resolve().parents[3]
TABLE = ROOT / "docs" / "Cells.md"
PREFIX = "cell-"
ROW = re.compile(r"^(\| `(?P<name>[a-z0-9-]+)` \|.*\|)[^|]*\|$", re.MULTILINE)


def costs(binary, rounds, seconds):
    tapestry = compare.Tapestry(str(binary), 1, compare.environment(1, None))
    names = [name for name in tapestry.names if name.startswith(PREFIX)]
    times = {name: [] for name in names}
    for number in range(rounds):
        for name in names:
            times[name].append(compare.undisturbed(tapestry, name, seconds)["median_seconds"])
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    reference = times[PREFIX + "lstm"]
    return {
        name.removeprefix(PREFIX): statistics.median(own / other for own, other in zip(own, reference, strict=True))
        for name, own in times.items()
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=compare.positive(int), default=3, help="how often all are timed (%(default)s)")
    parser.add_argument("--seconds", type=compare.positive(float), default=0.5, help="how long each (%(default)s)")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/Benchmarks")
    arguments = parser.parse_args()
    compare.pin(1)
    measured = costs(arguments.binary, arguments.rounds, arguments.seconds)

    def with_cost(row):
        cost = measured.get(row["name"])
        return row[0] if cost is None else f"{row[1]} {cost:.2g} |" if cost < 10 else f"{row[1]} {cost:.0f} |"

    TABLE.write_text(ROW.sub(with_cost, TABLE.read_text()))


if __name__ == "__main__":
    try:
        main()
    except compare.Failure as failure:
        sys.exit(str(failure))
