"""The search for forbidden names in the code that answers a question, by its syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..assignment.spec import Question
from ..notebook.definitions import Definition
from ..notebook.effects import FUNCTIONS, IMPORTS
from ..notebook.effects_of_calls import Name
from ..notebook.program import Program
from ..notebook.read import Notebook
from ..notebook.statements import Statement
from ..sandbox.inside.harmless import HARMLESS
from .library_names import Libraries, LibraryUsage, canonical_name, library_usage, stars

# Uses that are shown of one question; one is enough to take its points.
MAX_USES = 50


@dataclass(frozen=True)
class Use:
    """A forbidden name, and the line that uses it."""

    name: str  # as the assignment's table writes it
    cell: int
    line: int
    source: str
    certain: bool = False  # its call is not observed: TorchScript makes it, or a test, since the answer is that name


def reached_lines(program: Program, question: Question, earlier: Collection[str] = ()) -> tuple[Lines, ...]:
    """The lines of the code that answers `question`, and of the helpers which that code reaches."""
    return tuple(
        Lines(part.cell, first, getattr(part.node, "end_lineno", first))
        for part in _reach(_code(program), question, earlier)
        if (first := getattr(part.node, "lineno", 0))
    )


@dataclass(frozen=True)
class Lines:
    """Lines of a cell, the last one included."""

    cell: int
    first: int
    last: int

    def __contains__(self, place: tuple[int, int]) -> bool:
        return self.cell == place[0] and self.first <= place[1] <= self.last


@dataclass(frozen=True)
class _Part:
    """A piece of the program that may answer a question."""

    node: ast.AST
    cell: int
    module: str = ""  # the student's module that it belongs to; "" for the notebook
    gives_to: str = ""  # the name to which it gives what it names: "SGD" for `SGD = torch.optim.SGD`; "base" for a base


def find_forbidden(
    program: Program, notebook: Notebook, question: Question, earlier: Collection[str] = ()
) -> tuple[Use, ...]:
    """The uses of names that `question` forbids, in its answer and in the code that the answer calls.

    Code that answers another question is left to that question. `earlier` are the names that earlier questions ask for:
    a class itself answers the first question that asks for it.
    """
    if not question.forbidden:
        return ()
    forbidden = _Forbidden.of(question.forbidden)
    code = _code(program)
    found: dict[tuple[int, int, str], bool] = {}

    def add(entry: str, cell: int, line: int, *, certain: bool) -> None:
        found[cell, line, entry] = found.get((cell, line, entry), False) or certain

    mine = [name for name in question.names if not _shared(name, question.names, earlier)]
    for origin, cell, line in (place for name in mine for place in code.origins(name)):
        if named := forbidden.entry(origin):
            add(named, cell, line, certain=True)
    for part in _reach(code, question, earlier):
        usage = code.usage(part)
        for text, line in usage.scripts:
            for entry in forbidden.entries_in(text):
                add(entry, part.cell, line, certain=True)
        for name, line in usage.names:
            if named := forbidden.entry(name):
                add(named, part.cell, line, certain=part.gives_to in ("base", *mine))
    shown = sorted(found, key=lambda place: (not found[place], place))[:MAX_USES]
    lines = {cell: notebook.cells[cell - 1].python.split("\n") for cell in {cell for cell, _, _ in shown}}
    return tuple(
        Use(entry, cell, line, lines[cell][line - 1].strip(), found[cell, line, entry])
        for cell, line, entry in sorted(shown)
    )


@dataclass(frozen=True)
class _Forbidden:
    """The forbidden entries of a question, each in one spelling."""

    names: frozenset[str]
    below: tuple[str, ...]  # "torch.autograd." forbids everything below

    @classmethod
    def of(cls, entries: Iterable[str]) -> _Forbidden:
        entries = [canonical_name(entry) for entry in entries]
        exact = frozenset(entry for entry in entries if not entry.endswith(".*"))
        return cls(exact, tuple(entry.removesuffix("*") for entry in entries if entry.endswith(".*")))

    def entries_in(self, text: str) -> list[str]:
        """At most one forbidden name of torch whose last part a text of TorchScript calls."""
        called = set(re.findall(r"\b(\w+)\s*\(", text))
        torch = (name for name in self.names if "torch" in name)  # other libraries' functions do not work there
        return sorted(name for name in torch if name.rpartition(".")[2] in called)[:1]

    def entry(self, name: str) -> str | None:
        """The forbidden part of a dotted name (`torch.relu` of `torch.relu.__call__`), or None."""
        if name.rpartition(".")[2] in HARMLESS:
            return None
        parts = canonical_name(name).split(".")
        for end in range(len(parts), 0, -1):
            start = ".".join(parts[:end])
            if start in self.names or start.startswith(self.below):
                return start
        return None


# The code that answers a question ---------------------------------------------------------------------------


def _reach(code: _Code, question: Question, earlier: Collection[str]) -> Iterator[_Part]:
    """The parts of a program that answer a question, followed by name."""
    program, own = code.program, question.names
    seen: set[Name] = set()

    def follow(name: str, module: str) -> list[_Part]:
        if (module, name) in seen or _answers_another(name, own, program.asked, earlier):
            return []
        return start(name, module)

    def start(name: str, module: str) -> list[_Part]:
        seen.add((module, name))
        names = code.names(module)
        parts = list(names.parts(name))
        if name in names.classes:
            shared = _has_methods(name, program.asked)
            for method in names.classes[name]:
                if not shared or _is_class_itself(method):
                    parts += follow(method, module)
        return parts

    pending = [part for name in own if not _shared(name, own, earlier) for part in start(name, "")]
    for key in question.snippets:
        snippet = program.snippets.get(key)
        if snippet:
            for statements in snippet.outputs.values():
                pending += [_part(statement) for statement in statements]
            pending += [part for name in snippet.needs for part in follow(name, snippet.module)]
    done: set[int] = set()
    called: set[Name] = set()
    while pending:
        part = pending.pop()
        if id(part.node) not in done:
            done.add(id(part.node))
            yield part
            names = code.names(part.module)
            for name in code.usage(part).calls:
                if (part.module, name) in called:
                    continue
                called.add((part.module, name))
                for meant in (name, *names.methods.get(name, ())):
                    pending += follow(meant, part.module)
                for module in names.imported:
                    pending += follow(name, module)


def _shared(name: str, own: Sequence[str], earlier: Collection[str]) -> bool:
    """Whether `name` is a class of which the question asks for some methods only: an earlier question asked for it."""
    return name in earlier and _has_methods(name, own)


def _answers_another(name: str, own: Sequence[str], asked: frozenset[str], earlier: Collection[str]) -> bool:
    """Whether another question asks for `name`, not the question that asks for `own`."""
    if name in own or name in asked:
        return name not in own
    owner, _, method = name.partition(".")
    if not method or owner not in asked:
        return False
    if not _has_methods(owner, asked):
        return owner not in own
    # Questions that name methods of the class share it. The class itself answers with its construction and its
    # forward pass; any other method belongs to the code that calls it.
    mine = owner in own and not _shared(owner, own, earlier)
    return not mine and _is_class_itself(name)


def _has_methods(owner: str, names: Iterable[str]) -> bool:
    return any(name.startswith(f"{owner}.") for name in names)


def _is_class_itself(method: str) -> bool:
    short = method.split(".")[1]
    return short == "forward" or short.startswith("__")


@lru_cache(maxsize=1)  # the questions of one submission are asked one after another
def _code(program: Program) -> _Code:
    return _Code(program)


class _Code:
    """The code of a program, each part read once for all questions."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._names: dict[str, _ModuleNames] = {}
        self._usages: dict[int, LibraryUsage] = {}

    def names(self, module: str) -> _ModuleNames:
        if module not in self._names:
            self._names[module] = names = _ModuleNames(self.program, module)
            for brought in names.brought:
                names.libraries.learn_from(self.names(brought.module).libraries, brought.original, brought.name)
            if self.program.by_module:
                for other in ("", *self.program.by_module):
                    names.libraries.learn_methods(self.program.definitions_in(other))
        return self._names[module]

    def origins(self, name: str) -> Iterator[tuple[str, int, int]]:
        """The dotted names that an import gave to `name` or to a base class of that name, with cell and line."""
        for origin in self.names("").libraries.origins(name):
            definition = self.program.definitions.get(name)
            if definition:
                yield origin, definition.cell, definition.node.lineno
            for statement in self.program.statements if not definition else ():
                if origin.rpartition(".")[0] in stars(statement.node):
                    yield origin, statement.cell, statement.node.lineno

    def usage(self, part: _Part) -> LibraryUsage:
        key = id(part.node)  # the program keeps the node alive, so its id stays unique
        if key not in self._usages:
            self._usages[key] = library_usage(part.node, self.names(part.module).libraries)
        return self._usages[key]


class _ModuleNames:
    """The global names of the notebook or of one of the student's modules, and the code that gives them meaning."""

    def __init__(self, program: Program, module: str) -> None:
        self.definitions = program.definitions_in(module)
        self.classes: dict[str, list[str]] = {n: [] for n, d in self.definitions.items() if d.is_class}
        self.methods: dict[str, list[str]] = {}  # method -> "Class.method" of every class that has one
        for name in self.definitions:
            owner, _, method = name.partition(".")
            if method:
                self.methods.setdefault(method, []).append(name)
                self.classes.setdefault(owner, []).append(name)
        statements = [s for s in program.statements if s.module == module]
        self.assigned: dict[str, list[Statement]] = {}
        for statement in statements:
            for name in statement.names if not isinstance(statement.node, IMPORTS) else ():
                self.assigned.setdefault(name, []).append(statement)
        self.libraries = Libraries(statements, self.definitions)
        # Names that imports bring from the student's modules; `red.slope(u)` names a function of an imported module.
        self.brought = [b for s in statements for b in (*s.brings, *s.inside)]
        self.imported = {b.module for b in self.brought if not b.original}
        # Inside functions, such a name may be another one than the global name.
        self.hidden = {b.name for s in statements for b in s.inside}
        self._program = program

    def parts(self, name: str) -> Iterator[_Part]:
        """The code that gives a name its meaning; for a class, the code outside its methods."""
        definition = self.definitions.get(name)
        if definition is None or name in self.hidden:
            yield from self._brought_parts(name)
        if definition is None:
            return
        node, module = definition.node, definition.module
        if isinstance(node, ast.ClassDef):
            body = [inner for inner in node.body if not isinstance(inner, FUNCTIONS)]
            for inner in (*node.decorator_list, *body):
                yield _Part(inner, definition.cell, module, name)
            for inner in node.bases:
                yield _Part(inner, definition.cell, module, "base")
        elif definition.is_function or "." in name:
            yield _part(definition)
        elif any(b.name == name for b in self.brought):
            yield from self._brought_parts(name)
        else:
            yield from (_Part(s.node, s.cell, module, name) for s in self.assigned.get(name, ()))

    def _brought_parts(self, name: str) -> Iterator[_Part]:
        """The statements of a student's module that give an imported name its meaning there."""
        origins = {(b.module, b.original) for b in self.brought if b.name == name}
        for statement in self._program.statements if origins else ():
            if any(module == statement.module and original in statement.names for module, original in origins):
                yield _part(statement)


def _part(place: Statement | Definition) -> _Part:
    return _Part(place.node, place.cell, place.module)
