"""The verbs by which a probe exercises an implementation, and the values that cross the boundary.

A probe speaks to an `Implementation` and cannot tell whether it is the reference (judging.local_implementation, in
this process) or a student's program (sandbox.remote, in the worker).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from .inside.wire import Handle

# The values that may cross the boundary: None, bool, int, float, str, torch.Tensor, torch.device, torch.dtype, Handle,
# Named, and tuples, lists and string-keyed dicts of these. Any other object stays where it is; the answer is a Handle.
Value = Any


@dataclass(frozen=True)
class Parameter:
    """One entry of `named_parameters()`: its name, value and gradient (None where `.grad` is None)."""

    name: str
    value: torch.Tensor
    grad: torch.Tensor | None


@dataclass(frozen=True)
class Event:
    """One recorded call of a watched method: its positional and keyword arguments and what it returned."""

    target: int  # the handle's number
    method: str
    args: tuple[Value, ...]
    kwargs: Mapping[str, Value]
    result: Value


@dataclass(frozen=True)
class Move:
    """A request to move something to a device: `what` is "tensor", "module", or "question" for a look at CUDA."""

    what: str
    device: str


class Implementation(Protocol):
    """The verbs of a probe. Errors of student code arrive as errors.WorkerError."""

    def has(self, name: str) -> bool:
        """Whether the program defines `name`."""

    def call(self, name: str, /, *args: Value, **kwargs: Value) -> Value:
        """Call a function of the program."""

    def new(self, name: str, /, *args: Value, **kwargs: Value) -> Handle:
        """Make an object of one of the program's classes; the object stays where it is."""

    def invoke(self, handle: Handle, method: str, /, *args: Value, **kwargs: Value) -> Value:
        """Call a method of an object ("__call__", "__len__", "__getitem__" included)."""

    def read(self, handle: Handle, attribute: str) -> Value:
        """Read an attribute of an object."""

    def assign(self, handle: Handle, attribute: str, value: Value) -> None:
        """Set an attribute of an object."""

    def parameters(self, handle: Handle) -> tuple[Parameter, ...]:
        """`named_parameters()` of a module, with values and gradients."""

    def set_parameters(self, handle: Handle, values: Mapping[str, torch.Tensor]) -> None:
        """Copy values into the parameters with these names, in place, without a graph."""

    def evaluate(self, snippet: str, inputs: Mapping[str, Value], outputs: Sequence[str]) -> dict[str, Value]:
        """Run a snippet of the notebook with our inputs; the outputs that it did not set are absent."""

    def supply(self, name: str) -> None:
        """Define the assignment's stand-in with this name (spec.Assignment.supplies) next to the program."""

    def watch(self, handle: Handle, *methods: str) -> None:
        """Record the calls of these methods on this object from now on."""

    def events(self) -> tuple[Event, ...]:
        """The calls recorded since the last time, in order."""

    def moves(self) -> tuple[Move, ...]:
        """The moves between devices since the last time, in order."""
