"""A test run on answers in this process, where no isolation is at stake."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

import torch

from grader.sandbox.inside.calls import Calls
from grader.sandbox.inside.case_view import Answers, CaseView
from grader.sandbox.inside.travelling import globals_of, is_answer_of, run_test

MODULE = "__main__"  # student code runs in it


@dataclass
class Ran:
    """The evidence of a run as the test gave it, the error that ended it, and its calls."""

    values: dict[str, Any]
    error: dict[str, Any] | None
    calls: Calls
    view: CaseView

    @property
    def value(self) -> Any:
        """The only piece of evidence."""
        assert self.error is None, self.error
        (value,) = self.values.values()
        return value


def program(source: str) -> dict[str, Any]:
    """The names of a program, whose code is in cell 1."""
    names: dict[str, Any] = {"__name__": MODULE}
    exec(compile(dedent(source), "<cell 1>", "exec", dont_inherit=True), names)
    return names


def answers(names: Mapping[str, Any], **more: Any) -> Answers:
    """A program's names as a test finds them, dotted ones too."""

    def resolve(name: str) -> Any:
        first, *rest = name.split(".")
        if first not in names:
            raise NameError(f"name {first!r} is not defined", name=first)
        return functools.reduce(getattr, rest, names[first])

    more.setdefault("snippet", lambda inputs, without: inputs.items())
    return Answers(resolve, **more)


def case(names: Mapping[str, Any] = {}, *, seed: int = 0, sizes: Mapping[str, Any] = {}, **more: Any) -> CaseView:
    """A `d` without a test; what it emits is lost unless `emit` says where to."""
    more.setdefault("emit", lambda name, value: None)
    return CaseView(sizes, seed, more.pop("answers", answers(names)), Calls(lambda f: True), **more)


def run(
    source: str,
    code: str = "",
    *,
    asked: Sequence[str] | None = None,
    given: Sequence[str] = (),
    helpers: Sequence[str] = (),
    in_place: Iterable[str] = (),
    seed: int = 0,
    case: Mapping[str, Any] = {},
    **sizes: Any,
) -> Ran:
    """Run a test on the answers in `code`; `case` holds further arguments of CaseView."""
    names = program(code)
    found = answers(names)
    asked = [n for n in names if not n.startswith("__")] if asked is None else asked
    calls = Calls(is_answer_of(MODULE), in_place)
    values: dict[str, Any] = {}
    emit = values.setdefault
    view = CaseView(sizes, seed, found, calls, emit, **case)
    error = run_test(dedent(source), globals_of(given, helpers, {}, asked, found), view, calls, emit, asked)
    return Ran(values, error, calls, view)


def single(expression: str, code: str = "", **more: Any) -> Any:
    """The value of an expression in a test."""
    return run(f"def test(d):\n    return {{'value': {expression}}}", code, **more).value


def equal(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Whether two tensors hold the same numbers, whatever their precision."""
    return a.shape == b.shape and bool(torch.equal(a.double(), b.double()))
