"""The statements of a submission that the asked names need, transitively."""

from __future__ import annotations

import ast
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from .definitions import Definition
from .effects import root, walk
from .effects_of_calls import ChangedElsewhere, Name
from .statements import DEFINITIONS, Statement

# Calls that change torch's settings; the student's functions may rely on them.
SETTINGS = frozenset({
    "manual_seed", "manual_seed_all", "seed", "set_default_device", "set_default_dtype",
    "set_default_tensor_type", "set_grad_enabled",
})  # fmt: skip


def trained_places(statements: Sequence[Statement], names: set[str]) -> set[int]:
    """The places of the top-level statements that use these objects, also by another name (`net = final_model`)."""
    functions = {s.node.name for s in statements if isinstance(s.node, DEFINITIONS)}
    names = names - functions
    others: defaultdict[str, list[str]] = defaultdict(list)
    for s in statements:
        if isinstance(s.node, ast.Assign) and isinstance(s.node.value, ast.Name):
            for target in s.node.targets:
                if isinstance(target, ast.Name):
                    others[target.id].append(s.node.value.id)
                    others[s.node.value.id].append(target.id)
    pending = list(names)
    while pending:
        more = set(others[pending.pop()]) - names
        names |= more
        pending += more
    uses = {k for k, s in enumerate(statements) if not s.module and not isinstance(s.node, DEFINITIONS)}
    return {k for k in uses if statements[k].reads & names}


def needed(
    statements: Sequence[Statement],
    wanted: Iterable[Name],
    tables: Mapping[str, Mapping[str, Definition]],
    trains: set[int],
    owners: Sequence[set[str]],
) -> tuple[Statement, ...]:
    """The statements that bind or change a wanted name, and the statements that these need, in order.

    A name that an import takes from a student's module needs the statements of that name there. `owners` has for each
    statement the classes to which it adds methods.
    """
    classes = {module: {n for n, place in table.items() if place.is_class} for module, table in tables.items()}
    by_name: defaultdict[Name, list[int]] = defaultdict(list)
    origins: dict[Name, Name] = {}
    elsewhere = ChangedElsewhere(statements)
    for index, statement in enumerate(statements):
        module = statement.module
        for name in statement.names | _called_class(statement, classes.get(module, set())) | owners[index]:
            by_name[module, name].append(index)
            origin = origins.get((module, name))
            if origin and name not in statement.binds:
                by_name[origin].append(index)
        for b in statement.brings:
            origins[module, b.name] = origins.get((b.module, b.original), (b.module, b.original))
    kept = trains | {index for index, statement in enumerate(statements) if is_always_kept(statement)}
    pending = list(wanted)
    attributes = _Attributes(statements)

    def needs(statement: Statement) -> list[Name]:
        """What a statement reads, now or when its functions are called."""
        found = [(statement.module, name) for name in statement.reads]
        for b in statement.inside:
            found += [(b.module, b.original)] if b.original else attributes.taken((statement.module, b.name), b.module)
        return found

    for index in kept:
        pending += needs(statements[index])
    seen: set[Name] = set()
    while pending:
        wanted_name = pending.pop()
        if wanted_name in seen:
            continue
        seen.add(wanted_name)
        for index in itertools.chain(by_name.get(wanted_name, ()), elsewhere.take(wanted_name)):
            statement = statements[index]
            for b in statement.brings if wanted_name == (statement.module, wanted_name[1]) else ():
                if b.name == wanted_name[1]:
                    pending += [(b.module, b.original)] if b.original else attributes.taken(wanted_name, b.module)
            if index not in kept:
                kept.add(index)
                pending += needs(statement)
    return tuple(statements[index] for index in sorted(kept))


class _Attributes:
    """The attributes that code takes from imported modules: `FFNN` of `red.FFNN`."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._taken: defaultdict[Name, set[str]] = defaultdict(set)
        self._bare: set[Name] = set()
        self._bound: defaultdict[str, set[str]] = defaultdict(set)
        aliases: defaultdict[str, set[str]] = defaultdict(set)
        for s in statements:
            self._bound[s.module] |= s.names
            aliases[s.module] |= {b.name for b in (*s.brings, *s.inside) if not b.original}
        for s in statements:
            self._learn(s, aliases[s.module])

    def _learn(self, statement: Statement, aliases: set[str]) -> None:
        inner: set[ast.AST] = set()
        for node in walk(statement.node) if aliases else ():
            match node:
                case ast.Attribute(value=value, attr=attr) if (name := root(value)) in aliases:
                    self._taken[statement.module, name or ""].add(attr)
                    inner.add(value)
                case ast.Name(id=name) if name in aliases and node not in inner:
                    self._bare.add((statement.module, name))

    def taken(self, alias: Name, module: str) -> list[Name]:
        """The names that are taken from a module; all of them if the module itself is passed on, or has no name."""
        names = self._bound[module] if alias in self._bare or not alias[1] else self._taken[alias]
        return [(module, name) for name in names]


def is_always_kept(statement: Statement) -> bool:
    """Whether a statement belongs to every program: an import, or a setting of torch."""
    match statement.node:
        case ast.Import() | ast.ImportFrom():
            return not statement.brings
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name))):
            return name in SETTINGS
        case _:
            return False


def _called_class(statement: Statement, classes: set[str]) -> set[str]:
    """{"FFNN"} for `FFNN.register(...)`: a call on a class may change it."""
    match statement.node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=receiver))):
            return {root(receiver) or ""} & classes
        case _:
            return set()
