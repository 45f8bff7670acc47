"""The sentence for a student's side that returned no value."""

from __future__ import annotations

import re
from dataclasses import replace

from ...errors import (
    CallTimedOut,
    NotAnswered,
    OddAnswer,
    OutOfMemory,
    StudentRaised,
    WireError,
    WorkerDied,
    WorkerError,
)
from ...messages import Message, say
from ...results import Verdict
from ...sandbox.test_runs import GivenUp, Uncallable

NOT_DEFINED = say("{name} is not defined in the notebook")
CATEGORIES = {
    Verdict.MISSING: say("something that this test needs is missing"),
    Verdict.FAILED: say("your code returned something that cannot be judged"),
    Verdict.RAISED: say("the code raised an exception"),
    Verdict.CRASHED: say("the process ended in the middle of the test"),
}

# What torch says to a gradient of another shape than the parameter's.
REFUSED = re.compile(r"assign a gradient of size '\[([\d, ]*)\]' to a tensor of size '\[([\d, ]*)\]'")


def describe(error: WorkerError, *, public: bool = True) -> tuple[Verdict, Message]:
    """The verdict and the sentence for an error of the student's side.

    Everything in an error is text from the student's process, which knows the inputs: a hidden case shows the category.
    """
    verdict, message = _described(error)
    return verdict, message if public or verdict not in CATEGORIES else CATEGORIES[verdict]


def _described(error: WorkerError) -> tuple[Verdict, Message]:
    match error:
        case NotAnswered():
            if "(" in error.name:  # a call with arguments that the student's own function does not take
                return Verdict.MISSING, say("not answered: {name} cannot be called", name=error.name)
            return Verdict.MISSING, error.detail or replace(NOT_DEFINED, values={"name": error.name})
        case GivenUp():
            waiting = say("not tried again after {count} calls without an answer", count=error.count)
            return Verdict.TIMED_OUT, waiting
        case Uncallable():
            return Verdict.RAISED, error.message
        case OddAnswer():
            return Verdict.FAILED, error.message
        case StudentRaised() if refused := REFUSED.search(error.text):
            return Verdict.RAISED, say(
                "the code gives a parameter of shape ({shape}) a gradient of shape ({found}); torch accepts only the "
                "parameter's own shape",
                shape=refused[2], found=refused[1],
            )  # fmt: skip
        case StudentRaised():
            return Verdict.RAISED, say("the code raised {error}", error=str(error))
        case CallTimedOut():
            return Verdict.TIMED_OUT, say(
                "no answer within {seconds} s: is there a loop that never ends?", seconds=f"{error.seconds:g}"
            )
        case OutOfMemory():
            return Verdict.OUT_OF_MEMORY, say("the code asked for more memory than the limit allows")
        case WorkerDied():
            return Verdict.CRASHED, error.how
        case WireError():
            return Verdict.CRASHED, say("the process sent something that is not an answer")
        case _:
            return Verdict.CRASHED, say("the process gave no answer")
