"""The tests of a question as they travel to a program in a lane, and the evidence that comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from ..errors import NotAnswered, OddAnswer, OutOfMemory, WireError, WorkerError
from ..messages import Message, say
from .replies import MOST_NAME, MOST_TEXT, student_raised

# A test of an honest assignment returns some dozen values; a hostile process could send names without end.
MOST_NAMES = 2_000


@dataclass(frozen=True)
class TestRun:
    """One test on one case: the source, the case's sizes and seed, and what is computed on our side for it."""

    source: str
    sizes: Mapping[str, Any]
    seed: int
    seconds: float
    precision: str = "float32"
    given: Mapping[str, Any] = field(default_factory=dict)
    in_place: tuple[str, ...] = ()  # arguments that the reference changes in place, as inside.calls names them
    recorded: Mapping[str, torch.Tensor] = field(default_factory=dict)  # draws of a released case
    counts: tuple[str, ...] = ()  # functions whose calls are counted
    relative: bool = False  # `seconds` is a bound relative to the solution's time, not a limit for loops without end

    def request(self, number: int) -> dict[str, Any]:
        """The part of a request that asks for this run."""
        return {
            "number": number,
            "source": self.source,
            "sizes": dict(self.sizes),
            "seed": self.seed,
            "precision": self.precision,
            "given": dict(self.given),
            "in_place": list(self.in_place),
            "recorded": dict(self.recorded),
            "counts": list(self.counts),
        }


class TestRuns(tuple[TestRun, ...]):
    """The runs of a question, the same for all submissions: what they are on the wire is kept."""

    encoded: bytes = b""


@dataclass(frozen=True)
class TestSources:
    """The names that all tests of a question see: of the given code, of the helpers, and of the answers."""

    given: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    own: tuple[str, ...] = ()  # names of `given` that the answers may define themselves
    asked: tuple[str, ...] = ()
    snippet: str = ""  # the key of the question's snippet in the program


@dataclass
class Came:
    """The evidence of one run, in the order in which it came, and the error that ended it."""

    values: dict[str, Any] = field(default_factory=dict)
    musts: set[str] = field(default_factory=set)
    error: WorkerError | None = None
    mutated: tuple[str, ...] = ()

    def add(self, name: Any, value: Any, must: Any) -> None:
        """Keep one piece of evidence; the first of a name counts."""
        if not isinstance(name, str) or len(self.values) >= MOST_NAMES:
            raise WireError("the worker's evidence has no name")
        self.values.setdefault(name, value)
        if must is True:
            self.musts.add(name)


class GivenUp(WorkerError):
    """The run was left out, after so many runs of the same question without an answer."""

    def __init__(self, count: int) -> None:
        super().__init__(f"not tried again after {count} runs without an answer")
        self.count = count


class TestFailed(OddAnswer):
    """The test could not go on with what the answers returned: the kind of the exception, and the line of the test."""

    def __init__(self, message: Message, line: int, kind: str = "") -> None:
        super().__init__(message)
        self.line = line  # 0 if unknown
        self.kind = kind


class Uncallable(TestFailed):
    """A function of the answers does not take the arguments that the task names."""


def error_of(content: Any) -> WorkerError | None:
    """The error that ended a run, as the worker tells it; None for a run that came to its end."""
    if content is None:
        return None
    match content:
        case {
            "kind": str(kind), "text": str(text), "frames": list(frames), "origin": str(origin),
            "line": int(line), "last": str(last), **more,
        }:  # fmt: skip
            if kind == "MemoryError":
                return OutOfMemory(text)
            if origin == "student":
                return student_raised(kind, text, frames)
            return _from_test(origin, kind[:MOST_NAME], text[:MOST_TEXT], line, last[:MOST_NAME], more)
    raise WireError("the worker's error is not an error")


def _from_test(origin: str, kind: str, text: str, line: int, last: str, more: Mapping[Any, Any]) -> WorkerError:
    match origin, more:
        case "missing", {"name": str(name)}:
            return NotAnswered(name[:MOST_NAME])
        case "odd", {"odd": {"name": str(name), "shape": str(shape), "parameters": str(missing), "found": str(found)}}:
            name, shape, missing, found = (text[:MOST_NAME] for text in (name, shape, missing, found))
            if missing:
                lacks = say(
                    "{name} has no parameters of the shape of {missing}: are they torch.nn.Parameter?",
                    name=name,
                    missing=missing,
                )
                return NotAnswered(name, lacks)
            if found == "NoneType" and name.endswith(")"):  # a call, or else a variable
                return TestFailed(say("{name} returns nothing: is a return missing?", name=name), line)
            if found == "NoneType":
                return TestFailed(say("{name} is None: nothing was computed", name=name), line)
            if not shape:
                return TestFailed(say("{name} is not a tensor", name=name), line)
            odd = say("{name} should have the shape {shape}, but it is {found}", name=name, shape=shape, found=found)
            return TestFailed(odd, line)
        case "call", _:
            return Uncallable(say("{name} cannot be called as the task says: {error}", name=last, error=text), line)
    error = f"{kind}: {text}" if text else kind
    if last and more.get("nothing") is True:
        return TestFailed(say("{name} returns nothing: is a return missing?", name=last), line, kind)
    if last:
        stuck = say("the test cannot go on with the value that {name} returned: {error}", name=last, error=error)
        return TestFailed(stuck, line, kind)
    return TestFailed(say("the test cannot use your code: {error}", error=error), line, kind)
