"""Measure what docs/design.md promises: `make bench`. Medians and ratios of one run; nothing is asserted.

CPU time counts every process that takes part: the judge's, the author's, the sandbox's own and the student's. The
floor is the same requests sent to a fresh child again, with no program analysis, no judging and no report.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

sys.path.pop(0)  # this folder, whose grader/ holds tests
from grader.assignment import load
from grader.errors import WorkerError
from grader.intake.submissions import HandedIn, Submission, collect
from grader.judging.judge import Judge
from grader.judging.reading import read_submission
from grader.judging.submission import Task, judge_one
from grader.results import SubmissionResult
from grader.run.class_run import RunOutcome, grade_class
from grader.run.gradebook import Gradebook
from grader.run.options import Options
from grader.run.outputs import publish
from grader.run.progress import PlainProgress
from grader.sandbox.connection import Connection
from grader.sandbox.lane import Lane, ResourceUsage
from grader.sandbox.levels import choose

SAMPLE = Path(__file__).parents[1] / "submissions"
# Notebooks of the sample class that decide their own time (an endless loop, a process that ends itself), or that
# are not judged at all.
LEFT_OUT = ("olivia_olivillo", "pedro_peumo", "raul_rauli", "sara_sauce")
GRADE = Path(sys.executable).with_name("grade")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--class-size", type=int, default=60, help="submissions for one and two lanes")
    arguments.add_argument("--classes", type=int, nargs="*", default=[12, 60], help="sizes of classes, such as 500")
    arguments.add_argument("--repeats", type=int, default=5)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    print(f"{os.cpu_count()} cores, python {platform.python_version()}, torch {torch.__version__}, {choose()}")
    submissions = [s for s in collect(SAMPLE) if s.slug not in LEFT_OUT]
    with tempfile.TemporaryDirectory() as folder:
        per_submission(submissions, options.repeats, Path(folder) / "out")
        first_result(options.repeats, Path(folder))
        for size in options.classes:
            commanded(submissions, size, Path(folder))
        whole_class(submissions, options.class_size, Path(folder))
    show("two processes that only compute against one", f"{two_against_one():.2f} x", "more is impossible here")


def show(what: str, value: str, wanted: str) -> None:
    print(f"{what:<58} {value:>16}   ({wanted})", flush=True)


def options_for(submissions: Path, out: Path, lanes: int = 1) -> Options:
    return Options(submissions, out, choose(), "cpu", lanes, "es")


def per_submission(submissions: list[Submission], repeats: int, out: Path) -> None:
    """CPU time of one submission, judged and reported, and of its floor."""
    assignment = load.load_assignment(load.default_folder())
    options = options_for(SAMPLE, out)
    judge = Judge(assignment, "bench")
    judge.prepare()
    gc.collect()
    gc.freeze()  # as a run of a class does: a search of all that torch brings would fall on some submission
    judged, floors, ratios = list[float](), list[float](), list[float]()
    parts: dict[str, list[float]] = {}
    lane = Recorded(options.level, assignment.limits, forbidden=assignment.forbidden, sources=judge.sources())
    with lane, Gradebook(out / "gradebook.sqlite") as book:
        lane.wait_ready()
        for submission in submissions:
            task = Task(submission, submission.digest)
            judging = partial(judge_and_publish, judge, task, lane, options, book)
            lane.taken()
            judging()
            lives = lane.taken()
            loads = [[(name, said) for name, said in life if name == "ask"] for life in lives]

            def median(work: Callable[[], object]) -> float:
                return statistics.median(cpu(lane, work) for _ in range(repeats))

            judged.append(median(judging))
            floors.append(median(partial(replay, lane, lives)))
            ratios.append(judged[-1] / floors[-1])
            result = judge_one(task, judge, lane, options.conditions)
            lane.end()
            found = {
                "reading": median(partial(reading, judge, submission)),
                "fork and load": median(partial(replay, lane, loads)),
                "report": median(partial(save_and_publish, judge, task, result, options, book)),
            }
            found["tests"] = floors[-1] - found["fork and load"]
            found["judging"] = judged[-1] - floors[-1] - found["reading"] - found["report"]
            for part, seconds in found.items():
                parts.setdefault(part, []).append(seconds)
    judge.references.author.close()  # it would be taken for a part of the lanes that are measured later
    show("CPU per submission, judged and reported, median", f"{1000 * statistics.median(judged):.0f} ms", "<= 90 ms")
    for part in ("reading", "fork and load", "tests", "judging", "report"):
        show(f"  {part}, median", f"{1000 * statistics.median(parts[part]):.0f} ms", "")
    show("  slowest of the sample class", f"{1000 * max(judged):.0f} ms", "")
    show("  floor: fork, run, same requests, no judging, median", f"{1000 * statistics.median(floors):.0f} ms", "")
    show("  ratio to the floor, median", f"{statistics.median(ratios):.2f}", "<= 3")


# The requests in one life of a program: the method of the connection, and its arguments.
Life = list[tuple[str, tuple[Any, ...]]]


class Recorded(Lane):
    """A lane that keeps its requests and adds up the CPU time of its children."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.children_s = 0.0
        self.lives: list[Life] = []

    def taken(self) -> list[Life]:
        """The requests since the last call."""
        lives, self.lives = self.lives, []
        return lives

    def begin(self, files: Sequence[tuple[str, bytes]] = ()) -> Connection:
        connection = super().begin(files)
        said: Life = []
        self.lives.append(said)

        def kept(name: str) -> Callable[..., Any]:
            method = getattr(connection, name)

            def call(*args: Any) -> Any:
                said.append((name, args))
                return method(*args)

            return call

        for name in ("ask", "tell", "hear"):
            setattr(connection, name, kept(name))
        return connection

    def end(self) -> ResourceUsage:
        used = super().end()
        self.children_s += used.cpu_s
        return used

    def cpu_s(self) -> float:
        """CPU time since the start: of the sandbox's own processes, and of the children that have ended."""
        return self.children_s + sum(map(process_cpu_s, self.processes()))

    def processes(self) -> list[int]:
        """The sandbox's own processes."""
        assert self._process is not None
        return [self._process.pid, *descendants(self._process.pid)]


def judge_and_publish(judge: Judge, task: Task, lane: Lane, options: Options, book: Gradebook) -> None:
    result = judge_one(task, judge, lane, options.conditions)
    assert not result.fault, result.fault
    save_and_publish(judge, task, result, options, book)


def reading(judge: Judge, submission: Submission) -> None:
    """The program analysis; in a run a process with limits does it, which costs a few milliseconds more."""
    code = (HandedIn(submission.file, submission.data, submission.modified),)
    read_submission(code, submission.file, judge.assignment, {}, "")


def save_and_publish(judge: Judge, task: Task, result: SubmissionResult, options: Options, book: Gradebook) -> None:
    book.save(task.submission.slug, result)
    publish(task.submission.slug, result, book, judge.assignment, options)


def replay(lane: Lane, lives: list[Life]) -> None:
    for said in list(lives):
        connection = Lane.begin(lane)  # what is said again is not kept
        for name, args in said:
            with contextlib.suppress(WorkerError):
                getattr(connection, name)(*args)
    lane.end()


def cpu(lane: Recorded, work: Callable[[], None]) -> float:
    """Seconds of CPU that `work` takes in this process, in the lane and in the process of the author's code."""
    sandboxed = set(lane.processes())

    def others() -> float:
        return sum(process_cpu_s(pid) for pid in descendants(os.getpid()) if pid not in sandboxed)

    lane_before, others_before, before = lane.cpu_s(), others(), time.process_time()
    work()
    own = time.process_time() - before
    return own + others() - others_before + lane.cpu_s() - lane_before


def process_cpu_s(pid: int) -> float:
    """CPU time of a process that has one thread, to the nanosecond; the ticks of /proc/<pid>/stat are 10 ms."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


def first_result(repeats: int, folder: Path) -> None:
    """From the command to its first line, in a fresh process."""
    times = []
    for number in range(repeats):
        command = [str(GRADE), str(SAMPLE), "--out", str(folder / f"first{number}"), "--student", "[a-h]*"]
        started = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if re.match(r"\[\d+/\d+\]", line):
                    times.append(time.monotonic() - started)
                    break
            process.communicate()
    show("first result after the command, median", f"{statistics.median(times):.2f} s", "<= 2.5 s")


def cpu_of_all() -> float:
    """Seconds of CPU of this process and of those that have ended below it."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def cpu_of_machine() -> float:
    """Seconds of CPU of all processes: those of a sandbox are not all counted to the process that waits for it."""
    user, nice, system = map(int, Path("/proc/stat").read_text().split()[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def class_of(submissions: list[Submission], size: int, room: Path) -> Path:
    """A folder with so many notebooks of the sample class."""
    room.mkdir(parents=True)
    sources = [s for s in submissions if s.file.endswith(".ipynb") and "!" not in s.file and "/" not in s.file]
    for number in range(size):
        source = sources[number % len(sources)]
        shutil.copyfile(SAMPLE / source.file, room / f"{source.slug}_{number:04}.ipynb")
    return room


def commanded(submissions: list[Submission], size: int, folder: Path) -> None:
    """A class from the command to its end, start-up included, with a lane per core; CPU time of all processes."""
    room = class_of(submissions, size, folder / f"commanded{size}")
    before, started = cpu_of_all(), time.monotonic()
    subprocess.run([str(GRADE), str(room), "--out", str(folder / f"out{size}")], stdout=subprocess.DEVNULL, check=False)
    seconds, used = time.monotonic() - started, cpu_of_all() - before
    show(f"class of {size}, start-up included: CPU per submission", f"{1000 * used / size:.0f} ms", f"{seconds:.1f} s")


def two_against_one() -> float:
    """How much more two processes compute than one: less than 2 where cores share caches, memory or a real core."""

    def seconds(processes: int) -> float:
        started = time.monotonic()
        code = "x = [sum(range(1000)) for _ in range(100_000)]"
        running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(processes)]
        for process in running:
            process.wait()
        return time.monotonic() - started

    return 2 * seconds(1) / seconds(2)


def whole_class(submissions: list[Submission], size: int, folder: Path) -> None:
    """Two lanes against one, memory over the run, and a second run in which nothing has changed."""
    room = class_of(submissions, size, folder / "class")
    seconds: dict[int, float] = {}
    for lanes in (2, 1):
        watch, before = Memory(), cpu_of_machine()
        outcome = run(options_for(room, folder / f"lanes{lanes}", lanes), watch)
        busy = (cpu_of_machine() - before) / outcome.seconds
        # From the first result on: how long the lanes take to start does not depend on the size of the class.
        assert outcome.first_result_s is not None
        seconds[lanes] = outcome.seconds - outcome.first_result_s
        if lanes == 1:
            early, late = watch.lane_and_judge
            show("memory of a lane and its judge, largest", f"{max(early, late):.0f} MB", "< 700 MB")
            show(f"  after {size // 10} and after {size} submissions", f"{early:.0f}, {late:.0f} MB", "flat")
        show(f"cores busy with lanes: {lanes}, start included", f"{busy:.2f}", "of the whole machine")
    show("two lanes against one", f"{seconds[1] / seconds[2]:.2f} x", ">= 1.8 on 2 cores")
    again = run(options_for(room, folder / "lanes2", 2), Memory())
    show("unchanged submissions re-reported", f"{size / again.seconds:.0f} per s", ">= 500 per s")


def run(options: Options, watch: Memory) -> RunOutcome:
    return grade_class(load.load_assignment(load.default_folder()), options, watch)


class Memory(PlainProgress):
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
    for process in descendants(pid):
        with contextlib.suppress(OSError):
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
            total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1]) / 1024  # type: ignore[index]
    return total


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text(encoding="ascii").split()):
                found += [child, *descendants(child)]
    return found


if __name__ == "__main__":
    main()
