"""Judges in processes of their own; a judge that dies is replaced."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from grader.assignment import load
from grader.errors import SandboxUnavailable
from grader.intake.submissions import Submission
from grader.judging import judge_pool
from grader.judging.judge import Judge
from grader.judging.judge_pool import ATTEMPTS, judge_all
from grader.judging.submission import Conditions, Task
from grader.messages import Message, say
from grader.results import Status, SubmissionResult
from grader.run.progress import SilentProgress
from grader.sandbox.levels import Level

from ...tiny import DOUBLE, HALF, NEGATE, WAITING, grade, grades, notebook, running, write_assignment, write_class
from ..runs import judged, times_kept, wait_until_gone

pytestmark = pytest.mark.bwrap

Capture = pytest.CaptureFixture[str]

RIGHT = notebook(DOUBLE, NEGATE)


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_assignment(tmp_path_factory.mktemp("table"))


def test_the_number_of_lanes_does_not_change_grades(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """With one lane or with more than there are submissions, the rows are the same, in the order of names."""
    folder = write_class(tmp_path / "class", eva=RIGHT, ana=notebook(DOUBLE), bea=notebook(DOUBLE, HALF))
    tables = []
    for lanes in (1, 8):
        out = tmp_path / f"out{lanes}"
        said = grade(capsys, folder, "--assignment", assignment, "--out", out, "--lanes", str(lanes))
        assert said.status == 0
        tables.append((out / "grades.csv").read_text())
    assert tables[0] == tables[1]
    assert list(grades(out)) == ["ana", "bea", "eva"]


def test_judges_that_are_killed_are_replaced(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """With or without work, a killed judge is replaced; its submission is judged again, and the run ends as usual."""
    flag = tmp_path / "wait"
    flag.touch()
    waiting = notebook(WAITING.format(flag=str(flag)), NEGATE)
    # The second lane gets the submission that waits, so that the first, killed while idle, gets the next one.
    folder = write_class(tmp_path / "class", a=RIGHT, b=waiting, c=RIGHT)
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out, "--lanes", "2", "--sandbox", "none")
    with running(*run) as process:
        process.until("[2/3]")
        idle, busy = process.judges()
        os.kill(idle, signal.SIGKILL)
        wait_until_gone([idle])
        os.kill(busy, signal.SIGKILL)
        flag.unlink()
        said = process.end()
    assert said.status == 0
    assert "Traceback" not in said.out
    assert judged(said.out) == 3
    assert {name: row["total"] for name, row in grades(out).items()} == {"a": "5", "b": "5", "c": "5"}
    assert times_kept(out) == {"a": 1, "b": 1, "c": 1}
    assert judged(grade(capsys, *run).out) == 0


def test_a_judge_that_dies_each_time_on_one_submission_is_a_fault_of_ours(
    capsys: Capture, assignment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other submissions are graded, the status is 3, and --retry-faults tries again."""
    real = judge_pool.judge_one

    def dies(task: Task, *others: object) -> object:
        if task.submission.student == "bea":
            os.kill(os.getpid(), signal.SIGKILL)
        return real(task, *others)  # type: ignore[arg-type]

    folder = write_class(tmp_path / "class", ana=RIGHT, bea=RIGHT, eva=RIGHT)
    out = tmp_path / "out"
    argv = (folder, "--assignment", assignment, "--out", out, "--lanes", "1", "-v")
    with monkeypatch.context() as patch:
        patch.setattr(judge_pool, "judge_one", dies)
        said = grade(capsys, *argv)
    assert said.status == 3
    assert "the judge ended without a result (exit code -9)" in said.out
    assert {name: row["status"] for name, row in grades(out).items()} == {
        "ana": "graded", "bea": "grader_fault", "eva": "graded",
    }  # fmt: skip
    again = grade(capsys, *argv, "--retry-faults")
    assert again.status == 0
    assert judged(again.out) == 1
    assert grades(out)["bea"]["total"] == "5"


# One submission at a time, in judges that need no sandbox ---------------------------------------------------------


class NoLane:
    """A lane that runs nothing."""

    def __init__(self, *args: object, **more: object) -> None:
        pass

    def __enter__(self) -> NoLane:
        return self

    def __exit__(self, *error: object) -> None:
        pass


class Started(SilentProgress):
    """An observer that keeps the names of the students whose judging began."""

    def __init__(self) -> None:
        self.students: list[str] = []

    def started(self, student: str) -> None:
        self.students.append(student)


CONDITIONS = Conditions("en", Level.NONE)


def task(student: str, problem: Message | None = None) -> Task:
    return Task(Submission(student, student, f"{student}.ipynb", b"", 0.0, "", problem=problem), key=student)


def graded(task: Task, judge: Judge, *others: object) -> SubmissionResult:
    submission = task.submission
    return SubmissionResult(submission.student, submission.file, Status.GRADED, judge.assignment.name, "en")


@pytest.fixture
def judge(assignment: Path, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """The judge of a tiny assignment, in processes without a lane."""
    monkeypatch.setattr(judge_pool, "Lane", NoLane)
    monkeypatch.setattr(judge_pool, "judge_one", graded)
    return Judge(load.load_assignment(assignment), salt="tests")


def test_a_judge_that_dies_is_replaced_and_the_submission_tried_again(
    judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second judge returns the result, which has no trace of the first one."""
    died = tmp_path / "died"

    def dies_once(task: Task, *others: Any) -> SubmissionResult:
        if task.submission.student == "bea" and not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return graded(task, *others)

    monkeypatch.setattr(judge_pool, "judge_one", dies_once)
    progress = Started()
    results = list(judge_all(judge, [task("ana"), task("bea"), task("eva")], CONDITIONS, 1, progress))
    assert died.exists()
    assert progress.students == ["ana", "bea", "bea", "eva"]
    assert [(task.key, result.student, result.status) for task, result in results] == [
        (name, name, Status.GRADED) for name in ("ana", "bea", "eva")
    ]


def test_a_sandbox_that_does_not_start_is_tried_three_times(
    judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the third try the run ends with the reason, and no submission is charged."""
    tries = tmp_path / "tries"

    class Broken(NoLane):
        def __enter__(self) -> NoLane:
            with tries.open("a") as stream:
                stream.write(".")
            raise SandboxUnavailable("bubblewrap is gone")

    monkeypatch.setattr(judge_pool, "Lane", Broken)
    with pytest.raises(SandboxUnavailable, match="bubblewrap is gone"):
        list(judge_all(judge, [task("ana")], CONDITIONS, 1, Started()))
    # A judge that ends before it gets the submission is replaced, which is no try.
    assert ATTEMPTS <= len(tries.read_text()) <= 2 * ATTEMPTS


def test_the_first_judge_gets_the_solutions_results(
    judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It starts before they are computed, since its lane takes a second to start."""

    def noting(task: Task, own: Judge, *others: Any) -> SubmissionResult:
        (tmp_path / task.key).write_text(repr(own.references.raw))
        return graded(task, own, *others)

    monkeypatch.setattr(judge_pool, "judge_one", noting)
    assert judge.references.raw == {}
    list(judge_all(judge, [task("ana")], CONDITIONS, 1, Started()))
    assert judge.references.raw
    assert (tmp_path / "ana").read_text() == repr(judge.references.raw)


def test_what_cannot_be_read_needs_no_judge(judge: Judge) -> None:
    """The result of an unreadable submission comes first, and says why."""
    progress = Started()
    todo = [task("ana"), task("bea", say("{file} is empty", file="bea.ipynb"))]
    results = list(judge_all(judge, todo, CONDITIONS, 2, progress))
    assert [(result.student, result.status) for _, result in results] == [
        ("bea", Status.UNREADABLE), ("ana", Status.GRADED),
    ]  # fmt: skip
    assert progress.students == ["ana"]
