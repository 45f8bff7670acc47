"""Judges in processes of their own: a judge that dies is replaced."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from ...tiny import DOUBLE, HALF, NEGATE, WAITING, grade, grades, notebook, running, write_assignment, write_class
from ..runs import judged, times_kept, wait_until_gone

pytestmark = pytest.mark.bwrap

Capture = pytest.CaptureFixture[str]

RIGHT = notebook(DOUBLE, NEGATE)


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_assignment(tmp_path_factory.mktemp("table"))


def test_the_number_of_lanes_does_not_change_grades(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """One lane or more than there are submissions: the rows are the same, in the order of names."""
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
    """With or without work: the submission at hand is judged again, and the run ends as if nothing had been."""
    flag = tmp_path / "wait"
    flag.touch()
    waiting = notebook(WAITING.format(flag=str(flag)), NEGATE)
    # The second lane gets the one that waits, so that the first, killed while idle, is the next to be asked.
    folder = write_class(tmp_path / "class", a=RIGHT, b=waiting, c=RIGHT)
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out, "--lanes", "2", "--sandbox", "none")
    with running(*run) as process:
        process.until("[2/3]")
        idle, busy = process.children()
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
    """The others are graded, the status is 3, and --retry-faults tries again."""
    from grader.judging import judge_pool

    real = judge_pool.judge_one

    def dies(task: judge_pool.Task, *others: object) -> object:
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
