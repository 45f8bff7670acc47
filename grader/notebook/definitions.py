"""The definitions of a notebook's names: its functions, classes, methods and assignments."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from .added_methods import Added
from .effects import patched, root
from .statements import DEFINITIONS, IMPORTS, Statement, excerpt


@dataclass(frozen=True)
class Definition:
    """The place that gives a name its last meaning; `name` is "Class.method" for methods."""

    name: str
    cell: int
    line: int
    source: str
    node: ast.stmt = field(default_factory=ast.Pass, compare=False, repr=False)

    @property
    def is_class(self) -> bool:
        return isinstance(self.node, ast.ClassDef)

    @property
    def is_function(self) -> bool:
        return isinstance(self.node, (ast.FunctionDef, ast.AsyncFunctionDef))


def definitions(
    statements: Sequence[Statement], added: Sequence[Sequence[Added]] | None = None
) -> Mapping[str, Definition]:
    """The last definition of every name; methods, also inherited and added ones, are named "Class.method".

    `added` is what `added_methods` found for each statement.
    """
    found: dict[str, Definition] = {}
    methods: dict[str, dict[str, Definition]] = {}
    for statement, more in zip_longest(statements, added or (), fillvalue=()):
        assert isinstance(statement, Statement)
        node = statement.node
        patch = patched(node)
        if patch and patch[0] in methods:
            owner, method, value = patch
            given = _named(value, found, methods)
            methods[owner][method] = _of(f"{owner}.{method}", given or statement)
        elif isinstance(node, ast.ClassDef):
            inherited = [methods.get(root(base) or "", {}) for base in reversed(node.bases)]
            methods[node.name] = {name: method for table in inherited for name, method in table.items()}
            methods[node.name] |= _methods(node, statement)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in methods:
            methods |= {name: dict(methods[node.value.id]) for name in statement.binds}
        # `CELoss = ce_loss` gives another name to something that is defined elsewhere.
        given = _named(node.value, found, methods) if isinstance(node, ast.Assign) else None
        for name in statement.binds:
            # An import below a definition may fail; the definition is what the student wrote.
            if not (isinstance(node, IMPORTS) and name in found and (found[name].is_function or found[name].is_class)):
                found[name] = _of(name, given or statement)
        for name in statement.touches:
            found.setdefault(name, _of(name, statement))
        for one in more:
            if one.owner in methods:
                methods[one.owner][one.method] = _of(one.method, found.get(one.function, statement))
    for owner, table in methods.items():
        for name, definition in table.items():
            found[f"{owner}.{name}"] = _of(f"{owner}.{name}", definition)
    return found


def _named(
    value: ast.expr, found: Mapping[str, Definition], methods: Mapping[str, Mapping[str, Definition]]
) -> Definition | None:
    """The function, class or method that an expression names."""
    match value:
        case ast.Name(id=name):
            known = found.get(name)
        case ast.Attribute(value=ast.Name(id=owner), attr=method):
            known = methods.get(owner, {}).get(method)
        case _:
            return None
    return known if known and (known.is_function or known.is_class) else None


def _of(name: str, place: Statement | Definition) -> Definition:
    guard = "if True:\n"
    if isinstance(place, Statement) and place.source.startswith(guard) and not isinstance(place.node, ast.If):
        source = textwrap.dedent(place.source.removeprefix(guard))
        return Definition(name, place.cell, place.line + 1, source, place.node)
    return Definition(name, place.cell, place.line, place.source, place.node)


def _methods(node: ast.ClassDef, statement: Statement) -> dict[str, Definition]:
    # The statement's source starts at its own first line; the tree counts lines from the top of the cell.
    lines = [b""] * (statement.line - 1) + statement.source.encode().split(b"\n")
    table: dict[str, Definition] = {}
    for inner in node.body:
        if isinstance(inner, DEFINITIONS):
            line, source = excerpt(inner, lines)
            table[inner.name] = Definition(inner.name, statement.cell, line, textwrap.dedent(source), inner)
    return table
