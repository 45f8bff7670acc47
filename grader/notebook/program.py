"""The program of a notebook: the statements that the asked names need, in order."""

from __future__ import annotations

import ast
import builtins
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ..assignment import spec
from ..messages import Message, say
from .added_methods import added_methods
from .definitions import Definition, definitions, definitions_by_module
from .effects import effects, root
from .holes import answered, untouched
from .modules import Modules, below, module_name
from .needed import needed, trained_places
from .read import Notebook
from .snippets import SnippetProgram, is_none, own_variable, snippet
from .statements import DEFINITIONS, Brought, Statement, Statements, split
from .template import without_templates

BUILTINS = frozenset(dir(builtins))
NO_ALIASES: spec.Aliases = MappingProxyType({})

DEFINED_ANEW = say("{name} is defined {count} times; the last one, in {place}, counts.")
NOT_IMPORTED = say("{names}: in {file}, which the notebook does not import; taken from there")


@dataclass(frozen=True, eq=False)
class Program:
    """The statements kept from a submission, and the definitions of its names; equal only to itself."""

    statements: tuple[Statement, ...]
    definitions: Mapping[str, Definition] = field(default_factory=dict)  # the last one of each name
    snippets: Mapping[str, SnippetProgram] = field(default_factory=dict)
    notes: tuple[Message, ...] = ()
    asked: frozenset[str] = frozenset()  # the names that questions ask for
    newer: Mapping[str, str] = field(default_factory=dict)  # names that only a newer Python can read, with its version
    by_module: Mapping[str, Mapping[str, Definition]] = field(default_factory=dict)  # of the student's modules
    modules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the loaded ones: path -> dotted names
    files: tuple[tuple[str, bytes], ...] = ()  # files that the code may read: path, bytes
    cells: Mapping[str, int] = field(default_factory=dict)  # the cell that holds each module of plain Python, by path
    joined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # asked name -> functions that answer together

    def definitions_in(self, module: str) -> Mapping[str, Definition]:
        """The definitions as the code of a module sees them; "" for the notebook."""
        return self.by_module.get(module, {}) if module else self.definitions


def build(
    notebook: Notebook,
    names: Sequence[str],
    snippets: Mapping[str, spec.Snippet] = MappingProxyType({}),
    aliases: spec.Aliases = NO_ALIASES,
    trained: Sequence[str] = (),
    template: frozenset[str] = frozenset(),
    arguments: Mapping[str, tuple[Sequence[str], Mapping[str, str]]] = MappingProxyType({}),
) -> Program:
    """The program that defines `names` (functions, classes, "Class.method") with the slices of `snippets`.

    `aliases` maps an asked name, also of a snippet's variable, to the student's name for it, or to several functions
    whose results are the answer together. `trained` are asked names whose objects may be trained at
    top level: the statements that use such an object are kept too. `template` is what the students' notebook holds.
    `arguments` has for asked functions their parameters in order, and the student's names for some of them.
    """

    given = {name: (own,) if isinstance(own, str) else tuple(own) for name, own in aliases.items()}
    asked_variables = frozenset[str]().union(*(part.variables for part in snippets.values())) - frozenset(names)
    variables = {name: own[0] for name, own in given.items() if name in asked_variables}
    given = {name: own for name, own in given.items() if name not in variables}

    def read(also: Sequence[str] = ()) -> Statements:
        found = split(notebook, also)
        statements, hidden = without_templates(found.statements, names, snippets, template)
        return replace(found, statements=statements, notes=(*found.notes, *hidden))

    found = read()
    added = added_methods(found.statements)
    tables = definitions_by_module(found.statements, added)
    asked = dict.fromkeys(own.partition(".")[0] for name in names for own in given.get(name, (name,)))
    outputs = {own for part in snippets.values() for own in _outputs(part, variables)}
    others = _others(notebook, found, tables, asked, outputs)
    if others:
        found = read(others)
        added = added_methods(found.statements)
        tables = definitions_by_module(found.statements, added)
    statements = [*found.statements, *_taken_from_modules(found, tables, asked)]
    if others:
        statements += _completed(statements, tables, others, found.modules, asked)
    if len(statements) > len(found.statements):
        added = [*added, *(() for _ in statements[len(added) :])]
        tables = definitions_by_module(statements, added)
    defined = tables.get("", {})
    slices = {
        key: snippet(_with_outputs(statements, _outputs(part, variables)), part, variables)
        for key, part in snippets.items()
    }
    wanted = {("", name.split(".")[0]) for name in [*names, *given, *itertools.chain(*given.values())]}
    wanted |= {(part.module, name) for part in slices.values() for name in part.needs}
    notes = [*found.notes, *_duplicates(statements, names, notebook)]
    if any(not cell.module for cell in notebook.cells):
        for path in others:
            new = [s for s in statements[len(found.statements) :] if not s.module and s.brings[0].module == path]
            taken = [s.brings[0].name for s in new if s.brings[0].name in asked]
            if taken and path.endswith(".py"):
                notes.append(replace(NOT_IMPORTED, values={"names": ", ".join(taken), "file": path}))
    renamed: list[Statement] = []
    joined: dict[str, tuple[str, ...]] = {}
    for asked_name, own in (given | {name: (variable,) for name, variable in variables.items()}).items():
        absent = [name for name in own if name not in defined]
        notes += [
            say(
                "{own} was accepted as the name of {asked}, but the notebook does not define {own}.",
                asked=asked_name, own=name,
            )
            for name in absent
        ]  # fmt: skip
        if absent or asked_name in variables:
            continue
        renamed.append(_alias(asked_name, own, defined[own[0]]))
        if len(own) > 1:
            joined[asked_name] = own
    trains = trained_places(statements, {own for name in trained for own in given.get(name, (name,))})
    for name, (order, mapped) in arguments.items():
        place = defined.get(name) or defined.get(given.get(name, ("",))[0])
        if place is not None:
            source = f"{name}.__arguments__ = {tuple(order)!r}, {dict(mapped)!r}"
            renamed.append(_added(source, place))
    owners = [{one.owner for one in more} for more in added]
    kept = needed(statements, wanted, tables, trains, owners)
    if renamed:
        defined = definitions([*statements, *renamed], [*added, *(() for _ in renamed)])
    return Program(
        (*kept, *renamed), defined, slices, tuple(notes), frozenset(names), found.newer,
        by_module={module: table for module, table in tables.items() if module},
        modules={path: names or (module_name(path),) for path, names in found.modules.items()},
        files=_files(notebook),
        cells={below(notebook.path, c.module): c.number for c in notebook.cells if c.module and not c.place},
        joined=joined,
    )  # fmt: skip


def _files(notebook: Notebook) -> tuple[tuple[str, bytes], ...]:
    """The files that cells write, by their path from the notebook's folder."""
    files: dict[str, bytes] = {}
    for cell in notebook.cells:
        if cell.module and not cell.file:
            path = below(notebook.path, cell.module)
            before = files.get(path, b"") if cell.appends else b""
            # A module keeps its lines; of another file the first line of the cell is not a part.
            text = cell.python if path.endswith(".py") else cell.source.lstrip().partition("\n")[2]
            files[path] = before + text.encode("utf-8", "replace") + b"\n"
    return tuple(files.items())


def _others(
    notebook: Notebook,
    found: Statements,
    tables: Mapping[str, Mapping[str, Definition]],
    asked: Iterable[str],
    outputs: set[str],
) -> tuple[str, ...]:
    """The modules that nothing imports, if names are asked that the rest of the submission lacks."""
    modules = {cell.module: None for cell in notebook.cells if cell.module}
    if not modules:
        return ()
    defined = {name for table in tables.values() for name, place in table.items() if not _is_hole(place)}
    bound = {name for statement in found.statements for name in statement.names}
    if set(asked) <= defined and (not outputs or outputs & bound):
        return ()
    unused = Modules(notebook).cells.keys() - found.modules.keys() - found.files_run
    return tuple(path for path in Modules(notebook).cells if path in unused)


def _taken_from_modules(
    found: Statements, tables: Mapping[str, Mapping[str, Definition]], asked: Iterable[str]
) -> list[Statement]:
    """Imports of asked names that only the student's modules define; of several definitions the last one counts."""
    taken = []
    for name in asked if found.modules else ():
        here = tables.get("", {}).get(name)
        if here is not None and not _is_hole(here):
            continue
        own = [(path, tables[path][name]) for path in found.modules if name in tables.get(path, {})]
        written = [(path, place) for path, place in own if place.module == path and not _is_hole(place)]
        if written:
            path, place = written[-1]
            taken.append(_import_of(name, path, found.modules, "", place.cell, place.line))
    return taken


def _completed(
    statements: Sequence[Statement],
    tables: Mapping[str, Mapping[str, Definition]],
    parts: Sequence[str],
    modules: Mapping[str, Sequence[str]],
    asked: Iterable[str],
) -> list[Statement]:
    """Imports among files that do not import each other, such as two halves of an answer.

    Each gets the names that it reads and only another one defines, and of asked names the definition that counts.
    """
    bound: defaultdict[str, set[str]] = defaultdict(set)
    readers: defaultdict[str, dict[str, Statement]] = defaultdict(dict)
    for statement in statements:
        bound[statement.module] |= statement.names
        for name in statement.reads:
            readers[statement.module].setdefault(name, statement)
    given = {name for name in asked if name in tables.get("", {}) and not _is_hole(tables[""][name])}
    given |= {s.brings[0].name for s in statements if not s.module and s.brings and s.brings[0].name in asked}
    found = []
    for here in ("", *parts):
        others = [part for part in (*parts, "") if part != here]
        for name, reader in readers[here].items():
            missing = name not in bound[here] and name not in BUILTINS
            home = next((other for other in reversed(others) if name in bound[other]), None)
            if here and name in given:
                found.append(_import_of(name, "", modules, here, reader.cell, reader.line))
            elif missing and home is not None:
                found.append(_import_of(name, home, modules, here, reader.cell, reader.line))
    return found


def _import_of(
    name: str, home: str, modules: Mapping[str, Sequence[str]], here: str, cell: int, line: int
) -> Statement:
    """The import of a name from a module ("" for the notebook) into another one."""
    source = f"from {(modules.get(home) or (module_name(home),))[0] if home else '__main__'} import {name}"
    node = ast.parse(source).body[0]
    return Statement(source, cell, line, frozenset({name}), node=node, module=here, brings=(Brought(name, home, name),))


def _is_hole(place: Definition) -> bool:
    """Whether nothing is written in a function or class; a variable or an import is no hole."""
    return (place.is_function or place.is_class) and untouched(answered(place.source, place.cell, place.line))


def _outputs(asked: spec.Snippet, aliases: Mapping[str, str]) -> set[str]:
    """The variables that may answer a snippet question, with and without suffixes, and those mapped to them."""
    pairs = [(output, variant) for output in asked.outputs for variant in ("", *asked.variants)]
    return {output + variant for output, variant in pairs} | {own_variable(*pair, aliases) for pair in pairs}


def _with_outputs(statements: Sequence[Statement], outputs: set[str]) -> list[Statement]:
    """The statements of the file that assigns a question's variables: the notebook, or one of the modules."""
    homes = [s.module for s in statements if s.names & outputs and not is_none(s.node)]
    home = "" if not homes or "" in homes else homes[-1]
    return [s for s in statements if s.module == home]


def _duplicates(statements: Sequence[Statement], names: Sequence[str], notebook: Notebook) -> list[Message]:
    """A note for each asked name that a file defines again; `class A(A)` adds to A and is not a duplicate."""
    asked = {name.split(".")[0] for name in names}
    times: Counter[str] = Counter()
    last: dict[str, int] = {}
    file_of = {cell.number: cell.file for cell in notebook.cells}
    for statement in statements:
        node = statement.node
        if not isinstance(node, DEFINITIONS) or node.name not in asked or statement.module:
            continue
        if node.name in last and file_of[last[node.name]] != file_of[statement.cell]:
            times[node.name] = 0
        if not (isinstance(node, ast.ClassDef) and any(root(base) == node.name for base in node.bases)):
            times[node.name] += 1
        last[node.name] = statement.cell
    return [
        replace(DEFINED_ANEW, values={"name": name, "count": count, **notebook.located(last[name])})
        for name, count in times.items()
        if count > 1
    ]


def _alias(asked: str, own: Sequence[str], definition: Definition) -> Statement:
    """The statement that gives the asked name to the student's function; to several: their results as a tuple."""
    source = f"{asked} = {own[0]}"
    if len(own) > 1:  # with the arguments of the first one
        results = ", ".join(f"{name}(*args, **options)" for name in own)
        source = f"{asked} = __import__('functools').wraps({own[0]})(lambda *args, **options: ({results}))"
    return _added(source, definition)


def _added(source: str, place: Definition) -> Statement:
    """A statement of ours at the place of a definition."""
    node = ast.increment_lineno(ast.parse(source), place.line - 1).body[0]
    found = effects(node)
    return Statement(source, place.cell, place.line, found.binds, found.touches, found.reads, node)
