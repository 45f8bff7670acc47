"""The engine favours no course: it verifies small assignments of other fields, each one short file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.assignment.load import load_assignment
from grader.judging.submission import Conditions
from grader.results import SubmissionResult
from grader.sandbox.levels import Level
from grader.verification.verify import verify_assignment

FILES = sorted((Path(__file__).parent / "assignments").glob("*.py"))
MOST_LINES = 90
# Words of Tarea 2, which no page of another assignment may show.
FOREIGN = ("Tarea", "CELoss", "FFNN", "Chile", "dL_", "(19)")


class Silence:
    """A progress display that shows nothing."""

    def begin(self, total: int, reused: int) -> None:
        return None

    def started(self, student: str) -> None:
        return None

    def finished(self, result: SubmissionResult, done: int, total: int) -> None:
        return None

    def stage(self, what: str) -> Callable[[int, int], None]:
        return lambda done, total: None


def test_there_are_assignments_of_several_fields() -> None:
    """If the folder is moved, the tests below must still have files to test."""
    assert {file.stem for file in FILES} >= {"attention", "convolution", "softmax_numpy", "xor"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_assignment_is_short_and_speaks_of_no_other(file: Path) -> None:
    """An author reads it in one sitting."""
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    assert [word for word in FOREIGN if word in text] == []


@pytest.mark.nightly
@pytest.mark.bwrap
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_assignment_holds_what_it_claims(file: Path) -> None:
    """As `grade verify`: the solution, right answers, known mistakes, hostile answers and an empty notebook."""
    verification = verify_assignment(load_assignment(file), Conditions("en", Level.BWRAP), 1, Silence())
    assert [f"{o.claim}: {o.complaints}" for o in verification.outcomes if not o.holds] == []
    assert len(verification.outcomes) >= 10
