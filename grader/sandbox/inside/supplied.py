"""Make an assignment's stand-in for a wrong answer, which takes calls in the student's convention."""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

import torch

from .case_view import STAND_IN
from .recorders import SUPPLIED

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def stand_in(source: str, name: str, original: Any) -> Any:
    """What `source` gives to `name`. Its code may read `original`, the student's own object, or None.

    The source runs as the body of a function: its other names are in no namespace that the student's code can use.
    """
    maker = ast.parse("def make(original): pass").body[0]
    assert isinstance(maker, ast.FunctionDef)
    maker.body = [*ast.parse(source).body, ast.Return(ast.Name(name, ast.Load()))]
    tree = ast.fix_missing_locations(ast.Module([maker], []))
    names: dict[str, Any] = {"__builtins__": builtins, "__name__": STAND_IN, "torch": torch}
    exec(compile(tree, SUPPLIED, "exec", dont_inherit=True), names)
    return _fitted(names.pop("make")(original), original)


def _fitted(right: Any, original: Any) -> Any:
    """A function that takes the arguments of `original`, by its names and in its order, and drops further ones."""
    if not isinstance(right, FunctionType):
        return right
    ours = inspect.signature(right).parameters
    own = _signature(original)

    @functools.wraps(right)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            given = own.bind(*args, **kwargs).arguments if own is not None else None
        except TypeError:
            given = None
        positional, named = _renamed(ours, own, given) if given is not None and own is not None else (args, kwargs)
        taken = [name for name, p in ours.items() if p.kind in POSITIONAL]
        if not any(p.kind is p.VAR_POSITIONAL for p in ours.values()):
            positional = positional[: len(taken)]
        if not any(p.kind is p.VAR_KEYWORD for p in ours.values()):
            named = {key: value for key, value in named.items() if key in ours}
        named = {key: value for key, value in named.items() if key not in taken[: len(positional)]}
        return right(*positional, **named)

    return call


def _renamed(
    ours: Mapping[str, inspect.Parameter], own: inspect.Signature, given: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments for `ours`: by the same name where there is one, the others in order."""
    free = [name for name, p in ours.items() if p.kind in POSITIONAL and name not in own.parameters]
    positional: list[Any] = []
    named: dict[str, Any] = {}
    more: list[Any] = []
    for name, parameter in own.parameters.items():
        into = name if name in ours and ours[name].kind not in VARIABLE else None
        if into is None and parameter.kind not in VARIABLE and free:
            into = free.pop(0)
        if name not in given:
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            named |= given[name]
        elif parameter.kind is parameter.VAR_POSITIONAL:
            more += given[name]
        else:  # `ours` may pass it on to the student's function, which knows it by this name
            named[into or name] = given[name]
    for name, p in ours.items():
        if p.kind not in POSITIONAL or name not in named:
            break
        positional.append(named.pop(name))
    return (*positional, *more), named


def _signature(function: Callable[..., Any] | None) -> inspect.Signature | None:
    try:
        return inspect.signature(function) if function is not None else None
    except BaseException:  # a student's object may raise anything
        return None
