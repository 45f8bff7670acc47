"""The same submissions give the same results: with any number of lanes, in any order, with any salt."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.assignment.course import Mistake
from grader.assignment.load import load_assignment
from grader.assignment.patches import patched
from grader.judging import judge_pool
from grader.run import class_run
from grader.run.gradebook import Gradebook

from .tiny import ROOT, grade, graded, notebook, records, write_class

pytestmark = [pytest.mark.bwrap, pytest.mark.timeout(7200)]

Capture = pytest.CaptureFixture[str]

NIGHTLY = bool(os.environ.get("GRADER_NIGHTLY"))
RUNS = 20 if NIGHTLY else 2
XOR = ROOT / "tests" / "assignments" / "xor.py"
TIMES = {"graded_at", "cpu_seconds"}
PRINTED_TIME = re.compile(r"\d+\.\d+ s\b")  # by student code that measures how long it trains
# They run into a time limit, and their progress until then differs from run to run.
ENDLESS = ("olivia_olivillo",)


def folder_with_salt(out: Path, salt: str) -> Path:
    """An output folder whose hidden cases are those of this salt."""
    with Gradebook(out / "gradebook.sqlite"):
        pass
    with sqlite3.connect(out / "gradebook.sqlite") as db:
        db.execute("INSERT INTO facts VALUES ('salt', ?)", (salt,))
    return out


def shuffled(seed: int) -> Callable[..., Iterator[Any]]:
    """`judge_all` with the submissions in another order."""

    def judge_all(judge: object, todo: list[Any], *others: Any) -> Iterator[Any]:
        return judge_pool.judge_all(judge, random.Random(seed).sample(todo, len(todo)), *others)  # type: ignore[arg-type]

    return judge_all


def without_times(out: Path) -> dict[str, dict[str, Any]]:
    found = {who: {k: v for k, v in r.items() if k not in TIMES} for who, r in records(out).items()}
    for result in found.values():
        result["output"] = PRINTED_TIME.sub("", result["output"])
    return found


def class_of(file: Path, folder: Path) -> Path:
    """A class in which one student has the solution, and each other one a known mistake."""
    table = load_assignment(file)
    students = {"right": (), **{m.name.replace("-", "_"): (m,) for m in table.mistakes}}
    given = [source.code for source in table.given]

    def cells(mistakes: tuple[Mistake, ...]) -> list[str]:
        changed = {m.question: patched(table.question(m.question), mistakes) for m in mistakes}
        return given + [s.code for q in table.questions for s in changed.get(q.id, q.solution)]

    return write_class(folder, **{name: notebook(*cells(mistakes)) for name, mistakes in students.items()})


@dataclass(frozen=True)
class Class:
    """A class, and its results from one run with one lane."""

    assignment: Path
    submissions: Path
    rows: str
    results: dict[str, dict[str, Any]]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((XOR, None), id="xor"),
        pytest.param((ROOT / "reference" / "tarea2", ROOT / "submissions"), id="tarea2", marks=pytest.mark.nightly),
    ],
)
def first(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Class:
    assignment, submissions = request.param
    submissions = submissions or class_of(assignment, tmp_path_factory.mktemp("class"))
    out = folder_with_salt(tmp_path_factory.mktemp("first"), "a salt")
    argv = (submissions, "--assignment", assignment, "--out", out, "--lanes", "1", "--device", "cpu")
    assert graded(*argv).status in (0, 1)
    return Class(assignment, submissions, (out / "grades.csv").read_text(), without_times(out))


def test_lanes_and_order_change_nothing(
    first: Class, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one salt every run finds the same to the last digit and word."""
    for number in range(1, RUNS):
        out = folder_with_salt(tmp_path / f"out{number}", "a salt")
        monkeypatch.setattr(class_run, "judge_all", shuffled(number))
        argv = (first.submissions, "--assignment", first.assignment, "--out", out, "--device", "cpu")
        assert grade(capsys, *argv, "--lanes", str(1 + number % 3)).status in (0, 1)
        assert (out / "grades.csv").read_text() == first.rows
        for who, result in without_times(out).items():
            if who not in ENDLESS:
                assert result == first.results[who]


def test_another_salt_changes_no_grade(first: Class, capsys: Capture, tmp_path: Path) -> None:
    """Hidden cases differ in their numbers and not in their findings.

    The salts are the same each time: a wrong network of xor may learn by chance what a wrong one rarely learns.
    """
    for number in range(1, RUNS):
        out = folder_with_salt(tmp_path / f"out{number}", f"salt {number}")
        argv = (first.submissions, "--assignment", first.assignment, "--out", out, "--device", "cpu")
        assert grade(capsys, *argv).status in (0, 1)
        assert (out / "grades.csv").read_text() == first.rows


@pytest.mark.nightly
@pytest.mark.parametrize(("count", "nice"), [(60, 19), (12, 0)], ids=["sixty niced processes", "a load of twelve"])
def test_a_busy_machine_changes_no_grade(first: Class, tmp_path: Path, count: int, nice: int) -> None:
    """Limits are CPU time, so whole results are those of the quiet machine."""
    endless = f"import os; os.nice({nice})\nwhile True: pass"
    busy = [subprocess.Popen([sys.executable, "-S", "-c", endless]) for _ in range(count)]
    try:
        out = folder_with_salt(tmp_path / "out", "a salt")
        argv = (first.submissions, "--assignment", first.assignment, "--out", out, "--lanes", "2", "--device", "cpu")
        assert graded(*argv).status in (0, 1)
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert (out / "grades.csv").read_text() == first.rows
    for who, result in without_times(out).items():
        if who not in ENDLESS:
            assert result == first.results[who]
