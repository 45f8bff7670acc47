"""The code of the solution, compiled piece by piece and run: with known mistakes, or in another convention."""

from __future__ import annotations

import ast
import contextlib
import math
import re
import sys
import traceback
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from types import CodeType
from typing import Any

from ..assignment.course import Mistake, Source, Test
from ..assignment.patches import patched
from ..assignment.spec import Assignment, Question
from ..errors import AssignmentError
from .statements import NAMES

MODULE = "solution"  # recorders.SOLUTION
KEPT_NAMESPACES = 600
_MISTAKES = "__mistakes__"


@lru_cache(maxsize=10_000)
def _compiled(code: str, file: str, line: int) -> CodeType:
    tree = ast.parse("\n" * (line - 1) + code)
    # The modules of a solution run in one namespace, so they need no imports of each other.
    tree.body = [n for n in tree.body if not (isinstance(n, ast.ImportFrom) and (n.level or n.module == "__future__"))]
    flags = annotations.compiler_flag  # as `from __future__ import annotations`: annotations are not evaluated
    compiled: CodeType = compile(tree, f"<{MODULE} {file}>", "exec", flags, dont_inherit=True)
    return compiled


@cache
def _chunks(source: Source) -> tuple[tuple[int, int], ...]:
    """The line ranges of the top-level statements of a source, with the lines above each; from 0, the end excluded."""
    ends = [n.end_lineno or n.lineno for n in ast.parse(source.code).body]
    return tuple(zip([0, *ends], ends, strict=False))


@cache
def returns_a_value(name: str, solution: tuple[Source, ...]) -> bool:
    """Whether the solution's function or method ("FFNN.backward") returns something; True if it has none."""
    body: list[ast.stmt] = [statement for source in solution for statement in ast.parse(source.code).body]
    found: ast.stmt | None = None
    for part in name.split("."):
        kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        found = next((s for s in reversed(body) if isinstance(s, kinds) and s.name == part), None)
        if found is None:
            return True
        body = found.body
    inside = ast.walk(found) if found is not None else ()
    return isinstance(found, ast.ClassDef) or any(
        isinstance(n, (ast.Yield, ast.YieldFrom)) or (isinstance(n, ast.Return) and n.value is not None) for n in inside
    )


def _codes(original: Source, changed: Source) -> Iterator[CodeType]:
    """The code of a source, statement by statement; what did not change is compiled once for all mistakes."""
    lines, new = original.code.split("\n"), changed.code.split("\n")
    same = next((k for k, (a, b) in enumerate(zip(lines, new, strict=False)) if a != b), min(len(lines), len(new)))
    rest = min(len(lines), len(new)) - same
    after = next((k for k in range(rest) if lines[-1 - k] != new[-1 - k]), rest)
    touched = [(a, b) for a, b in _chunks(original) if (a <= same and same < b) or same <= a < len(lines) - after]
    if not touched or original.code == changed.code:
        touched = []
    done = False
    for first, last in _chunks(original):
        if (first, last) not in touched:
            yield _compiled("\n".join(lines[first:last]), original.file, original.line + first)
        elif not done:
            done = True
            start, end = touched[0][0], touched[-1][1]
            middle = new[start : len(new) - (len(lines) - end)]
            yield _compiled("\n".join(middle), original.file, original.line + start)


def _run(source: Source, names: dict[str, Any]) -> None:
    exec(_compiled(source.code, source.file, source.line), names)


def _sources_of(question: Question, mistakes: Sequence[Mistake]) -> Iterable[Source]:
    return patched(question, mistakes) if mistakes else question.solution


class Solution:
    """The names of the solution, each set made once: as it is, with known mistakes, or in another convention."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._mistakes = {m.name: m for m in assignment.mistakes}
        self._namespaces: dict[tuple[str, ...], dict[str, Any]] = {}

    def names(self, question: Question, mistakes: Sequence[str] = (), convention: str = "") -> dict[str, Any]:
        """The names of the solution, with these mistakes in the question's part."""
        trains = any(self._assignment.question(id).runs for id in (question.id, *question.needs))
        key = (*sorted(mistakes), f"{question.id}:{convention}") if mistakes or convention or trains else ()
        if key not in self._namespaces:
            if len(self._namespaces) >= KEPT_NAMESPACES:
                self._namespaces.pop(next(k for k in self._namespaces if k))
            with _naming_a_missing_package():
                self._namespaces[key] = self._made(question, mistakes, convention)
        return self._namespaces[key]

    def _made(self, question: Question, mistakes: Sequence[str], convention: str) -> dict[str, Any]:
        module = types.ModuleType(MODULE)
        sys.modules[MODULE] = module  # dataclasses look their module up
        names: dict[str, Any] = module.__dict__
        names["math"] = math
        names[_MISTAKES] = [self._mistakes[name] for name in mistakes]
        names["__annotations__"] = {}
        for source in self._assignment.given:
            _run(source, names)
        # A module that several questions name is taken in the state of the question that is judged.
        own = {(s.file, s.line): s for s in _sources_of(question, names[_MISTAKES])}
        done: set[tuple[str, int]] = set()
        for other in self._assignment.questions:
            if other.snippets or (other.runs and other.id != question.id and other.id not in question.needs):
                continue  # a snippet runs on its inputs; training at top level costs time
            for source in other.solution:
                place = (source.file, source.line)
                if place not in done:
                    done.add(place)
                    for code in _codes(source, own.get(place, source)):
                        exec(code, names)
        if not question.snippets:
            for place, source in own.items():
                if place not in done:  # the code of a mistake
                    _run(source, names)
        if convention:
            source = question.accepts[convention]
            _run(source, names)
        return names

    def beside(self, question: Question, test: Test) -> dict[str, Any]:
        """The names of the solution with the functions of a test that do not travel."""
        names = dict(self.names(question))
        names |= NAMES
        for source in (*self._assignment.helpers, *question.helpers):
            _run(source, names)
        _run(test.trusted, names)
        return names

    def snippet(
        self, question: Question, names: Mapping[str, Any], inputs: Mapping[str, Any], without: tuple[str, ...]
    ) -> Iterator[tuple[str, Any]]:
        """The outputs of the question's statements with these inputs, but those that end in a suffix of `without`."""
        asked = question.snippets[question.id]
        found = {**names, **inputs}
        for source in _sources_of(question, names[_MISTAKES]):
            _run(source, found)
        named = [output + variant for variant in asked.variants or ("",) for output in asked.outputs]
        yield from ((name, found[name]) for name in named if name in found and not name.endswith(without))


@contextlib.contextmanager
def _naming_a_missing_package() -> Iterator[None]:
    """Name the line of the assignment that imports a package which is not installed here."""
    try:
        yield
    except ModuleNotFoundError as error:
        found = [(m[1], frame.lineno) for frame in traceback.extract_tb(error.__traceback__)
                 if (m := re.fullmatch(rf"<{MODULE} (.*)>", frame.filename))]  # fmt: skip
        if not found or not error.name:
            raise
        file, line = found[-1]
        package = error.name.partition(".")[0]
        raise AssignmentError(
            f"{file}, line {line}: the package {package} is not installed here: pip install {package}, or name it in "
            f"the assignment's head: # packages: {package}"
        ) from error


def resolve(names: Mapping[str, Any], name: str) -> Any:
    """The object that a dotted name means in a namespace; NameError for none."""
    first, *rest = name.split(".")
    if first not in names:
        raise NameError(f"name {first!r} is not defined", name=first)
    found = names[first]
    for part in rest:
        found = getattr(found, part)
    return found
