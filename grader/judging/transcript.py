"""Write down a probe's calls as Python that a student can run in the notebook."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch

from ..assignment.cases import Draw
from ..errors import NotAnswered, StudentRaised, WorkerError
from ..sandbox.inside.wire import Handle, Named
from ..sandbox.verbs import Event, Implementation, Move, Parameter, Value

# A tensor of more entries is written as the call that makes a similar one: a page is read, not parsed.
LITERAL_ENTRIES = 24


class _Call(NamedTuple):
    """The short form of a call, and the function that was called; "" for a method or a snippet."""

    text: str
    function: str = ""


class Transcript:
    """An implementation that passes every verb on and keeps the lines.

    `called` is the short form of the last call, e.g. "d_swish(T, beta=1.5)"; `lines` repeat everything up to that call.
    Inputs of hidden cases are written as a recipe for values of the same kind, never as the values themselves. A call
    that raises is left out as soon as the probe goes on: the probe has only tried one of the forms that it accepts.
    """

    def __init__(self, target: Implementation, draw: Draw) -> None:
        self._target = target
        self._draw = draw
        self._names: dict[object, str] = {}
        self._kept: list[Value] = []  # keeps ids of named tensors from being used again
        self._lines: list[str] = []
        self._calls: list[_Call] = []
        self._raised = False  # whether the last line is a call that raised
        self._errors: list[tuple[WorkerError, list[str], list[_Call]]] = []  # with the lines and calls up to each
        self._supplied: set[str] = set()

    def end(self, error: WorkerError | None) -> None:
        """Go back to the call that raised the error with which the probe ended; without an error, forget a last try."""
        self._forget_try()
        for raised, lines, calls in self._errors:
            if raised is error:
                self._lines, self._calls = lines, calls

    def _forget_try(self) -> None:
        if self._raised:
            self._lines.pop()
            self._calls.pop()
            self._raised = False

    @property
    def called(self) -> str:
        return self._calls[-1].text if self._calls else ""

    @property
    def told(self) -> str:
        """The last call if any result may come from it; "" if its function was called before or is a stand-in."""
        functions = [call.function for call in self._calls if call.function]
        last = functions[-1:]
        several = last and self.called.startswith(f"{last[0]}(") and functions.count(last[0]) > 1
        return "" if several or self._supplied.intersection(last) else self.called

    @property
    def lines(self) -> str:
        if not self._calls:  # without a call there is nothing to repeat
            return ""
        uses_torch = any("torch." in line for line in self._lines)
        return "\n".join((["import torch"] if uses_torch else []) + self._lines)

    def has(self, name: str) -> bool:
        return self._target.has(name)

    def call(self, name: str, /, *args: Value, **kwargs: Value) -> Value:
        self._forget_try()
        text = self._call_text(name, args, kwargs)
        self._calls.append(_Call(text, name))
        self._lines.append(text)
        with self._noted(), self._defined(name, args):
            result = self._target.call(name, *args, **kwargs)
        return self._named(result, f"result_{len(self._names)}")

    def new(self, name: str, /, *args: Value, **kwargs: Value) -> Handle:
        self._forget_try()
        text = self._call_text(name, args, kwargs)
        self._calls.append(_Call(text, name))
        variable = self._free(name.lower() if name.isupper() or "_" not in name else name)
        self._lines.append(f"{variable} = {text}")
        with self._noted(), self._defined(name, args):
            handle = self._target.new(name, *args, **kwargs)
        self._names[handle] = variable
        return handle

    def invoke(self, handle: Handle, method: str, /, *args: Value, **kwargs: Value) -> Value:
        self._forget_try()
        owner = self._names.get(handle, handle.kind.lower() or "thing")
        if method in ("__len__", "__getitem__"):
            text = f"len({owner})" if method == "__len__" else f"{owner}[{', '.join(map(repr, args))}]"
        else:
            text = self._call_text(owner if method == "__call__" else f"{owner}.{method}", args, kwargs)
        self._calls.append(_Call(text))
        self._lines.append(text)
        with self._noted():
            try:
                result = self._target.invoke(handle, method, *args, **kwargs)
            except StudentRaised as error:
                # Without a frame of the student's code, the lookup itself failed.
                if error.kind == "AttributeError" and not error.frames:
                    raise NotAnswered(f"{handle.kind}.{method}") from error
                raise
        if isinstance(result, Handle) and result not in self._names:
            self._lines.pop()  # an object that only travels on, such as red.parameters()
            self._names[result] = text
            return result
        return self._named(result, "y_pred" if method == "forward" else f"result_{len(self._names)}")

    def read(self, handle: Handle, attribute: str) -> Value:
        return self._target.read(handle, attribute)

    def assign(self, handle: Handle, attribute: str, value: Value) -> None:
        self._forget_try()
        self._lines.append(f"{self._names.get(handle, 'thing')}.{attribute} = {self._text(value)}")
        self._target.assign(handle, attribute, value)

    def parameters(self, handle: Handle) -> tuple[Parameter, ...]:
        return self._target.parameters(handle)

    def set_parameters(self, handle: Handle, values: Mapping[str, torch.Tensor]) -> None:
        self._target.set_parameters(handle, values)

    def evaluate(self, snippet: str, inputs: Mapping[str, Value], outputs: Sequence[str]) -> dict[str, Value]:
        self._forget_try()
        for name, value in inputs.items():
            self._lines.append(f"{name} = {self._literal(value)}")
        self._calls.append(_Call(", ".join(outputs)))
        return self._target.evaluate(snippet, inputs, outputs)

    def supply(self, name: str) -> None:
        self._supplied.add(name)
        self._target.supply(name)

    def watch(self, handle: Handle, *methods: str) -> None:
        self._target.watch(handle, *methods)

    def events(self) -> tuple[Event, ...]:
        return self._target.events()

    def moves(self) -> tuple[Move, ...]:
        return self._target.moves()

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Record an error of the last call, and the lines and calls that led to it."""
        try:
            yield
        except WorkerError as error:
            self._raised = True
            self._errors.append((error, self._lines.copy(), self._calls.copy()))
            raise

    @contextmanager
    def _defined(self, name: str, args: Sequence[Value]) -> Iterator[None]:
        """Tell a name that the notebook does not define from a name that its code looks up in vain."""
        try:
            yield
        except StudentRaised as error:
            if error.kind == "NameError" and not error.frames:
                for asked in (name, *_names_in(args)):
                    if not self._target.has(asked):
                        raise NotAnswered(asked) from error
            raise

    def _call_text(self, name: str, args: Sequence[Value], kwargs: Mapping[str, Value]) -> str:
        parts = [self._text(a) for a in args] + [f"{k}={self._text(v)}" for k, v in kwargs.items()]
        return f"{name}({', '.join(parts)})"

    def _named(self, result: Value, name: str) -> Value:
        if isinstance(result, torch.Tensor) and self._lines:
            variable = self._free(name)
            self._lines[-1] = f"{variable} = {self._lines[-1]}"
            self._names[id(result)] = variable
            self._kept.append(result)
        return result

    def _free(self, name: str) -> str:
        taken = set(self._names.values())
        return name if name not in taken else next(f"{name}{i}" for i in range(2, 999) if f"{name}{i}" not in taken)

    def _text(self, value: Value) -> str:
        """The text of an argument in the call; a tensor becomes a variable, defined on a line of its own."""
        if isinstance(value, torch.Tensor):
            key = id(value)
            if key not in self._names:
                # The labels of a draw are for people: "g1 p.0" is not a name in Python.
                variable = self._free(re.sub(r"\W+", "_", self._draw.name_of(value) or "t"))
                self._names[key] = variable
                self._kept.append(value)
                self._lines.append(f"{variable} = {self._literal(value)}")
            return self._names[key]
        if isinstance(value, Handle):
            return self._names.get(value, value.kind.lower() or "thing")
        if isinstance(value, Named):
            return value.name
        if isinstance(value, (list, tuple)):
            inner = ", ".join(self._text(v) for v in value)
            return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
        return repr(value)

    def _literal(self, value: Any) -> str:
        if not isinstance(value, torch.Tensor):
            return repr(value)
        if self._draw.case.public and value.numel() <= LITERAL_ENTRIES:
            return f"torch.tensor({_rounded(value.tolist())})"
        shape = ", ".join(map(str, value.shape))
        if not value.is_floating_point():
            return f"torch.randint({max(int(value.max()) + 1, 1) if value.numel() else 1}, ({shape},))"
        rows = value.tolist() if value.dim() == 2 else []
        if rows and all(x in (0.0, 1.0) for row in rows for x in row):
            return f"torch.eye({value.shape[1]})[torch.randint({value.shape[1]}, ({value.shape[0]},))]"
        if rows and all(abs(sum(row) - 1.0) < 1e-4 for row in rows):
            return f"torch.rand({shape}).softmax(1)"
        return f"torch.randn({shape})"


def _names_in(args: Sequence[Value]) -> Iterator[str]:
    for arg in args:
        if isinstance(arg, Named):
            yield arg.name
        elif isinstance(arg, (list, tuple)):
            yield from _names_in(arg)


def _rounded(value: Any) -> Any:
    """Nested lists with 9 significant digits: enough to restore every float32."""
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value
