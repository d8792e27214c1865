"""Runs `Benchmarks` and PyTorch in turn and prints the ratio of their times, workload by workload.

    swift build -c release --product Benchmarks
    python3 Sources/Benchmarks/Comparison/compare.py --rounds 3 lstm-medium-plain charlm

Every round times both, one right after the other, so that a drift of the machine's speed falls on both. PyTorch has
to be installed for the Python that runs this.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def tapestry(binary, name, threads):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "results.json"
        subprocess.run(
            [binary, "--filter", name, "--threads", str(threads), "--json", path], check=True, stdout=subprocess.DEVNULL
        )
        results = json.loads(path.read_text())["results"]
    return next(result["median_seconds"] for result in results if result["name"] == name)


def pytorch(name, threads):
    command = [sys.executable, HERE / "pytorch.py", str(threads), name]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)[name]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=["lstm-small-plain", "lstm-medium-plain", "lstm-large-plain", "charlm"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--binary", default=str(HERE.parents[2] / ".build/release/Benchmarks"))
    arguments = parser.parse_args()
    print(f"{'workload':26} {'Tapestry':>12} {'PyTorch':>12} {'PyTorch / Tapestry':>20}")
    for name in arguments.names:
        ratios = []
        for _ in range(arguments.rounds):
            ours, theirs = tapestry(arguments.binary, name, arguments.threads), pytorch(name, arguments.threads)
            ratios.append((theirs / ours, ours, theirs))
        ratio, ours, theirs = sorted(ratios)[len(ratios) // 2]
        spread = f"{min(ratios)[0]:.2f} to {max(ratios)[0]:.2f}"
        print(f"{name:26} {ours * 1e3:9.4f} ms {theirs * 1e3:9.4f} ms {ratio:10.2f}  ({spread})", flush=True)


if __name__ == "__main__":
    main()
