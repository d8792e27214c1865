"""Runs `Benchmarks` and other frameworks in turn and prints the ratios of their times, workload by workload.

    swift build -c release --product Benchmarks
    python3 Sources/Benchmarks/Comparison/compare.py 'lstm-*-plain' charlm
    python3 Sources/Benchmarks/Comparison/compare.py --python-for jax=~/jax/bin/python --markdown

Every round times them all, one right after the other, so that a drift of the machine's speed falls on each. With
`--processes` each workload is timed in new processes, of which JAX's and PyTorch's differ among themselves. A ratio is
another framework's time divided by Tapestry's in the same round: the median over the rounds, and its range. A framework
that a Python cannot import is left out. A measurement that other processes took processor time from is made again.

With N threads, every process may run on the same N processors only, which no framework's own threads escape.
"""

import argparse
import fnmatch
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FRAMEWORKS = ["pytorch", "jax", "keras"]
LIMITS = ["peak-flops", "peak-bandwidth", "peak-bandwidth-cached", "peak-bandwidth-cached-reading"]


class Failure(Exception):
    """What ends the comparison, in one line."""


# What takes the times: each has `names`, `version` and `measure(name, seconds)`.


class Tapestry:
    def __init__(self, binary, threads, environment):
        self.binary, self.threads, self.environment = binary, threads, environment
        self.names = self.output("--list").split()
        self.version = "Tapestry"

    def output(self, *arguments):
        try:
            done = subprocess.run(
                [self.binary, *arguments], env=self.environment, capture_output=True, text=True, check=False
            )
        except OSError as error:
            raise Failure(f"{self.binary}: {error.strerror}; swift build -c release --product Benchmarks") from error
        if done.returncode != 0:
            raise Failure(done.stderr.strip() or f"{self.binary} ended with status {done.returncode}")
        return done.stdout

    def measure(self, name, seconds):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "results.json"
            self.output(
                "--filter", name, "--seconds", str(seconds), "--threads", str(self.threads), "--json", str(path)
            )
            report = json.loads(path.read_text())
        self.version = f"Tapestry on {report['machine']}"
        return report["results"][0]


class Worker:
    """A framework in a process of its own, which stays until it is closed or restarted."""

    def __init__(self, framework, python, threads, environment):
        self.framework = framework
        self.command, self.environment = [python, HERE / "worker.py", framework, str(threads)], environment
        self.start()

    def start(self):
        self.complaints = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
            text=True,
        )
        hello = self.answer()
        self.error = hello.get("error")
        self.version, self.names = hello.get("version"), hello.get("names", [])

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            status = self.process.wait()
            self.complaints.seek(0)
            last = (["", *self.complaints.read().split("\n")])[-2]
            raise Failure(f"{self.framework} ended with status {status}" + (f": {last}" if last else ""))
        try:
            return json.loads(line)
        except ValueError as error:
            raise Failure(f"{self.framework}: its Python answered {line.strip()[:40]!r}") from error

    def measure(self, name, seconds):
        print(json.dumps({"name": name, "seconds": seconds}), file=self.process.stdin, flush=True)
        return self.answer()

    def restart(self):
        self.close()
        self.start()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


# A process that got less of its processors than this was disturbed by others: it is timed again, so often at most.
LEAST_PROCESSOR_SHARE, ATTEMPTS = 0.9, 4
DISTURBED = " (disturbed)"


def undisturbed(contender, name, seconds):
    """A measurement, the first of several that was not disturbed, or the last."""
    for _ in range(ATTEMPTS):
        result = contender.measure(name, seconds)
        if result["processor_share"] >= LEAST_PROCESSOR_SHARE:
            break
    return result


# Tables


def time_text(seconds):
    for unit, size in (("ns", 1e-9), ("µs", 1e-6)):
        if seconds < 1000 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds * 1e3:.2f} ms"


def bytes_text(count):
    return f"{count / 2**20:.1f} MiB"


def spread_text(ratios):
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


class Table:
    """Rows that are printed as they come, in columns of given widths, or as Markdown."""

    def __init__(self, header, widths, markdown):
        self.widths, self.markdown = widths, markdown
        self.row(header)
        if markdown:
            print("|---|" + "---:|" * (len(header) - 1))

    def row(self, cells):
        if self.markdown:
            print("| " + " | ".join(cells) + " |", flush=True)
        else:
            padded = [cell.ljust(width) for cell, width in zip(cells, self.widths, strict=True)]
            print("  ".join(padded).rstrip(), flush=True)


def name_width(names):
    return max(map(len, [*names, "workload"])) + len(DISTURBED)


def own_text(rounds):
    """Our median, and its share of the limit that was measured beside it."""
    text = time_text(statistics.median(result["median_seconds"] for result in rounds))
    shares = [result["share_of_limit"] for result in rounds if "share_of_limit" in result]
    return text + (f", {100 * statistics.median(shares):.0f} % of {rounds[0]['limit']}" if shares else "")


def ratio(worker, tapestry, results):
    return results[worker]["median_seconds"] / results[tapestry]["median_seconds"]


def other_text(worker, rounds, ratios):
    seconds = statistics.median(results[worker]["median_seconds"] for results in rounds)
    return f"{time_text(seconds)}, {spread_text(ratios)}"


def disturbance(rounds):
    """A mark beside a workload of which some measurement stayed disturbed."""
    shares = [result["processor_share"] for results in rounds for result in results.values()]
    return DISTURBED if min(shares) < LEAST_PROCESSOR_SHARE else ""


def compare_times(tapestry, others, names, arguments):
    """The table of ratios."""
    header = ["workload", "Tapestry"] + [worker.framework for worker in others] + ["best other"]
    widths = [name_width(names), 41, *[30 for _ in others], 18]
    table = Table(header, widths, arguments.markdown)
    for name in names:
        contenders = [worker for worker in others if name in worker.names]
        rounds = []
        for _ in range(max(1, arguments.processes)):
            if arguments.processes > 0:
                for worker in contenders:
                    worker.restart()
            rounds += [
                {contender: undisturbed(contender, name, arguments.seconds) for contender in [tapestry, *contenders]}
                for _ in range(arguments.rounds)
            ]
        ratios = {worker: [ratio(worker, tapestry, results) for results in rounds] for worker in contenders}
        cells = [name + disturbance(rounds), own_text([results[tapestry] for results in rounds])]
        for worker in others:
            cells.append(other_text(worker, rounds, ratios[worker]) if worker in ratios else "")
        table.row(cells + [spread_text(list(map(min, zip(*ratios.values())))) if ratios else ""])


def compare_memory(tapestry, start_worker, frameworks, names, arguments):
    """The table of memory: by how much a process grows at its peak, each workload in a new process."""
    widths = [name_width(names), 12, *[18 for _ in frameworks]]
    table = Table(["workload", "Tapestry"] + frameworks, widths, arguments.markdown)
    for name in names:
        own = tapestry.measure(name, arguments.seconds).get("resident_growth_bytes")
        if own is None:
            raise Failure("this system does not tell how much memory a process holds")
        cells = [name, bytes_text(own)]
        for framework in frameworks:
            worker = start_worker(framework)
            text = ""
            if name in worker.names:
                growth = worker.measure(name, arguments.seconds)["resident_growth_bytes"]
                text = f"{bytes_text(growth)}, {growth / max(own, 1):.2f}"
            worker.close()
            cells.append(text)
        table.row(cells)


def print_limits(tapestry, arguments):
    """The machine's limits, in as many rounds as the rest."""
    for name in LIMITS:
        rounds = [undisturbed(tapestry, name, arguments.seconds) for _ in range(arguments.rounds)]
        rates = [result["rate"] for result in rounds]
        line = f"{name}: {statistics.median(rates):.0f} ({min(rates):.0f}–{max(rates):.0f}) {rounds[0]['unit']}"
        print(f"* {line}" if arguments.markdown else line)


# The command


def environment(threads, instruction_set):
    """What holds every contender to the same threads, the CPU, and the same instructions."""
    variables = dict(os.environ)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        variables[name] = str(threads)
    variables |= {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
    variables |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    flags = ["--xla_cpu_multi_thread_eigen=false"] if threads == 1 else []
    if instruction_set == "avx2":
        variables |= {
            "TAPESTRY_INSTRUCTION_SET": "avx2",
            "ATEN_CPU_CAPABILITY": "avx2",
            "ONEDNN_MAX_CPU_ISA": "AVX2",
            "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        }
        # XLA's own library of products chooses its instructions by itself; without it, Eigen computes them.
        flags += ["--xla_cpu_max_isa=AVX2", "--xla_cpu_experimental_ynn_fusion_type="]
    variables["XLA_FLAGS"] = " ".join([*os.environ.get("XLA_FLAGS", "").split(), *flags])
    return variables


def pin(threads):
    """Leaves this process and its children as many processors as there are threads, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        processors = sorted(os.sched_getaffinity(0))
        if len(processors) < threads:
            raise Failure(f"--threads: there are {len(processors)} processors")
        os.sched_setaffinity(0, processors[-threads:])


def chosen_names(available, patterns, others):
    """The names that the patterns mean; without patterns, those that another framework has too."""
    if not patterns:
        return [name for name in available if any(name in worker.names for worker in others)]
    for pattern in patterns:
        if not fnmatch.filter(available, pattern):
            raise Failure(f"no workload is called {pattern}; Benchmarks --list names them")
    return [name for name in available if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]


def positive(kind):
    def parse(text):
        number = kind(text)
        if not 0 < number < float("inf"):
            raise ValueError
        return number

    parse.__name__ = f"positive {kind.__name__}"
    return parse


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="names of workloads, or patterns such as 'matmul-*'")
    parser.add_argument("--rounds", type=positive(int), default=5, help="how often all are timed in turn (%(default)s)")
    parser.add_argument(
        "--processes",
        type=int,
        default=0,
        metavar="N",
        help="start each framework anew N times for every workload, and take the rounds with each (by default one"
        " process takes all workloads): what a process compiles, and what it did before, shows in its times",
    )
    parser.add_argument("--seconds", type=positive(float), default=1.0, help="how long each is timed in a round (%(default)s)")
    parser.add_argument("--threads", type=positive(int), default=1, help="for each of them (%(default)s)")
    parser.add_argument(
        "--binary", default=str(HERE.parents[2] / ".build/release/Benchmarks"), help="Tapestry's Benchmarks"
    )
    parser.add_argument(
        "--frameworks", default=",".join(FRAMEWORKS), help="separated by commas (default: %(default)s)"
    )
    parser.add_argument(
        "--python-for", action="append", default=[], metavar="NAME=PATH", help="the Python that has a framework"
    )
    parser.add_argument("--instruction-set", choices=["best", "avx2"], default="best", help="for all of them")
    parser.add_argument("--memory", action="store_true", help="compare peak memory instead of time")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    arguments = parser.parse_args()
    arguments.frameworks = [name for name in arguments.frameworks.split(",") if name]
    arguments.pythons = dict(item.partition("=")[::2] for item in arguments.python_for)
    for name in [*arguments.frameworks, *arguments.pythons]:
        if name not in FRAMEWORKS:
            parser.error(f"there is no framework {name!r}, only {', '.join(FRAMEWORKS)}")
    if not 0 <= arguments.processes <= 100:
        parser.error("--processes is a number from 0 to 100")
    for name, path in arguments.pythons.items():
        arguments.pythons[name] = shutil.which(os.path.expanduser(path))
        if not arguments.pythons[name]:
            parser.error(f"--python-for: there is no Python at {path!r}")
    return arguments


def run(arguments):
    pin(arguments.threads)
    variables = environment(arguments.threads, arguments.instruction_set)
    tapestry = Tapestry(arguments.binary, arguments.threads, variables)

    def start_worker(framework):
        return Worker(framework, arguments.pythons.get(framework, sys.executable), arguments.threads, variables)

    others = []
    for worker in map(start_worker, arguments.frameworks):
        if worker.error:
            print(f"{worker.framework} is left out: {worker.error}", file=sys.stderr)
            worker.close()
        else:
            others.append(worker)
    patterns = arguments.names or (["lstm-large-plain"] if arguments.memory else [])
    names = chosen_names(tapestry.names, patterns, others)
    if arguments.memory:
        frameworks = [worker.framework for worker in others]
        compare_memory(tapestry, start_worker, frameworks, names, arguments)
    else:
        compare_times(tapestry, others, names, arguments)
    print()
    if not arguments.memory:
        print_limits(tapestry, arguments)
    versions = [tapestry.version, *(worker.version for worker in others)]
    print(f"{'; '.join(versions)}; threads: {arguments.threads}; rounds: {max(1, arguments.processes) * arguments.rounds}")
    for worker in others:
        worker.close()


def main():
    try:
        run(parsed())
    except Failure as failure:
        sys.exit(f"compare.py: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
