"""Untouched cells of the students' notebook below an answer: they do not hide it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from ..assignment.spec import Snippet
from ..messages import Message, say
from .effects import FUNCTIONS
from .holes import is_empty
from .read import Notebook
from .statements import DEFINITIONS, Statement, split

HIDES_NOTHING = say("{name} is as empty in cell {cell} as in the template; the answer in cell {counts} counts.")


def template_of(notebook: Notebook) -> frozenset[str]:
    """The functions and methods of the students' notebook in which something is written, as they are compared."""
    return frozenset(text for s in split(notebook).statements for text in _texts(s.node))


def without_templates(
    statements: Sequence[Statement],
    names: Iterable[str],
    snippets: Mapping[str, Snippet],
    template: frozenset[str],
) -> tuple[tuple[Statement, ...], list[Message]]:
    """The statements without those that define an asked name as the template does, below an answer.

    `names` are asked; `template` is what the students' notebook gives them. A note names each answer that counts.
    """
    asked = {name.partition(".")[0] for name in names}
    outputs = set[str]().union(*(s.names_of(o) for s in snippets.values() for o in s.outputs))
    answers: dict[str, Statement] = {}
    kept: list[Statement] = []
    hidden: dict[str, Statement] = {}
    for statement in statements:
        name = _defined(statement.node, asked, outputs) if not statement.module else ""
        answers |= {b.name: statement for b in statement.brings if b.name in asked and not statement.module}
        if not name:
            kept.append(statement)
        elif not is_template(statement.node, template):
            answers[name] = statement
            hidden.pop(name, None)
            kept.append(statement)
        elif name in answers:
            hidden[name] = statement
        else:
            kept.append(statement)
    notes = [
        replace(HIDES_NOTHING, values={"name": name, "cell": last.cell, "counts": answers[name].cell})
        for name, last in hidden.items()
    ]
    return tuple(kept), notes


def _defined(node: ast.stmt, asked: set[str], outputs: set[str]) -> str:
    """The asked name that a statement defines; "" for none."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name) if name in asked:
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) if name in outputs:
            return name
        case _:
            return ""


def is_template(node: ast.stmt, template: frozenset[str]) -> bool:
    """Whether a definition is as empty as in the template, or the template's own."""
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Constant) and node.value.value in (None, ...)
    if isinstance(node, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id == node.name for b in node.bases):
        return False  # `class A(A)` adds to A
    parts = list(_parts(node))
    if not parts:
        return isinstance(node, ast.ClassDef) and is_empty(node.body)
    given = _names_in(template)
    return all(is_empty(inner.body) or (inner.name in given and _text(inner) in template) for inner in parts)


@lru_cache(maxsize=8)
def _names_in(template: frozenset[str]) -> frozenset[str]:
    """The names of the template's functions: only what has such a name need be compared, which takes time."""
    return frozenset(text.partition(" ")[0] for text in template)


def _parts(node: ast.stmt) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The function itself, or the methods of a class."""
    for inner in [node] if isinstance(node, FUNCTIONS) else getattr(node, "body", []):
        if isinstance(inner, FUNCTIONS):
            yield inner


def _texts(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, DEFINITIONS):
        yield from (_text(inner) for inner in _parts(node) if not is_empty(inner.body))


def _text(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The name, the parameters and the body of a function; the docstring has another language in another template."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return f"{function.name} {ast.dump(function.args)} {ast.dump(ast.Module(body, []))}"
