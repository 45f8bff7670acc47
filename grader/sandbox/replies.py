"""The shapes that the worker's answers must have; any other shape is a WireError."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import Frame, OutOfMemory, StudentRaised, WireError, WorkerError

# Characters of a text from a student's process that people read: an exception's text, and a name.
MOST_TEXT, MOST_NAME = 2_000, 200
# Frames of a traceback, and names in a list.
MOST_ITEMS = 20


@dataclass(frozen=True)
class Tripped:
    """A forbidden name that student code called, and the place of the call."""

    name: str
    cell: int
    line: int


def raised(content: Any) -> WorkerError:
    """The error that the worker describes."""
    match content:
        case {"kind": str(kind), "text": str(text), "frames": list(frames)}:
            if kind == "MemoryError":
                return OutOfMemory(text)
            return student_raised(kind, text, frames)
    raise WireError("the worker's error is not an error")


def student_raised(kind: str, text: str, frames: list[Any]) -> StudentRaised:
    """The error of the student's code, cut to what a person reads."""
    return StudentRaised(kind[:MOST_NAME], text[:MOST_TEXT], tuple(map(frame_of, frames[-MOST_ITEMS:])))


def names_in(content: Any) -> tuple[str, ...]:
    """The texts of a list, each once, cut to the length of a name; () for anything else."""
    texts = [item[:MOST_NAME] for item in content if isinstance(item, str)] if isinstance(content, list) else []
    return tuple(dict.fromkeys(texts))[:MOST_ITEMS]


def frame_of(content: Any) -> Frame:
    """A line of a traceback."""
    match content:
        case {"cell": int(cell), "line": int(line), "function": str(function)}:
            return Frame(cell, line, function[:MOST_NAME])
    raise WireError("the worker's traceback is not a traceback")


def listed(content: Any) -> list[Any]:
    """The items of a list."""
    if not isinstance(content, list):
        raise WireError("the worker's list is not a list")
    return content


def tripped(content: Any) -> Tripped:
    """A forbidden call."""
    match content:
        case {"name": str(name), "cell": int(cell), "line": int(line)}:
            return Tripped(name[:MOST_NAME], cell, line)
    raise WireError("the worker's forbidden call is not one")
