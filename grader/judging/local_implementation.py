"""The implementation that runs in this process: the reference, or a known mistake in its place."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import CodeType
from typing import Any

import torch

from ..sandbox.inside.wire import Handle, Named, encode
from ..sandbox.verbs import Event, Implementation, Move, Parameter, Value
from .device_requests import Moves

# More bytes than a request holds besides its arguments: its verb, names and brackets.
SLACK = torch.zeros(1 << 12, dtype=torch.uint8)


class Sendable:
    """An implementation that accepts only values that could be sent to a student's process; others raise Malformed.

    The reference behind it shows whether a probe's own inputs are too large for students.
    """

    def __init__(self, target: Implementation) -> None:
        self._target = target
        self._waiting: list[Any] = [SLACK]  # RemoteImplementation sends these with the next request

    def __getattr__(self, verb: str) -> Any:
        def ask(*args: Value, **kwargs: Value) -> Value:
            self._waiting.append((args, kwargs))
            encode(self._waiting)
            if verb not in ("supply", "set_parameters", "watch"):
                self._waiting = [SLACK]
            return getattr(self._target, verb)(*args, **kwargs)

        return ask


@contextlib.contextmanager
def _made_with(dtype: torch.dtype) -> Iterator[None]:
    """Make tensors of this dtype meanwhile, whatever the notebook's dtype, with the same random numbers each time."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.random.fork_rng(devices=[]):
            # Only the CPU's generator: torch.manual_seed records the caller for each CUDA device, which takes 1 ms.
            torch.default_generator.manual_seed(0)
            yield
    finally:
        torch.set_default_dtype(before)


@cache
def _compiled(source: str) -> CodeType:
    return compile(source, "<supplied>", "exec")


class LocalImplementation:
    """The reference or a misconception, run in this process. Arguments are copied before each call.

    This implementation computes in float64, or with `exact=False` in the dtype of its arguments, as a student's side
    does.
    """

    def __init__(
        self,
        names: Mapping[str, Any],
        snippets: Mapping[str, Callable[..., Mapping[str, Value]]],
        supplies: Mapping[str, str] | None = None,
        *,
        exact: bool = True,
    ) -> None:
        self._exact = exact
        self._names = dict(names)
        self._snippets = snippets
        self._supplies = supplies or {}
        self._objects: dict[int, Any] = {}
        self._events: list[Event] = []
        self._moves: list[Move] = []

    def changed(self, changes: Mapping[str, Callable[..., Any]], *, exact: bool = True) -> LocalImplementation:
        """A fresh implementation in which `changes` replace names, "Class.method"s or snippets: a misconception."""
        names, snippets = dict(self._names), dict(self._snippets)
        for name, change in changes.items():
            owner, _, method = name.partition(".")
            if method:
                names[owner] = type(owner, (names[owner],), {method: change})
            elif name in snippets:
                snippets[name] = change
            else:
                names[name] = change
        return LocalImplementation(names, snippets, self._supplies, exact=exact)

    def has(self, name: str) -> bool:
        return name in self._names

    def call(self, name: str, /, *args: Value, **kwargs: Value) -> Value:
        with contextlib.redirect_stdout(io.StringIO()), Moves(self._moves):  # a training loop prints and moves
            result = self._names[name](*self._in(args), **self._in(kwargs))
        return self._out(result)

    def new(self, name: str, /, *args: Value, **kwargs: Value) -> Handle:
        with _made_with(torch.float64 if self._exact else torch.float32):
            return self._keep(self._names[name](*self._in(args), **self._in(kwargs)))

    def invoke(self, handle: Handle, method: str, /, *args: Value, **kwargs: Value) -> Value:
        return self._out(getattr(self._objects[handle.number], method)(*self._in(args), **self._in(kwargs)))

    def read(self, handle: Handle, attribute: str) -> Value:
        return self._out(getattr(self._objects[handle.number], attribute))

    def assign(self, handle: Handle, attribute: str, value: Value) -> None:
        setattr(self._objects[handle.number], attribute, self._in(value))

    def parameters(self, handle: Handle) -> tuple[Parameter, ...]:
        return tuple(
            Parameter(n, p.detach().clone(), None if p.grad is None else p.grad.detach().clone())
            for n, p in self._objects[handle.number].named_parameters()
        )

    def set_parameters(self, handle: Handle, values: Mapping[str, torch.Tensor]) -> None:
        own = dict(self._objects[handle.number].named_parameters())
        with torch.no_grad():
            for name, value in values.items():
                own[name].copy_(value)

    def evaluate(self, snippet: str, inputs: Mapping[str, Value], outputs: Sequence[str]) -> dict[str, Value]:
        found = self._snippets[snippet](**self._in(inputs))
        return {name: self._out(found[name]) for name in outputs if name in found}

    def supply(self, name: str) -> None:
        # Our own source: the worker gets the same text.
        namespace: dict[str, Any] = {"__name__": "supplied"}
        exec(_compiled(self._supplies[name]), namespace)
        self._names[name] = namespace[name]

    def watch(self, handle: Handle, *methods: str) -> None:
        target = self._objects[handle.number]
        for method in methods:
            setattr(target, method, self._recorded(handle, method, getattr(target, method)))

    def events(self) -> tuple[Event, ...]:
        seen, self._events = tuple(self._events), []
        return seen

    def moves(self) -> tuple[Move, ...]:
        seen, self._moves[:] = tuple(self._moves), []
        return seen

    def _recorded(self, handle: Handle, method: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            given = self._out(args), self._out(kwargs)  # copies, made before the call may change them
            result = original(*args, **kwargs)
            self._events.append(Event(handle.number, method, *given, self._out(result)))
            return result

        return call

    def _keep(self, value: Any) -> Handle:
        number = len(self._objects)
        self._objects[number] = value
        return Handle(number, type(value).__name__)

    def _in(self, value: Value) -> Any:
        """A copy of an argument, in float64 if exact, with handles and names resolved."""
        if isinstance(value, Handle):
            return self._objects[value.number]
        if isinstance(value, Named):
            return self._names[value.name]
        if isinstance(value, torch.Tensor):
            return value.detach().double() if self._exact and value.is_floating_point() else value.detach().clone()
        if isinstance(value, Mapping):
            return {k: self._in(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(self._in(v) for v in value)
        return value

    def _out(self, value: Any) -> Value:
        if isinstance(value, torch.Tensor):
            return value.detach().clone()
        if value is None or isinstance(value, (bool, int, float, str, torch.device, torch.dtype)):
            return value
        if isinstance(value, Mapping):
            return {str(k): self._out(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(self._out(v) for v in value) if type(value) in (list, tuple) else tuple(value)
        return self._keep(value)
