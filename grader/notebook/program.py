"""The program of a notebook: the statements that the asked names need, in order."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ..assignment import spec
from ..messages import Message, say
from .added_methods import added_methods
from .definitions import Definition, definitions
from .effects import effects, root
from .effects_of_calls import changed_elsewhere
from .read import Notebook
from .snippets import SnippetProgram, snippet
from .statements import DEFINITIONS, Statement, split
from .template import without_templates

# Calls that change torch's settings; the student's functions may rely on them.
SETTINGS = frozenset({
    "manual_seed", "manual_seed_all", "seed", "set_default_device", "set_default_dtype",
    "set_default_tensor_type", "set_grad_enabled",
})  # fmt: skip

NO_ALIASES: Mapping[str, str] = MappingProxyType({})

DEFINED_ANEW = say("{name} is defined {count} times; the last one, in cell {cell}, counts.")


@dataclass(frozen=True, eq=False)
class Program:
    """The statements kept from a notebook, and the definitions of its names; equal only to itself."""

    statements: tuple[Statement, ...]
    definitions: Mapping[str, Definition] = field(default_factory=dict)  # the last one of each name
    snippets: Mapping[str, SnippetProgram] = field(default_factory=dict)
    notes: tuple[Message, ...] = ()
    asked: frozenset[str] = frozenset()  # the names that questions ask for
    newer: Mapping[str, str] = field(default_factory=dict)  # names that only a newer Python can read, with its version


def build(
    notebook: Notebook,
    names: Sequence[str],
    snippets: Mapping[str, spec.Snippet] = MappingProxyType({}),
    aliases: Mapping[str, str] = NO_ALIASES,
    trained: Sequence[str] = (),
    template: frozenset[str] = frozenset(),
) -> Program:
    """The program that defines `names` (functions, classes, "Class.method") with the slices of `snippets`.

    `aliases` maps an asked name to the student's name for it. `trained` are asked names whose objects may be trained at
    top level: the statements that use such an object are kept too. `template` is what the students' notebook holds.
    """
    read = split(notebook)
    statements, hidden = without_templates(read.statements, names, snippets, template)
    found = replace(read, statements=statements, notes=(*read.notes, *hidden))
    added = added_methods(found.statements)
    defined = definitions(found.statements, added)
    slices = {key: snippet(found.statements, asked) for key, asked in snippets.items()}
    wanted = {name.split(".")[0] for name in [*names, *aliases, *aliases.values()]}
    wanted |= {name for part in slices.values() for name in part.needs}
    notes = [*found.notes, *_duplicates(found.statements, names)]
    renamed: list[Statement] = []
    for asked, own in aliases.items():
        if own in defined:
            renamed.append(_alias(asked, own, defined[own]))
        else:
            notes.append(
                say(
                    "{own} was accepted as the name of {asked}, but the notebook does not define {own}.",
                    asked=asked,
                    own=own,
                )
            )
    trains = _trained(found.statements, {aliases.get(name, name) for name in trained})
    owners = [{one.owner for one in more} for more in added]
    kept = _needed(found.statements, wanted, {name for name in defined if defined[name].is_class}, trains, owners)
    if renamed:
        defined = definitions([*found.statements, *renamed], [*added, *(() for _ in renamed)])
    return Program((*kept, *renamed), defined, slices, tuple(notes), frozenset(names), found.newer)


def _trained(statements: Sequence[Statement], names: set[str]) -> set[int]:
    """The places of the top-level statements that use these objects, also by another name (`net = final_model`)."""
    functions = {s.node.name for s in statements if isinstance(s.node, DEFINITIONS)}
    names = names - functions
    others = [(t.id, s.node.value.id) for s in statements if isinstance(s.node, ast.Assign)
              and isinstance(s.node.value, ast.Name) for t in s.node.targets if isinstance(t, ast.Name)]  # fmt: skip
    while more := {name for pair in others if names & set(pair) for name in pair} - names:
        names |= more
    uses = {k for k, s in enumerate(statements) if not isinstance(s.node, DEFINITIONS)}
    return {k for k in uses if statements[k].reads & names}


def _needed(
    statements: Sequence[Statement],
    wanted: Iterable[str],
    classes: set[str],
    trains: set[int],
    owners: Sequence[set[str]],
) -> tuple[Statement, ...]:
    """The statements that bind or change a wanted name, and the statements that these need, in notebook order.

    `owners` has for each statement the classes to which it adds methods.
    """
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    for index, (statement, elsewhere) in enumerate(zip(statements, changed_elsewhere(statements), strict=True)):
        # A training run at top level changes tables too, so only definitions and calls are kept for such a change.
        also = elsewhere if isinstance(statement.node, (*DEFINITIONS, ast.Expr)) else frozenset()
        for name in statement.names | _called_class(statement, classes) | also | owners[index]:
            by_name[name].append(index)
    kept = trains | {index for index, statement in enumerate(statements) if _always_kept(statement)}
    pending = list(wanted)
    for index in kept:
        pending += statements[index].reads
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        for index in by_name[name]:
            if index not in kept:
                kept.add(index)
                pending += statements[index].reads
    return tuple(statements[index] for index in sorted(kept))


def _always_kept(statement: Statement) -> bool:
    match statement.node:
        case ast.Import() | ast.ImportFrom():
            return True
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


def _duplicates(statements: Sequence[Statement], names: Sequence[str]) -> list[Message]:
    """A note for each asked name that is defined again; `class A(A)` adds to A and is not a duplicate."""
    asked = {name.split(".")[0] for name in names}
    times: Counter[str] = Counter()
    last: dict[str, int] = {}
    for statement in statements:
        node = statement.node
        if not isinstance(node, DEFINITIONS) or node.name not in asked:
            continue
        if not (isinstance(node, ast.ClassDef) and any(root(base) == node.name for base in node.bases)):
            times[node.name] += 1
        last[node.name] = statement.cell
    return [
        replace(DEFINED_ANEW, values={"name": name, "count": count, "cell": last[name]})
        for name, count in times.items()
        if count > 1
    ]


def _alias(asked: str, own: str, definition: Definition) -> Statement:
    source = f"{asked} = {own}"
    node = ast.parse(source).body[0]
    found = effects(node)
    return Statement(source, definition.cell, definition.line, found.binds, found.touches, found.reads, node)
