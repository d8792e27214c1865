"""Where the time of workloads goes, by primitive and by direction, as a table in Markdown.

    swift build -c release --product Benchmarks
    python3 Sources/Benchmarks/Comparison/breakdown.py lstm-small-plain lstm-medium-plain lstm-large-plain

Samples the call stacks with Linux's `perf`, which has to be installed, and swift-demangle from the toolchain. A sample
belongs to the primitive whose kernel runs; what no kernel does belongs to counting references, to allocation, or to the
engine. It belongs to the way back if the walk over the tape is on the stack.
"""

import argparse
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

# The first pattern that a sample's innermost function matches names its row.
ROWS = [
    (r"^(tile_|product_|block_of|dot_|part_of_tile|pack_)", "matrix products"),
    (r"^sigmoid_rule|^sigmoid_kernel", "sigmoid"),
    (r"^tanh_rule|^tanh_kernel", "tanh"),
    (r"^multiply|^accumulating_multiply", "multiply"),
    (r"^(add|subtract|negate|divide)_", "add, subtract, divide"),
    (r"^square", "square"),
    (r"^layer_norm", "layerNorm"),
    (r"^(log_)?softmax", "softmax"),
    (r"^(reduce|column_dots)", "sum"),
    (r"^(copy|transpos)", "copies: concatenate, slice, transpose"),
    (r"_kernel_", "other kernels"),
    (r"swift_retain|swift_release|RefCounts|swift_isUnique|BoxedExistential", "counting references"),
    (r"malloc|free|_chunk|slowAlloc|slowDealloc|allocObject|deallocClass|deallocObject|BufferPool", "allocation"),
]
ENGINE = "the engine: records, rules, shapes, modules"
SYSTEM = "the system"


class Failure(Exception):
    """What ends the program, in one line."""


def output(*command, **options):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    except OSError as error:
        raise Failure(f"{command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        raise Failure(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"{command[0]} failed")
    return done.stdout


def stacks(binary, workload, seconds, threads):
    """The functions of each sample, the innermost first."""
    with tempfile.TemporaryDirectory() as folder:
        data = str(pathlib.Path(folder) / "samples")
        output(
            "perf", "record", "--freq", "4000", "-g", "--output", data, "--",
            binary, "--filter", workload, "--seconds", str(seconds), "--threads", str(threads),
        )
        text = output("perf", "script", "--input", data, "--fields", "ip,sym")
    text = output("swift", "demangle", "--compact", input=text)
    for sample in text.split("\n\n"):
        functions = [line.split(maxsplit=1)[1] for line in sample.splitlines() if len(line.split(maxsplit=1)) == 2]
        if functions:
            yield functions


def row(functions):
    """The row and the column of a sample."""
    direction = "reverse" if any("Walk" in function for function in functions) else "forward"
    innermost = functions[0]
    for pattern, name in ROWS:
        if re.search(pattern, innermost):
            return name, direction
    if re.search(r"^(asm_|exc_|do_syscall|entry_|clear_page|handle_mm|__handle_mm|irq|page_fault)", innermost):
        return SYSTEM, direction
    return ENGINE, direction


def breakdown(binary, workload, seconds, threads):
    counts = collections.Counter()
    for functions in stacks(binary, workload, seconds, threads):
        # Only the training step itself: not the limits of the machine, nor what goes before.
        if any("Tape.run" in f or "Walk" in f or "gradient" in f for f in functions):
            counts[row(functions)] += 1
    total = sum(counts.values())
    if total == 0:
        raise Failure(f"no sample of {workload} was in a derivative")
    return {key: 100 * count / total for key, count in counts.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workloads", nargs="+")
    parser.add_argument("--binary", default=".build/release/Benchmarks")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    columns = [breakdown(options.binary, name, options.seconds, options.threads) for name in options.workloads]
    names = sorted({name for column in columns for name, _ in column}, key=lambda name: -share(columns[0], name))
    print("| forward + reverse, % | " + " | ".join(options.workloads) + " |")
    print("|---|" + "---:|" * len(columns))
    for name in names:
        cells = [cell(column, name) for column in columns]
        print(f"| {name} | " + " | ".join(cells) + " |")


def share(column, name):
    return column.get((name, "forward"), 0) + column.get((name, "reverse"), 0)


def cell(column, name):
    forward, reverse = column.get((name, "forward"), 0), column.get((name, "reverse"), 0)
    return f"{forward + reverse:.1f} ({forward:.1f} + {reverse:.1f})"


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"breakdown: {failure}")
