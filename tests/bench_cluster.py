"""Measure grading on local workers: `make bench-cluster`. One line per figure; nothing is asserted."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from distributed import Client, LocalCluster

SAMPLE = Path(__file__).parents[1] / "submissions"
GRADE = Path(sys.executable).with_name("grade")
# Right notebooks, so that each submission takes about the same time.
STUDENTS = ("ana_araucaria", "bruno_biobio", "marta_maule")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--size", type=int, default=128, help="submissions")
    arguments.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    options = arguments.parse_args()
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "distributed"))
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}")
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder) / "class"
        room.mkdir()
        for number in range(options.size):
            shutil.copyfile(SAMPLE / f"{STUDENTS[number % len(STUDENTS)]}.ipynb", room / f"s{number:04}.ipynb")
        rates = {}
        for workers in options.workers:
            arrivals = graded(room, Path(folder) / f"out{workers}", f"local:{workers}")
            rates[workers] = options.size / arrivals[-1]
            print(f"{workers} local workers: {rates[workers]:.2f} submissions/s, first result {arrivals[0]:.1f} s, "
                  f"median result {statistics.median(arrivals):.1f} s, last {arrivals[-1]:.1f} s, "
                  f"{rates[workers] / rates[options.workers[0]]:.2f} of {options.workers[0]} worker")  # fmt: skip
        arrivals = graded(room, Path(folder) / "lanes", "")
        print(f"{os.cpu_count()} lanes without a cluster: {options.size / arrivals[-1]:.2f} submissions/s")
    empty_tasks()


def graded(room: Path, out: Path, cluster: str) -> list[float]:
    """Seconds from the command to each result."""
    command = [GRADE, room, "--out", out, *(["--cluster", cluster] if cluster else [])]
    started = time.monotonic()
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        return [time.monotonic() - started for line in process.stdout if line.startswith("[")]


def empty_tasks(number: int = 2000) -> None:
    """What the scheduler can do: tasks that do nothing."""
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster, Client(
        cluster
    ) as client:
        client.gather(client.map(len, [b""] * 10, pure=False))
        started = time.monotonic()
        client.gather(client.map(len, [b""] * number, pure=False))
        print(f"scheduler, {number} empty tasks: {(time.monotonic() - started) / number * 1000:.2f} ms each")


if __name__ == "__main__":
    main()
