"""The names that an answer defines, and whether they are as empty as in the students' notebook."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from .effects import walk
from .magics import parse


@dataclass(frozen=True)
class AnsweredName:
    """A function, a class without methods or a variable of an answer; `empty`: as empty as in the template."""

    name: str
    cell: int
    line: int  # within the cell
    empty: bool
    file: str = ""  # beside the notebook; "" for the notebook itself


@lru_cache(maxsize=1000)
def answered(source: str, cell: int, line: int) -> tuple[AnsweredName, ...]:
    """The names that lines of a notebook define, with methods. Several questions look at the same lines."""
    return tuple(_answered(source, cell, line))


def _answered(source: str, cell: int, line: int) -> Iterator[AnsweredName]:
    tree = parse(source)
    if tree is None:
        return
    top = set(tree.body)
    for node in walk(tree):
        place = line + getattr(node, "lineno", 1) - 1
        match node:
            case ast.FunctionDef(name=name, body=body) | ast.AsyncFunctionDef(name=name, body=body):
                yield AnsweredName(name, cell, place, is_empty(body))
            case ast.ClassDef(name=name, body=body) if is_empty(body):
                yield AnsweredName(name, cell, place, True)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if node in top:
                yield AnsweredName(name, cell, place, _nothing(value))


def untouched(answers: Iterable[AnsweredName]) -> bool:
    """Whether nothing is written in any of these names; the constructor does not matter. False without a name."""
    written = [a for a in answers if a.name != "__init__"]
    return bool(written) and all(a.empty for a in written)


def is_empty(body: list[ast.stmt]) -> bool:
    """Whether a body has only `pass`, `...`, a docstring, `return None` or `raise NotImplementedError`."""
    return all(_placeholder(statement) for statement in body)


def _placeholder(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Return(value=value):
            return value is None or _nothing(value)
        case ast.Raise(exc=ast.Name(id=name)) | ast.Raise(exc=ast.Call(func=ast.Name(id=name))):
            return name == "NotImplementedError"
        case _:
            return False


def _nothing(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value in (None, ...)
