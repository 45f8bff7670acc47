"""Count the calls of named functions while a test runs: a function is known by its code, whatever its name there."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import CodeType, FrameType
from typing import Any


def calls_of(name: str) -> str:
    """The name of the evidence for a count."""
    return f"llamadas a {name} | calls of {name}"


@contextlib.contextmanager
def counted(
    names: Sequence[str], known: Mapping[str, Any], resolve: Callable[[str], Any], test: CodeType
) -> Iterator[Mapping[str, int]]:
    """The calls of these names so far: functions that the test sees, of the answers, or defined in the test itself.

    `resolve(name)` gives the answers' object, or None.
    """
    counts = dict.fromkeys(names, 0)
    if not names:
        yield counts
        return
    codes, others = dict[CodeType, str](), dict[int, str]()
    for name in names:
        codes.update(dict.fromkeys(_within(test, name), name))
        for found in _found(name, known, resolve):
            code = _code_of(found)
            if found is None:
                continue
            if code is None:
                others[id(found)] = name
            else:
                codes[code] = name

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event in ("call", "c_call"):
            name = codes.get(frame.f_code) if event == "call" else others.get(id(argument))
            if name is not None:
                counts[name] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield counts
    finally:
        sys.setprofile(before)


def _found(name: str, known: Mapping[str, Any], resolve: Callable[[str], Any]) -> Iterator[Any]:
    first, *rest = name.split(".")
    if first in known:
        found = known[first]
        for part in rest:
            found = getattr(found, part, None)
        yield found
    yield resolve(name)


def _code_of(function: Any) -> CodeType | None:
    """The code that a call runs; None for a function that is not written in Python."""
    try:
        if isinstance(function, type):
            function = function.__init__  # type: ignore[misc]
        found = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
    except BaseException:  # a student's object may raise anything
        return None
    return found if isinstance(found, CodeType) else None


def _within(code: CodeType, name: str) -> Iterator[CodeType]:
    """The functions of this name that a code defines."""
    for part in code.co_consts:
        if isinstance(part, CodeType):
            if part.co_name == name:
                yield part
            yield from _within(part, name)
