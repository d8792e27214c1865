"""Times workloads of one framework in a process that stays: the framework starts once, and compiles a workload once.

    python3 worker.py pytorch 1

starts the framework for one thread and prints one line of JSON that says what it is and what it can do. Every line of
standard input, {"name": …, "seconds": …}, is then answered by a line with the times. `compare.py` is at the other end.
"""

import importlib
import json
import os
import pathlib
import sys
import time

SHORTEST_SECONDS, FEWEST_RUNS = 1e-4, 5


def timing(run, operations, budget):
    """The median time of one operation, and the part of a processor that was had, as `Timing` in Swift takes them."""

    def seconds(count):
        start = time.perf_counter()
        for _ in range(count):
            run()
        return time.perf_counter() - start

    start = time.perf_counter()
    seconds(1)
    latest = seconds(1)
    while time.perf_counter() - start < budget / 10:
        latest = seconds(1)
    count = max(1, int(SHORTEST_SECONDS / latest + 1))

    times = []
    start, start_of_processor = time.perf_counter(), time.process_time()
    while len(times) < FEWEST_RUNS or sum(times) < budget:
        times.append(seconds(count))
    share = (time.process_time() - start_of_processor) / (time.perf_counter() - start)
    return sorted(times)[len(times) // 2] / (count * operations), share


def resident_bytes(field):
    """A line of the process's status, `VmRSS:     1234 kB`; nothing where there is no such file."""
    status = pathlib.Path("/proc/self/status")
    if not status.exists():
        return None
    line = next(line for line in status.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024


def restart_peak():
    try:
        pathlib.Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass  # where a process may not reset its peak, the peak counts from its start


def answers(workloads, requests):
    """Times what each request asks for. The latest workload stays prepared, since rounds ask for it again."""
    latest, run = None, None
    for request in map(json.loads, requests):
        name = request["name"]
        prepare, operations = workloads[name]
        restart_peak()
        before = resident_bytes("VmRSS:")
        if name != latest:
            latest, run = name, prepare()
        median, share = timing(run, operations, request["seconds"])
        peak = resident_bytes("VmHWM:")
        yield {
            "name": name,
            "median_seconds": median,
            "processor_share": share,
            "resident_growth_bytes": None if before is None else max(0, peak - before),
        }


def main():
    framework, threads = sys.argv[1], int(sys.argv[2])
    # What a framework prints must not come between the answers.
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def send(answer):
        print(json.dumps(answer), file=channel, flush=True)

    try:
        module = importlib.import_module(f"{framework}_workloads")
        version = module.start(threads)
    except ImportError as error:
        return send({"error": str(error)})
    send({"version": version, "names": list(module.WORKLOADS)})
    for answer in answers(module.WORKLOADS, sys.stdin):
        send(answer)


if __name__ == "__main__":
    main()
