"""The sentences for a student's side that returned no value."""

from __future__ import annotations

import pytest

from grader.errors import (
    CallTimedOut,
    NotAnswered,
    OddAnswer,
    OutOfMemory,
    StudentRaised,
    WireError,
    WorkerDied,
    WorkerError,
)
from grader.judging.checks.failures import describe
from grader.messages import Text, say
from grader.results import Verdict
from grader.sandbox.test_runs import GivenUp, TestFailed, Uncallable


@pytest.mark.parametrize(
    ("error", "verdict", "words"),
    [
        (NotAnswered("CELoss"), Verdict.MISSING, "CELoss is not defined in the notebook"),
        (NotAnswered("FFNN", say("{name} is empty", name="FFNN")), Verdict.MISSING, "FFNN is empty"),
        (NotAnswered("FFNN", Text("FFNN está vacía", "FFNN is empty")), Verdict.MISSING, "FFNN is empty"),
        (OddAnswer(say("{name} is not a pair", name="y")), Verdict.FAILED, "y is not a pair"),
        (OddAnswer(Text("y no es un par", "y is not a pair")), Verdict.FAILED, "y is not a pair"),
        (TestFailed(say("y is 3"), 4), Verdict.FAILED, "y is 3"),
        (Uncallable(say("f takes 3"), 4), Verdict.RAISED, "f takes 3"),
        (GivenUp(2), Verdict.TIMED_OUT, "not tried again after 2 calls without an answer"),
        (StudentRaised("ValueError", "no {braces}"), Verdict.RAISED, "the code raised ValueError: no {braces}"),
        (StudentRaised("KeyError", ""), Verdict.RAISED, "the code raised KeyError"),
        (CallTimedOut(2.5), Verdict.TIMED_OUT, "no answer within 2.5 s"),
        (OutOfMemory(), Verdict.OUT_OF_MEMORY, "more memory than the limit allows"),
        (WorkerDied(say("ended by {signal}", signal="SIGSEGV")), Verdict.CRASHED, "ended by SIGSEGV"),
        (WireError("garbage"), Verdict.CRASHED, "something that is not an answer"),
        (WorkerError("else"), Verdict.CRASHED, "gave no answer"),
    ],
    ids=lambda v: type(v).__name__,
)
def test_every_error_of_the_students_side_has_a_verdict_and_a_sentence(
    error: WorkerError, verdict: Verdict, words: str
) -> None:
    """Every error has a verdict and a sentence for the student."""
    found, message = describe(error)
    assert found is verdict
    assert words in message.render("en")


def test_every_worker_error_of_the_tree_is_described() -> None:
    """A new kind of error fails this test until it has a sentence in the table above."""
    assert {e.__name__ for e in WorkerError.__subclasses__()} == {
        "NotAnswered", "OddAnswer", "GivenUp", "StudentRaised", "CallTimedOut", "OutOfMemory", "WorkerDied",
        "WireError",
    }  # fmt: skip


@pytest.mark.parametrize("error", [
    TestFailed(say("y is 3"), 4), Uncallable(say("f takes 3"), 4),
    StudentRaised("ValueError", "y is 3"),
])  # fmt: skip
def test_a_hidden_case_shows_the_category(error: WorkerError) -> None:
    """The text of an exception in a test may show an input."""
    assert "3" in describe(error)[1].render("en")
    assert "3" not in describe(error, public=False)[1].render("en")
