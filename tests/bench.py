"""Measure what docs/design.md promises: `make bench`. Medians and ratios of one run on one machine; nothing is asserted.

CPU time counts the judging process and the student's process; the floor is the same requests sent to a fresh child
again, with no program analysis, no judging and no report.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from grader import assignments
from grader.gradebook import Gradebook
from grader.intake import Submission, collect
from grader.judge import Judge
from grader.progress import Plain
from grader.run import Options, Outcome, Task, grade, judge_one, publish
from grader.sandbox.lane import Connection, Lane
from grader.sandbox.levels import choose

SAMPLE = Path(__file__).parents[1] / "submissions"
# Notebooks of the sample class whose time is their own doing (an endless loop, a process that ends itself), or that
# are not judged at all.
LEFT_OUT = ("olivia_olivillo", "pedro_peumo", "raul_rauli", "sara_sauce")
GRADE = Path(sys.executable).with_name("grade")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--class-size", type=int, default=200, help="submissions in the runs of a whole class")
    arguments.add_argument("--repeats", type=int, default=5)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    print(f"{os.cpu_count()} cores, python {platform.python_version()}, torch {torch.__version__}, {choose()}")
    submissions = [s for s in collect(SAMPLE) if s.slug not in LEFT_OUT]
    with tempfile.TemporaryDirectory() as folder:
        per_submission(submissions, options.repeats, Path(folder) / "out")
        first_result(options.repeats, Path(folder))
        whole_class(submissions, options.class_size, Path(folder))


def show(what: str, value: str, wanted: str) -> None:
    print(f"{what:<58} {value:>16}   ({wanted})", flush=True)


def options_for(submissions: Path, out: Path, lanes: int = 1) -> Options:
    return Options(submissions, out, choose(), "cpu", lanes, "es")


def per_submission(submissions: list[Submission], repeats: int, out: Path) -> None:
    """CPU time of one submission, judged and reported, and of its floor."""
    assignment = assignments.load(assignments.default_folder())
    options = options_for(SAMPLE, out)
    judge = Judge(assignment, "bench")
    judge.prepare()
    judged, floors, ratios = [], [], []
    with Lane(options.level, assignment.limits) as lane, Gradebook(out / "gradebook.sqlite") as book:
        lane.wait_ready()
        for submission in submissions:
            task = Task(submission, submission.digest)
            requests = recorded(lambda task=task: judge_one(judge, task, lane, options))
            mine = [cpu_of(judge, task, lane, options, book) for _ in range(repeats)]
            floor = [replayed(lane, requests) for _ in range(repeats)]
            judged.append(statistics.median(mine))
            floors.append(statistics.median(floor))
            ratios.append(judged[-1] / floors[-1])
    show("CPU per submission, judged and reported, median", f"{1000 * statistics.median(judged):.0f} ms", "<= 150 ms")
    show("  slowest of the sample class", f"{1000 * max(judged):.0f} ms", "")
    show("  floor: fork, run, same requests, no judging, median", f"{1000 * statistics.median(floors):.0f} ms", "")
    show("  ratio to the floor, median", f"{statistics.median(ratios):.2f}", "<= 3")


def cpu_of(judge: Judge, task: Task, lane: Lane, options: Options, book: Gradebook) -> float:
    started = time.process_time()
    result = judge_one(judge, task, lane, options)
    own = time.process_time() - started
    child = result.cpu_seconds - own if result.cpu_seconds > own else 0.0
    started = time.process_time()
    book.save(task.submission.slug, result)
    publish(task.submission.slug, result, book, judge.assignment, options, changed=True)
    return own + child + time.process_time() - started


def recorded(work: Callable[[], object]) -> list[tuple[Mapping[str, Any], float]]:
    """The requests that judging sends to the child."""
    seen: list[tuple[Mapping[str, Any], float]] = []
    original = Connection.ask

    def ask(self: Connection, request: Mapping[str, Any], seconds: float) -> Any:
        seen.append((request, seconds))
        return original(self, request, seconds)

    Connection.ask = ask  # type: ignore[method-assign]
    try:
        work()
    finally:
        Connection.ask = original  # type: ignore[method-assign]
    return seen


def replayed(lane: Lane, requests: list[tuple[Mapping[str, Any], float]]) -> float:
    started = time.process_time()
    connection = lane.begin()
    for request, seconds in requests:
        with contextlib.suppress(Exception):
            connection.ask(request, seconds)
    used = lane.end()
    return time.process_time() - started + used.cpu_s


def first_result(repeats: int, folder: Path) -> None:
    """From the command to its first line, in a fresh process."""
    times = []
    for number in range(repeats):
        command = [GRADE, str(SAMPLE), "--out", str(folder / f"first{number}"), "--student", "[a-h]*"]
        started = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if re.match(r"\[\d+/\d+\]", line):
                    times.append(time.monotonic() - started)
                    break
            process.communicate()
    show("first result after the command, median", f"{statistics.median(times):.2f} s", "<= 4 s")


def whole_class(submissions: list[Submission], size: int, folder: Path) -> None:
    """Two lanes against one, memory over the run, and a second run in which nothing has changed."""
    room = folder / "class"
    room.mkdir()
    sources = [s for s in submissions if s.file.endswith(".ipynb") and "!" not in s.file and "/" not in s.file]
    for number in range(size):
        source = sources[number % len(sources)]
        shutil.copyfile(SAMPLE / source.file, room / f"{source.slug}_{number:04}.ipynb")
    seconds: dict[int, float] = {}
    for lanes in (2, 1):
        watch = Memory()
        outcome = run(options_for(room, folder / f"lanes{lanes}", lanes), watch)
        seconds[lanes] = outcome.seconds
        if lanes == 1:
            early, late = watch.lane_and_judge
            show("memory of a lane and its judge, largest", f"{max(early, late):.0f} MB", "< 700 MB")
            show(f"  after {size // 10} and after {size} submissions", f"{early:.0f}, {late:.0f} MB", "flat")
    show("two lanes against one", f"{seconds[1] / seconds[2]:.2f} x", ">= 1.8 on 2 cores")
    again = run(options_for(room, folder / "lanes2", 2), Memory())
    show("unchanged submissions re-reported", f"{size / again.seconds:.0f} per s", ">= 500 per s")


def run(options: Options, watch: Memory) -> Outcome:
    return grade(assignments.load(assignments.default_folder()), options, watch)


class Memory(Plain):
    """Looks at the memory of the processes below this one while results come in."""

    def __init__(self) -> None:
        from rich.console import Console

        super().__init__(Console(file=io.StringIO()), verbose=False)
        self.lane_and_judge = (0.0, 0.0)

    def finished(self, result: Any, done: int, total: int) -> None:
        if done == total // 10:
            self.lane_and_judge = (descendants_mb(os.getpid()), 0.0)
        elif done >= total - 1:
            self.lane_and_judge = (self.lane_and_judge[0], max(self.lane_and_judge[1], descendants_mb(os.getpid())))


def descendants_mb(pid: int) -> float:
    """Proportional memory (PSS) of all processes below `pid`: pages that are shared count once."""
    total = 0.0
    for child in children(pid):
        with contextlib.suppress(OSError):
            rollup = Path(f"/proc/{child}/smaps_rollup").read_text(encoding="ascii")
            total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1]) / 1024  # type: ignore[index]
        total += descendants_mb(child)
    return total


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, task.read_text(encoding="ascii").split())
    return found


if __name__ == "__main__":
    main()
