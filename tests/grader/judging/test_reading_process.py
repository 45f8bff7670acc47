"""Submissions are read in a process with limits; one that reaches them is unreadable, and the next one is read."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.assignment.load import load_assignment
from grader.assignment.spec import Assignment
from grader.intake.submissions import HandedIn, Submission
from grader.judging import reading_process
from grader.judging.judge import Judge
from grader.judging.reading import Reading, read_submission
from grader.judging.reading_process import ReadingFailed, ReadingProcess
from grader.judging.submission import Conditions, Task, judge_one
from grader.notebook.raw_cells import UnreadableNotebook
from grader.notebook.read import Notebook
from grader.results import Status
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level

from ...tiny import DOUBLE, HALF, notebook, write_assignment

PLAIN = notebook("import torch\n", DOUBLE, "!ls\n", HALF, "x = 1; y = 2\n")


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    return load_assignment(write_assignment(tmp_path_factory.mktemp("table")))


@pytest.fixture
def read(assignment: Assignment) -> Iterator[ReadingProcess]:
    with ReadingProcess(assignment, memory_mb=100, seconds=20) as process:
        yield process


def handed(data: bytes) -> list[HandedIn]:
    return [HandedIn("a.ipynb", data, 0.0)]


def told(read: ReadingProcess, data: bytes, assignment: Assignment) -> str:
    """The sentence about a file that cannot be read."""
    with pytest.raises(UnreadableNotebook) as raised:
        read(handed(data), "a.ipynb", assignment, {})
    return str(raised.value)


def children() -> set[int]:
    return {int(pid) for pid in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()}


def test_it_reads_as_this_process_does(read: ReadingProcess, assignment: Assignment) -> None:
    """The answer of the process says the same, without trees."""
    for data in (PLAIN, notebook("def twice(t):\n    return 2 * t\n"), notebook(DOUBLE, "x = (\n")):
        there = read(handed(data), "a.ipynb", assignment, {"double": "twice"})
        here = read_submission(handed(data), "a.ipynb", assignment, {"double": "twice"})
        assert there.answers == here.answers
        assert there.notebook == here.notebook
        assert there.program.statements == here.program.statements
        assert there.program.notes == here.program.notes


def test_it_reads_one_submission_after_another(read: ReadingProcess, assignment: Assignment) -> None:
    """Also after one that cannot be read."""
    before = children()
    read(handed(PLAIN), "a.ipynb", assignment, {})
    (first,) = children() - before
    assert "not a notebook" in told(read, b"[", assignment)
    read(handed(PLAIN), "a.ipynb", assignment, {})
    assert children() - before == {first}
    read.close()
    assert children() == before


def test_too_much_memory_makes_a_submission_unreadable(
    assignment: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit counts what the process takes in addition; the next submission is read again."""

    def large(files: list[HandedIn], *others: object) -> Reading:
        if b"large" in files[0].data:
            bytearray(1 << 30)  # at once: no memory that this process has freed before can hold it
        return read_submission(files, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(reading_process, "read_submission", large)
    with ReadingProcess(assignment, memory_mb=100) as read:
        assert told(read, notebook("large = 1\n"), assignment) == (
            "a.ipynb cannot be read with 100 MB of memory: remove outputs and data, and hand it in again."
        )
        assert read(handed(PLAIN), "a.ipynb", assignment, {}).answers["1"].complete


def test_too_much_time_makes_a_submission_unreadable(
    assignment: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel ends the process after its CPU time, also within a call that is not Python."""

    def slow(files: list[HandedIn], *others: object) -> Reading:
        while b"slow" in files[0].data:
            pass
        return read_submission(files, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(reading_process, "read_submission", slow)
    with ReadingProcess(assignment, seconds=1) as read:
        data = notebook("slow = 1\n")
        assert told(read, data, assignment).startswith("a.ipynb cannot be read within 1 s: ")
        assert read(handed(PLAIN), "a.ipynb", assignment, {}).answers["1"].complete


def test_what_was_read_before_does_not_count(assignment: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    """A submission that fits alone is read in a fresh process where the old one has kept too much."""
    kept: list[bytearray] = []

    def hoards(*args: object) -> Reading:
        kept.append(bytearray(120 << 20))
        return read_submission(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(reading_process, "read_submission", hoards)
    with ReadingProcess(assignment, memory_mb=200) as read:
        for _ in range(3):
            assert read(handed(PLAIN), "a.ipynb", assignment, {}).answers["1"].complete


def test_a_reader_that_is_killed_reads_again(read: ReadingProcess, assignment: Assignment) -> None:
    before = children()
    read(handed(PLAIN), "a.ipynb", assignment, {})
    (first,) = children() - before
    os.kill(first, signal.SIGKILL)
    assert read(handed(PLAIN), "a.ipynb", assignment, {}).answers["1"].complete


def test_nesting_that_python_does_not_take_is_unreadable(
    read: ReadingProcess, assignment: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash of the parser, or a recursion without end, is not a fault of the grader."""

    def deep(*args: object) -> Reading:
        return deep(*args)

    def crashes(*args: object) -> Reading:
        os.kill(os.getpid(), signal.SIGSEGV)
        raise AssertionError

    for reader in (deep, crashes):
        monkeypatch.setattr("grader.judging.reading.read_files", reader)
        assert told(read, PLAIN, assignment) == "a.ipynb cannot be read: its code is nested too deeply for Python."
        read.close()


def test_a_mistake_of_the_reader_is_a_fault_of_ours(
    assignment: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its traceback comes back, and the submission is not charged."""

    def broken(*args: object) -> Notebook:
        raise ZeroDivisionError("a bug of the reader")

    monkeypatch.setattr("grader.judging.reading.read_files", broken)
    submission = Submission("ana", "ana", "a.ipynb", PLAIN, 0.0, "")
    with Lane(Level.NONE) as lane, ReadingProcess(assignment) as read:
        with pytest.raises(ReadingFailed, match="a bug of the reader"):
            read(handed(PLAIN), "a.ipynb", assignment, {})
        result = judge_one(Task(submission), Judge(assignment, "salt"), lane, Conditions("en"), read)
    assert result.status is Status.GRADER_FAULT
    assert "a bug of the reader" in result.fault
