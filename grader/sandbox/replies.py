"""The shapes that the worker's answers must have; any other shape is a WireError."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import Frame, OutOfMemory, StudentRaised, WireError, WorkerError


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
            return StudentRaised(kind, text, tuple(frame_of(f) for f in frames))
    raise WireError("the worker's error is not an error")


def frame_of(content: Any) -> Frame:
    """A line of a traceback."""
    match content:
        case {"cell": int(cell), "line": int(line), "function": str(function)}:
            return Frame(cell, line, function)
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
            return Tripped(name, cell, line)
    raise WireError("the worker's forbidden call is not one")
