"""Measure a large class: `make bench-large`. It prints the memory of the main process, time, and the size of reports/.

The class is made of the sample class: each notebook is renamed, reformatted and signed, so that no two are equal. With
`--judge recorded` only the originals are judged, and each copy gets the result of its original. All else is as in a
real run: reading files, the gradebook, pages, tables. The exit status is 1 if the main process exceeds its limit.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console

sys.path.pop(0)  # this folder, whose grader/ holds tests
from grader.assignment import load
from grader.judging.judge import Judge
from grader.judging.judge_pool import Progress, judge_all
from grader.judging.submission import Conditions, Task
from grader.results import SubmissionResult
from grader.run.class_run import RunOutcome, grade_class
from grader.run.options import Options
from grader.run.progress import PlainProgress
from grader.sandbox.levels import choose

SAMPLE = Path(__file__).parents[1] / "submissions"
# Notebooks of the sample class that wait for a limit of time. They would decide the time of the whole class.
LEFT_OUT = ("olivia_olivillo", "pedro_peumo", "raul_rauli", "sara_sauce")
LOOKS = (1_000, 3_000, 10_000)  # submissions after which the memory is printed
MB = 2**20


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--size", type=int, default=10_000, help="submissions")
    arguments.add_argument("--judge", choices=("real", "recorded"), default="real")
    arguments.add_argument("--limit", type=int, default=1000, help="MB that the main process may have")
    arguments.add_argument("--out", type=Path, help="keep the class and the report in this folder")
    options = arguments.parse_args()
    torch.set_num_threads(1)
    assignment = load.load_assignment(load.default_folder())
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, torch {torch.__version__}, {choose()}")
    print(f"{options.size} submissions; judged: {'all' if options.judge == 'real' else 'the originals only'}")
    with tempfile.TemporaryDirectory() as folder:
        place = options.out or Path(folder)
        write_class(place / "class", options.size)
        given = Options(place / "class", place / "reports", choose(), "cpu", os.cpu_count() or 1, "es")
        watch = Watch()
        show("main process before the run", f"{memory('VmRSS'):.0f} MB")
        watch.used()
        outcome = grade_class(assignment, given, watch, judge_all if options.judge == "real" else Recorded())
        peaks = [told("first run", outcome, watch)]
        del outcome  # usually the second run is another process
        outcome = grade_class(assignment, given, watch)
        assert not outcome.judged
        peaks.append(told("second run, nothing has changed", outcome, watch))
        sizes(given.out)
    if max(peaks) > options.limit:
        print(f"The main process had {max(peaks):.0f} MB, more than {options.limit} MB.")
    return int(max(peaks) > options.limit)


def show(what: str, value: str) -> None:
    print(f"{what:<62} {value:>16}", flush=True)


def told(what: str, outcome: RunOutcome, watch: Watch) -> float:
    """Print the figures of a run; returns the most memory that the main process had, in MB."""
    cpu, peak = watch.used()
    show(f"{what}: most memory of the main process", f"{peak:.0f} MB")
    show("  time per submission", f"{1000 * outcome.seconds / outcome.asked:.2f} ms")
    show("  CPU time of the main process per submission", f"{1000 * cpu / outcome.asked:.2f} ms")
    return peak


def write_class(room: Path, size: int) -> None:
    """Write `size` notebooks, each a copy of one of the sample class under a new name and with other bytes."""
    room.mkdir(parents=True)
    sources = [json.loads(file.read_bytes()) | {"name": file.stem} for file in notebooks()]
    for number in range(size):
        notebook = dict(sources[number % len(sources)])
        name = f"{notebook.pop('name')}_{letters(number)}"
        signed = {"cell_type": "markdown", "metadata": {}, "source": [name]}
        notebook["cells"] = [*notebook["cells"], signed]
        text = json.dumps(notebook, indent=number % 3, ensure_ascii=number % 2 == 0)
        (room / f"{name}.ipynb").write_text(text, encoding="utf-8")


def notebooks() -> list[Path]:
    """The notebooks of the sample class that are JSON with cells and take an ordinary time."""
    found = []
    for file in sorted(SAMPLE.glob("*.ipynb")):
        try:
            whole = isinstance(json.loads(file.read_bytes()).get("cells"), list)
        except (ValueError, AttributeError):
            continue
        if whole and file.stem not in LEFT_OUT:
            found.append(file)
    return found


def letters(number: int) -> str:
    """A number in five letters: digits in file names mean something on learning platforms."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:05}")


class Recorded:
    """An engine that judges the first copy of each notebook and gives its result to the others."""

    def __call__(
        self, judge: Judge, todo: Sequence[Task], conditions: Conditions, lanes: int, progress: Progress, /
    ) -> Generator[tuple[Task, SubmissionResult], None, None]:
        copies: dict[str, list[Task]] = {}
        for task in todo:
            copies.setdefault(task.submission.slug.rpartition("_")[0], []).append(task)
        originals = [tasks[0] for tasks in copies.values()]
        results = {task.named: result for task, result in judge_all(judge, originals, conditions, lanes, progress)}
        for original, *others in copies.values():
            result = results[original.named]
            yield original, result
            for task in others:
                whole = task.loaded().submission  # as for a judge
                yield task, replace(result, student=whole.student, slug=whole.slug, file=whole.file, key=task.key)


class Watch(PlainProgress):
    """Looks at the memory of this process while results come in."""

    def __init__(self) -> None:
        super().__init__(Console(file=io.StringIO()), verbose=False)
        self._cpu_s = 0.0

    def finished(self, result: SubmissionResult, done: int, total: int) -> None:
        if done in (*LOOKS, total):
            show(f"main process after {done} submissions", f"{memory('VmRSS'):.0f} MB")

    def used(self) -> tuple[float, float]:
        """Seconds of CPU and the most memory in MB of this process since the last call."""
        before, self._cpu_s = self._cpu_s, time.process_time()
        peak = memory("VmHWM")
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forgets the peak
        return self._cpu_s - before, peak


def memory(what: str) -> float:
    """A figure of /proc/self/status in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(rf"^{what}:\s+(\d+)", status, re.MULTILINE)[1]) / 1024  # type: ignore[index]


def sizes(out: Path) -> None:
    """The size of a report and of its parts."""
    show("reports/", f"{sum(f.stat().st_size for f in out.rglob('*') if f.is_file()) / MB:.1f} MB")
    for part in ("gradebook.sqlite", "results", "students", "index.html", "grades.csv", "grades.xlsx"):
        files = [out / part] if (out / part).is_file() else list((out / part).glob("*"))
        show(f"  {part}", f"{sum(f.stat().st_size for f in files) / MB:.1f} MB")


if __name__ == "__main__":
    sys.exit(main())
