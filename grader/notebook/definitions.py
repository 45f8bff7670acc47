"""The definitions of a notebook's names: its functions, classes, methods and assignments."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from .added_methods import Added
from .effects import IMPORTS, patched, root
from .raw_cells import UnreadableNotebook
from .statements import DEFINITIONS, MAX_NAMES, TOO_MANY_NAMES, Brought, Statement, excerpt


@dataclass(frozen=True)
class Definition:
    """The place that gives a name its last meaning; `name` is "Class.method" for methods."""

    name: str
    cell: int
    line: int
    source: str
    node: ast.stmt = field(default_factory=ast.Pass, compare=False, repr=False)
    module: str = ""  # the path of the student's module whose code it is; "" for the notebook

    @property
    def is_class(self) -> bool:
        return isinstance(self.node, ast.ClassDef)

    @property
    def is_function(self) -> bool:
        return isinstance(self.node, (ast.FunctionDef, ast.AsyncFunctionDef))


def definitions(
    statements: Sequence[Statement], added: Sequence[Sequence[Added]] | None = None
) -> Mapping[str, Definition]:
    """The last definition of every name of the notebook; see `definitions_by_module`."""
    return definitions_by_module(statements, added).get("", {})


def definitions_by_module(
    statements: Sequence[Statement], added: Sequence[Sequence[Added]] | None = None
) -> Mapping[str, Mapping[str, Definition]]:
    """For each module ("" for the notebook) the last definition of every name, also of those that imports bring.

    Methods, also inherited and added ones, are named "Class.method". `added` is what `added_methods` found for each
    statement.
    """
    tables: dict[str, _Names] = {}
    copied = 0
    for statement, more in zip_longest(statements, added or (), fillvalue=()):
        assert isinstance(statement, Statement)
        names = tables.setdefault(statement.module, _Names())
        copied += names.learn(statement, tables)
        if copied > MAX_NAMES:
            raise UnreadableNotebook(TOO_MANY_NAMES)
        for one in more:
            if one.owner in names.methods:
                definition = names.found.get(one.function)
                names.methods[one.owner][one.method] = _of(one.method, definition or _unguarded(statement))
    return {module: names.all() for module, names in tables.items()}


class _Names:
    """The meanings of one module's names so far."""

    def __init__(self) -> None:
        self.found: dict[str, Definition] = {}
        self.methods: dict[str, dict[str, Definition]] = {}  # by class; an imported class keeps its one table
        self.modules: dict[str, _Names] = {}  # by the name of an imported module

    def all(self) -> Mapping[str, Definition]:
        found = dict(self.found)
        for owner, table in self.methods.items():
            for name, definition in table.items():
                found[f"{owner}.{name}"] = _of(f"{owner}.{name}", definition)
        return found

    def learn(self, statement: Statement, tables: Mapping[str, _Names]) -> int:
        """Add what a statement defines; the number of methods that it takes over from other classes."""
        node, found, methods = statement.node, self.found, self.methods
        place = _unguarded(statement)
        copied = 0
        patch = patched(node)
        if patch and patch[0] in methods:
            owner, method, value = patch
            given = self._named(value)
            methods[owner][method] = _of(f"{owner}.{method}", given or place)
        elif isinstance(node, ast.ClassDef):
            inherited = [self._methods_of(base) for base in reversed(node.bases)]
            methods[node.name] = {name: method for table in inherited for name, method in table.items()}
            copied = len(methods[node.name])
            methods[node.name] |= _methods(node, statement)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in methods:
            copied = self._copy(methods[node.value.id], statement.binds)
        # `CELoss = ce_loss` gives another name to something that is defined elsewhere.
        given = self._named(node.value) if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.Assign) and given and given.is_class and isinstance(node.value, ast.Attribute):
            copied += self._copy(self._methods_of(node.value), statement.binds)
        for name in statement.binds:
            # An import below a definition may fail; the definition is what the student wrote.
            if not (isinstance(node, IMPORTS) and name in found and (found[name].is_function or found[name].is_class)):
                found[name] = _of(name, given or place)
        for name in statement.touches:
            found.setdefault(name, _of(name, place))
        for brought in statement.brings:
            self._bring(brought, tables.get(brought.module) or _Names())
        return copied

    def _copy(self, table: Mapping[str, Definition], names: Iterable[str]) -> int:
        """Give these names the methods of a class; how many that are."""
        copied = 0
        for name in names:
            copied += len(table)
            if copied <= MAX_NAMES:
                self.methods[name] = dict(table)
        return copied

    def _bring(self, brought: Brought, other: _Names) -> None:
        if not brought.original:
            self.modules[brought.dotted or brought.name] = other
        elif brought.original in other.found:
            self.found[brought.name] = _of(brought.name, other.found[brought.original])
            if brought.original in other.methods:
                self.methods[brought.name] = other.methods[brought.original]

    def _methods_of(self, base: ast.expr) -> Mapping[str, Definition]:
        match base:
            case ast.Attribute(value=module, attr=name) if (other := self._module(module)) is not None:
                return other.methods.get(name, {})
            case _:
                return self.methods.get(root(base) or "", {})

    def _module(self, value: ast.expr) -> _Names | None:
        """The imported module that an expression names: `red`, `red.capas`."""
        return self.modules.get(ast.unparse(value)) if self.modules else None

    def _named(self, value: ast.expr) -> Definition | None:
        """The function, class or method that an expression names."""
        match value:
            case ast.Name(id=name):
                known = self.found.get(name)
            case ast.Attribute(value=module, attr=name) if (other := self._module(module)) is not None:
                known = other.found.get(name)
            case ast.Attribute(value=ast.Name(id=owner), attr=method):
                known = self.methods.get(owner, {}).get(method)
            case _:
                return None
        return known if known and (known.is_function or known.is_class) else None


def _of(name: str, place: Statement | Definition) -> Definition:
    return Definition(name, place.cell, place.line, place.source, place.node, place.module)


def _unguarded(statement: Statement) -> Statement:
    """The statement as it stands in a main guard, without the head that `split` gives it."""
    guard = "if True:\n"
    if not statement.source.startswith(guard) or isinstance(statement.node, ast.If):
        return statement
    source = textwrap.dedent(statement.source.removeprefix(guard))
    return replace(statement, source=source, line=statement.line + 1)


def _methods(node: ast.ClassDef, statement: Statement) -> dict[str, Definition]:
    lines = statement.source.encode().split(b"\n")
    table: dict[str, Definition] = {}
    for inner in node.body:
        if isinstance(inner, DEFINITIONS):
            line, source = excerpt(inner, lines, statement.line)
            table[inner.name] = Definition(
                inner.name, statement.cell, line, textwrap.dedent(source), inner, statement.module
            )
    return table
