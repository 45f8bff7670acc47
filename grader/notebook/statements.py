"""The top-level statements of a submission in the order in which they run, even where a cell does not parse.

The statements of a module that the student wrote come before the import that loads it; a file that is run (`%run`)
takes the place of that line.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..messages import Message, say
from .broken_cells import recovered
from .effects import IMPORTS, Effects, effects, walk
from .magics import RUN_FILE, parse
from .modules import (
    Imported,
    Modules,
    absolute,
    file_of_spec,
    file_that_runs,
    loaded_by_call,
    own_imports,
    spec_that_is_loaded,
)
from .raw_cells import UnreadableNotebook
from .read import Cell, Notebook

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

# Names that all statements bind or change, each as often as they do. A notebook of the course has 300.
MAX_NAMES = 20_000
TOO_MANY_NAMES = say(
    "The notebook defines more than {count} names: remove what does not belong to your answers, and hand it in again.",
    count=MAX_NAMES,
)


# Modules that import each other in a longer chain, and files that are run more often, are not followed.
DEEPEST_IMPORT = 40
MOST_RUNS = 3
MOST_TEXTS = 100  # texts that are run with `exec`
NAMES = frozenset({"globals()", "locals()"})  # the arguments of `exec` after the text that are followed

LIBRARY_MEANT = say(
    "{file} is not imported: {library} is a library of Python, and the code takes from it what the file does not "
    "define. Give the file another name"
)
NOT_HANDED_IN = say("{file} is run in cell {cell}, line {line}, but was not handed in")


@dataclass(frozen=True)
class Brought:
    """A name that an import takes from one of the student's modules."""

    name: str  # as the importing file calls it
    module: str  # the path of the module
    original: str = ""  # in the module; "" for the module itself
    dotted: str = ""  # the expression that names the module where that is not `name`: "red.capas"


@dataclass(frozen=True)
class Statement:
    """One statement of a notebook; it certainly binds the names in `binds`."""

    source: str
    cell: int
    line: int  # of its first line within the cell
    binds: frozenset[str] = frozenset()
    touches: frozenset[str] = frozenset()  # names perhaps bound, or whose object is changed
    reads: frozenset[str] = frozenset()  # global names, also those that its functions read when called
    node: ast.stmt = field(default_factory=ast.Pass, compare=False, repr=False)
    stands_for: str = ""  # the name that a stand-in of the assignment is bound to
    module: str = ""  # the path of the student's module in which it runs; "" for the notebook
    brings: tuple[Brought, ...] = ()
    inside: tuple[Brought, ...] = ()  # what imports inside functions take from the student's modules when called

    @property
    def names(self) -> frozenset[str]:
        return self.binds | self.touches


@dataclass(frozen=True)
class Statements:
    """All statements of a submission in order, and notes about the parts that cannot be read."""

    statements: tuple[Statement, ...]
    notes: tuple[Message, ...] = ()
    modules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # loaded ones: path -> names of the imports
    files_run: frozenset[str] = frozenset()  # paths of the files that `%run` and the like put into a program
    newer: Mapping[str, str] = field(default_factory=dict)  # names that only a newer Python can read, with its version


def split(notebook: Notebook, also: Sequence[str] = ()) -> Statements:
    """Split a submission into statements; the body of `if __name__ == "__main__"` counts as top level in the notebook.

    Modules that nothing imports are left out, except the paths in `also`.
    """
    splitter = _Splitter(notebook)
    for cell in notebook.cells:
        if not cell.module:
            splitter.cell(cell, "")
    return splitter.end(also)


class _Splitter:
    """The statements so far, and the modules whose statements are among them."""

    def __init__(self, notebook: Notebook) -> None:
        self.home = notebook.path
        self.modules = Modules(notebook)
        self.notebook = notebook
        self.statements: list[Statement] = []
        self.notes: list[Message] = []
        self.newer: dict[str, str] = {}
        self.loaded: dict[str, dict[str, None]] = {}  # path -> dotted names
        self.bound: dict[str, set[str]] = {}  # path -> its names so far
        self.public: dict[str, frozenset[str]] = {}  # path -> __all__
        self.later: list[Imported] = []  # imports inside functions: these run when the functions are called
        self.specs: dict[tuple[str, str], Imported] = {}  # by module and variable
        self.texts: dict[tuple[str, str], ast.Constant] = {}  # texts in variables, by module and variable
        self.texts_run = 0
        self.depth = 0
        self.names = 0
        self.runs: dict[str, int] = {}

    def end(self, also: Sequence[str]) -> Statements:
        self._load_later()
        for path, library in self.modules.hidden.items():
            if path not in self.loaded:
                self.notes.append(replace(LIBRARY_MEANT, values={"file": path, "library": library}))
        for path in also:
            if path not in self.loaded:
                self._load(Imported(path, ""))
        self._load_later()
        modules = {path: tuple(filter(None, names)) for path, names in self.loaded.items()}
        return Statements(tuple(self.statements), tuple(self.notes), modules, frozenset(self.runs), self.newer)

    def cell(self, cell: Cell, module: str) -> None:
        if not cell.python:
            return
        trees = [cell.tree] if cell.tree is not None else recovered(cell, self.notebook, self.notes, self.newer)
        lines = cell.python.encode().split(b"\n")  # columns in a tree count bytes
        for tree in trees:
            for node in tree.body:
                self._statement(node, lines, cell.number, module)

    def _statement(self, node: ast.stmt, lines: list[bytes], cell: int, module: str) -> None:
        if not self.depth and not isinstance(node, (*DEFINITIONS, *IMPORTS)):
            self._load_later()  # the statement may call functions that import modules
        if isinstance(node, IMPORTS):
            for alias in node.names:
                self._import(node, alias, cell, module)
        elif isinstance(node, ast.If) and _is_main_guard(node.test):
            for inner in node.body if not module else ():
                self._statement(inner, lines, cell, module)
        elif not (
            (isinstance(node, ast.Expr) and (self._is_run(node, cell, module) or self._is_text(node, cell, module)))
            or (self.modules and isinstance(node, ast.Assign) and self._is_spec(node, cell, module))
        ):
            line, source = excerpt(node, lines)
            if source[0].isspace():
                # The statement was in a main guard: the line above becomes its new head, so that lines keep their
                # numbers.
                line, source = line - 1, f"if True:\n{source}"
            found = _effects(node)
            brings = self._brought(node, cell, module) if self.modules else ()
            inside, source = self._inside(node, source, module) if self.modules else ((), source)
            for bound in found.binds | found.touches if self.texts else ():
                self.texts.pop((module, bound), None)  # it may hold another text from here on
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str()) as text):
                    self.texts[module, name] = text
            touches = found.touches | ({b.name for b in brings} - found.binds)
            self._add(Statement(
                source, cell, line, found.binds, touches, found.reads, node, module=module, brings=brings, inside=inside
            ))  # fmt: skip

    def _add(self, statement: Statement) -> None:
        self.statements.append(statement)
        self.names += len(statement.binds) + len(statement.touches) + len(statement.brings)
        if self.names > MAX_NAMES:
            raise UnreadableNotebook(TOO_MANY_NAMES)
        if statement.module:
            self.bound[statement.module] |= statement.names
            match statement.node:
                case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=parts) | ast.Tuple(elts=parts)):
                    self.public[statement.module] = frozenset(
                        str(part.value) for part in parts if isinstance(part, ast.Constant)
                    )

    def _import(self, node: ast.Import | ast.ImportFrom, alias: ast.alias, cell: int, module: str) -> None:
        # Each name gets its own import, so that a name missing here does not lose the others.
        single: ast.stmt = ast.Import([alias])
        if isinstance(node, ast.ImportFrom):
            single = ast.ImportFrom(node.module, [alias], node.level)
        brings: tuple[Brought, ...] = ()
        if found := self.modules.imported(node, alias, module or self.home) if self.modules else None:
            if found.for_library and isinstance(node, ast.ImportFrom):
                single = ast.ImportFrom(found.dotted, [alias], 0)
            elif found.for_library:
                single = ast.Import([ast.alias(found.dotted, alias.asname or alias.name)])
            elif isinstance(node, ast.ImportFrom) and node.level:
                single = ast.ImportFrom(absolute(node, module or self.home), [alias], 0)
                if not found.name:
                    single = ast.Import([ast.alias(found.dotted, alias.asname or alias.name)])
            brings = self._names_of(found, alias)
        single = ast.copy_location(single, node)
        binds = effects(single).binds | {brought.name for brought in brings}
        self._add(Statement(
            ast.unparse(single), cell, node.lineno, binds, node=single, module=module, brings=brings
        ))  # fmt: skip

    def _names_of(self, found: Imported, alias: ast.alias) -> tuple[Brought, ...]:
        """The names that an import brings; its module is loaded."""
        self._load(found)
        if found.name == "*":
            bound = self.public.get(found.path) or {n for n in self.bound.get(found.path, ()) if not n.startswith("_")}
            return tuple(Brought(name, found.path, name) for name in sorted(bound))
        if found.name:
            return (Brought(alias.asname or found.name, found.path, found.name),)
        if alias.asname or "." not in found.dotted or alias.name != found.dotted:
            return (Brought(alias.asname or alias.name, found.path),)
        return (Brought(alias.name.partition(".")[0], found.path, dotted=alias.name),)  # it binds `red` only

    def _load_later(self) -> None:
        """Load the modules that functions import."""
        while self.later:
            self._load(self.later.pop(0))

    def _load(self, found: Imported) -> None:
        names = self.loaded.get(found.path)
        if names is not None:
            names[found.dotted] = None
            return
        if self.depth >= DEEPEST_IMPORT:
            return
        self.loaded[found.path] = {found.dotted: None}
        self.bound[found.path] = set()
        self.depth += 1
        for cell in self.modules.cells[found.path]:
            self.cell(cell, found.path)
        self.depth -= 1

    def _brought(self, node: ast.stmt, cell: int, module: str) -> tuple[Brought, ...]:
        """The names that the imports inside a statement bring."""
        brings: list[Brought] = []
        beside = module or self.home
        for expression in walk(node) if not isinstance(node, (*DEFINITIONS, ast.Expr, ast.Assign)) else ():
            if isinstance(expression, ast.Expr):
                self._is_run(expression, cell, module)
        for inner in own_imports(node, within_functions=False):
            for alias in inner.names:
                if found := self.modules.imported(inner, alias, beside):
                    brings += self._names_of(found, alias)
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if loaded_by_call(value):
                brings = [replace(brought, name=name) for brought in brings]
        return tuple(brings) if not isinstance(node, DEFINITIONS) else ()

    def _inside(self, node: ast.stmt, source: str, module: str) -> tuple[tuple[Brought, ...], str]:
        """What imports inside functions take from the student's modules, and the statement's source.

        The modules are loaded later. Where such an import names a library and means a student's module, the source has
        that module's name.
        """
        brings: list[Brought] = []
        for inner in own_imports(node, within_functions=True):
            found = [(alias, self.modules.imported(inner, alias, module or self.home)) for alias in inner.names]
            for alias, one in found:
                if one is None:
                    continue
                self.later.append(one)
                called = not hasattr(inner, "lineno")  # importlib: the variable is unknown
                name = "" if called else alias.asname or one.name or alias.name.partition(".")[0]
                brings.append(Brought(name, one.path, one.name))
            if all(one is not None and one.for_library for _, one in found):
                source = _for_own_module(inner, found[0][1], source)
        return tuple(brings), source

    def _is_spec(self, node: ast.Assign, cell: int, module: str) -> bool:
        """Whether a line gives a name to a module that is loaded from a path; an import takes its place."""
        match node.targets:
            case [ast.Name(id=name)]:
                pass
            case _:
                return False
        dotted, file = file_of_spec(node.value)
        path = self.modules.file(file, module or self.home) if file else None
        if path is not None:
            self.specs[module, name] = Imported(path, dotted)
        found = self.specs.get((module, spec_that_is_loaded(node.value)))
        if found is not None:
            single = ast.copy_location(ast.Import([ast.alias(found.dotted, name)]), node)
            brings = self._names_of(found, single.names[0])
            source = ast.unparse(single)
            self._add(
                Statement(source, cell, node.lineno, frozenset({name}), node=single, module=module, brings=brings)
            )
        return found is not None

    def _is_run(self, node: ast.Expr, cell: int, module: str) -> bool:
        """Whether a line runs another file of the student; its statements are added."""
        name = file_that_runs(node)
        if not name:
            return False
        path = self.modules.file(name, module or self.home)
        if path is None:
            match node.value:
                case ast.Call(func=ast.Name(id=call)) if call == RUN_FILE:
                    where = self.notebook.at(cell, node.lineno)
                    self.notes.append(
                        replace(NOT_HANDED_IN, values={"file": name, "cell": where.cell, "line": where.line})
                    )
                    return True
            return False
        if self.depth < DEEPEST_IMPORT and self.runs.get(path, 0) < MOST_RUNS:
            self.runs[path] = self.runs.get(path, 0) + 1
            self.depth += 1
            for inner in self.modules.cells[path]:
                self.cell(inner, module)
            self.depth -= 1
        return True

    def _is_text(self, node: ast.Expr, cell: int, module: str) -> bool:
        """Whether a line runs a text that is written in the submission, `exec("x = 1")`; its statements are added."""
        text: ast.Constant | None = None
        match node.value:
            case ast.Call(func=ast.Name(id="exec"), args=[source, *others]) if set(map(ast.unparse, others)) <= NAMES:
                if isinstance(source, ast.Name):
                    source = self.texts.get((module, source.id), source)
                text = source if isinstance(source, ast.Constant) and isinstance(source.value, str) else None
        tree = parse("\n" * (text.lineno - 1) + str(text.value)) if text is not None else None
        self.texts_run += text is not None
        if text is None or tree is None or self.depth >= DEEPEST_IMPORT or self.texts_run > MOST_TEXTS:
            return False
        lines = ("\n" * (text.lineno - 1) + str(text.value)).encode().split(b"\n")
        self.depth += 1
        for inner in tree.body:
            self._statement(inner, lines, cell, module)
        self.depth -= 1
        return True


def excerpt(node: ast.stmt, lines: list[bytes], first: int = 1) -> tuple[int, str]:
    """The first line number of a statement and its unchanged source, including decorators.

    `first` is the number of the first of these lines.
    """
    start = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])
    own = lines[start - first : (node.end_lineno or node.lineno) - first + 1]
    begin = node.col_offset if _follows(own[0], node.col_offset) else 0
    if len(own) == 1:  # thousands of statements may share a line: only their own part is copied
        text = [own[0][begin : node.end_col_offset]]
    else:
        text = [own[0][begin:], *own[1:-1], own[-1][: node.end_col_offset]]
    text[0] = re.sub(rb"^[ \t\f]*\f", b"", text[0])  # Python forgets the indentation before a form feed
    return start, b"\n".join(text).decode()


def _for_own_module(node: ast.Import | ast.ImportFrom, found: Imported | None, source: str) -> str:
    """The source of a function in which an import names a student's module in place of the library of its name."""
    if found is None or (len(node.names) > 1 and isinstance(node, ast.Import)):
        return source
    if isinstance(node, ast.ImportFrom):
        name = re.escape("." * node.level + (node.module or ""))
        return re.sub(rf"\bfrom[ \t]+{name}[ \t]+import\b", f"from {found.dotted} import", source)
    library = node.names[0].name
    name = re.escape(library)
    source = re.sub(rf"\bimport[ \t]+{name}[ \t]+as\b", f"import {found.dotted} as", source)
    return re.sub(rf"\bimport[ \t]+{name}\b(?!\.)", f"import {found.dotted} as {library}", source)


def _follows(line: bytes, column: int) -> bool:
    """Whether something stands before this column, as after a semicolon."""
    while column and line[column - 1] in b" \t\f":
        column -= 1
    return column > 0


def _is_main_guard(test: ast.expr) -> bool:
    match test:
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            sides = (ast.unparse(left), ast.unparse(right))
            return sorted(sides) == ["'__main__'", "__name__"]
        case _:
            return False


def _effects(node: ast.stmt) -> Effects:
    try:
        return effects(node)
    except RecursionError:
        return Effects()  # nesting that no person writes; its effects are unknown
