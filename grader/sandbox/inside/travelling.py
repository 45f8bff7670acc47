"""A test that has travelled to the answers: compile it, run it on one case, and hand over its evidence name by name."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import CodeType
from typing import Any

import torch

from .calls import CALL, Calls, Unsuitable, rewritten
from .case_view import Answers, CaseView, Missing, Odd, Unchanged
from .counted import calls_of, counted
from .exceptions import described

PRISTINE = dict(vars(builtins))  # as they were before any answer could replace `isinstance` or `__import__`
TEST = "<test>"  # the file name of a test's code
GIVEN = "<given>"


@cache
def compiled(source: str, file: str = TEST) -> CodeType:
    """The code of a test or a helper. Lines keep their numbers in the source."""
    return compile(rewritten(source), file, "exec", dont_inherit=True)


@cache
def compiled_given(source: str) -> CodeType:
    """The code that the notebook begins with too: nothing in it is turned into a recorded call."""
    return compile(source, GIVEN, "exec", dont_inherit=True)


def globals_of(
    given: Sequence[str], helpers: Sequence[str], own: Mapping[str, Any], asked: Sequence[str], answers: Answers
) -> dict[str, Any]:
    """The globals of a question's tests: what is given, the asked names of the answers, the helpers.

    `own` are the names of `given` that the answers define themselves. The answers' other names stay out, since a
    student may have given `sum` another meaning.
    """
    found: dict[str, Any] = {"__builtins__": dict(PRISTINE), "__name__": "test", "torch": torch, "math": math}
    for source in given:
        exec(compiled_given(source), found)
    found.update(own)
    for name in asked:
        if "." not in name:
            try:
                found[name] = answers.resolve(name)
            except (NameError, AttributeError):
                found.pop(name, None)
    found[CALL] = _plain_call
    for source in helpers:
        exec(compiled(source), found)
    return found


def _plain_call(function: Any, /, *args: Any, **kwargs: Any) -> Any:
    return function(*args, **kwargs)


def run_test(
    source: str,
    names: dict[str, Any],
    view: CaseView,
    calls: Calls,
    emit: Callable[[str, Any], None],
    asked: Sequence[str] = (),
    counts: Sequence[str] = (),
    modules: Sequence[str] = ("__main__", "solution"),
) -> dict[str, Any] | None:
    """Run the test on one case; each piece of evidence goes to `emit`. None, or a description of what was raised.

    `counts` names functions whose calls are counted; the counts are evidence too.
    """
    names[CALL] = calls
    try:
        view.seed()
        exec(compiled(source), names)
        with counted(counts, names, lambda name: view.name(name, None), compiled(source)) as found:
            for name, value in _evidence(names["test"](view)):
                emit(name, value)
        for name, count in found.items():
            emit(calls_of(name), count)
        return None
    except BaseException as error:  # student code may raise anything, also SystemExit and GeneratorExit
        return _origin(error, calls, asked, modules)
    finally:
        view.end()


def is_answer_of(*modules: str) -> Callable[[Any], bool]:
    """Whether an object is a function, a class, a method or a callable object of these modules' code."""
    known = frozenset(modules)

    def is_answer(function: Any) -> bool:
        try:
            own = (getattr(function, "__module__", None), getattr(type(function), "__module__", None))
            return not known.isdisjoint(own)
        except BaseException:  # a student's object may raise anything
            return True

    return is_answer


def _evidence(found: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(found, dict):
        yield from found.items()
        return
    if found is None or isinstance(found, (str, tuple, list, torch.Tensor, int, float)):
        raise NotEvidence(type(found).__name__)
    for pair in found:
        if not (isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str)):
            raise NotEvidence(f"{type(pair).__name__} in place of a pair")
        yield pair


class NotEvidence(Exception):
    """A test returns something that is neither a dict nor yields pairs: the author's slip."""


def _origin(error: BaseException, calls: Calls, asked: Sequence[str], modules: Sequence[str]) -> dict[str, Any]:
    """The description of an error, with its origin:

    "student": it passed through the student's code. "missing": a name that the answers lack. "odd": the form of an
    answer. "call": a function does not take the arguments. "value": the test failed on what a function returned.
    """
    told = described(error)
    told["line"] = _line_in_test(error)
    told["last"] = calls.last
    told["nothing"] = calls.gave_nothing and "NoneType" in str(told["text"])
    if told["frames"]:
        return told | {"origin": "student"}
    if isinstance(error, Missing):
        return told | {"origin": "missing", "name": error.name}
    if isinstance(error, Odd):
        return told | {"origin": "odd", "odd": error.content}
    if isinstance(error, Unsuitable):
        return told | {"origin": "call"}
    if isinstance(error, NameError) and error.name in {name.partition(".")[0] for name in asked}:
        return told | {"origin": "missing", "name": error.name}
    if isinstance(error, AttributeError) and isinstance(error.name, str):
        owner = error.obj if isinstance(error.obj, type) else type(error.obj)
        if getattr(owner, "__module__", "") in modules:
            return told | {"origin": "missing", "name": f"{owner.__name__}.{error.name}"}
    return told | {"origin": "value"}


def _line_in_test(error: BaseException) -> int:
    """The line of the test that was running, 0 if none was."""
    line, traceback = 0, error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == TEST:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def plain(value: Any) -> Any:
    """Evidence as it travels: its tensors stay tensors; marks of the test become text that the judge knows."""
    return value.holds if isinstance(value, Unchanged) else value
