"""The shapes that the worker's answers must have; any other shape is a WireError."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from ..errors import Frame, OutOfMemory, StudentRaised, WireError, WorkerError
from .verbs import Event, Move, Parameter, Value


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


def listed(content: Value) -> list[Any]:
    """The items of a list."""
    if not isinstance(content, list):
        raise WireError("the worker's list is not a list")
    return content


def parameter(content: Value) -> Parameter:
    """A named parameter with its gradient."""
    match content:
        case (str(name), torch.Tensor() as value, torch.Tensor() | None as grad):
            return Parameter(name, value, grad)
    raise WireError("the worker's parameter is not a parameter")


def event(content: Value) -> Event:
    """A recorded call."""
    match content:
        case {
            "target": int(t),
            "method": str(m),
            "args": tuple(args),
            "kwargs": dict(kwargs),
            "result": result,
        }:
            return Event(t, m, args, kwargs, result)
    raise WireError("the worker's event is not an event")


def move(content: Value) -> Move:
    """A recorded move to a device."""
    match content:
        case {"what": str(what), "device": str(device)}:
            return Move(what, device)
    raise WireError("the worker's move is not a move")


def tripped(content: Value) -> Tripped:
    """A forbidden call."""
    match content:
        case {"name": str(name), "cell": int(cell), "line": int(line)}:
            return Tripped(name, cell, line)
    raise WireError("the worker's forbidden call is not one")
