"""The top-level statements of a notebook, cell by cell, even when a cell does not parse as a whole."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from ..messages import Message, Text, say
from ..versions import OWN_PYTHON
from .effects import Effects, effects, stores
from .magics import parse
from .newer_syntax import newer
from .read import Cell, Notebook

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)

# The notes on a cell that does not parse.
SOME_LOST = say("Cell {cell}, line {line}: {reason}. Python cannot read this; left out: {names}.")
ALL_READ = say("Cell {cell}, line {line}: {reason}. Python cannot read this; the rest of it counts.")

NEWER_PYTHON = say(
    "Cell {cell} is written for Python {version}, and this grader runs {own}. A person looks at what needs it: {names}."
)

# parso reads about 100 kB per second; a broken cell that is longer than this is given up as a whole.
MAX_RECOVERED = 50_000


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

    @property
    def names(self) -> frozenset[str]:
        return self.binds | self.touches


@dataclass(frozen=True)
class Statements:
    """All statements of a notebook in order, and notes about the parts that cannot be read."""

    statements: tuple[Statement, ...]
    notes: tuple[Message, ...] = ()
    newer: Mapping[str, str] = field(default_factory=dict)  # names that only a newer Python can read, with its version


def split(notebook: Notebook) -> Statements:
    """Split a notebook into statements; the body of `if __name__ == "__main__"` counts as top level."""
    statements: list[Statement] = []
    notes: list[Message] = []
    later: dict[str, str] = {}
    for cell in notebook.cells:
        if not cell.python:
            continue
        trees = [cell.tree] if cell.tree is not None else _recovered(cell, notes, later)
        lines = cell.python.encode().split(b"\n")  # columns in a tree count bytes
        for tree in trees:
            for node in tree.body:
                statements += _statements(node, lines, cell.number)
    return Statements(tuple(statements), tuple(notes), later)


def excerpt(node: ast.stmt, lines: list[bytes]) -> tuple[int, str]:
    """The first line number of a statement and its unchanged source, including decorators."""
    start = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])
    text = lines[start - 1 : node.end_lineno]
    text[-1] = text[-1][: node.end_col_offset]
    if text[0][: node.col_offset].strip():  # after a semicolon
        text[0] = text[0][node.col_offset :]
    text[0] = re.sub(rb"^[ \t\f]*\f", b"", text[0])  # Python forgets the indentation before a form feed
    return start, b"\n".join(text).decode()


def _statements(node: ast.stmt, lines: list[bytes], cell: int) -> Iterator[Statement]:
    if isinstance(node, IMPORTS):
        # Each name gets its own import, so that a name missing here does not lose the others.
        for alias in node.names:
            single: ast.stmt = ast.Import([alias])
            if isinstance(node, ast.ImportFrom):
                single = ast.ImportFrom(node.module, [alias], node.level)
            single = ast.copy_location(single, node)
            yield Statement(ast.unparse(single), cell, node.lineno, effects(single).binds, node=single)
    elif isinstance(node, ast.If) and _is_main_guard(node.test):
        for inner in node.body:
            yield from _statements(inner, lines, cell)
    else:
        line, source = excerpt(node, lines)
        if source[0].isspace():
            # The statement was in a main guard: the line above becomes its new head, so that lines keep their numbers.
            line, source = line - 1, f"if True:\n{source}"
        found = _effects(node)
        yield Statement(source, cell, line, found.binds, found.touches, found.reads, node)


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


@cache
def _grammar() -> Any:
    # parso takes a tenth of a second to import, and most notebooks parse as they are.
    from parso.grammar import load_grammar

    return load_grammar()


def _recovered(cell: Cell, notes: list[Message], later: dict[str, str]) -> list[ast.Module]:
    """The statements of a broken cell that are whole; a note says where the error is and which names are lost.

    `later` gets the names that are lost because the cell was written for a newer Python, with its version.
    """
    pieces: list[ast.Module] = []
    kept: set[str] = set()
    for line, source in _pieces(cell.python):
        tree = parse(source)
        if tree is not None:
            ast.increment_lineno(tree, line - 1)
            pieces.append(tree)
            kept |= {name for node in tree.body for name in stores(node)}
    version = newer(cell.python) if len(cell.python) <= MAX_RECOVERED else None
    if version is not None:
        names = dict.fromkeys(name for node in version.tree.body for name in sorted(stores(node)))
        lost = [name for name in names if name not in kept]
        later |= dict.fromkeys(lost, version.version)
        where: dict[str, str | int | float | Text] = {
            "cell": cell.number,
            "version": version.version,
            "own": OWN_PYTHON,
            "names": ", ".join(lost),
        }
        notes.append(Message(NEWER_PYTHON.template, where))
        return pieces
    names = dict.fromkeys(re.findall(r"^(?:async )?(?:def|class)\s+(\w+)", cell.python, re.MULTILINE))
    missing = ", ".join(name for name in names if name not in kept)
    line, reason = _error(cell.python)
    note = SOME_LOST if missing else ALL_READ
    notes.append(replace(note, values={"cell": cell.number, "line": line, "reason": reason, "names": missing}))
    return pieces


def _pieces(python: str) -> Iterator[tuple[int, str]]:
    """The line and source of each statement that an error-recovering parse considers whole."""
    if len(python) > MAX_RECOVERED or "\0" in python:
        return
    try:
        children = _grammar().parse(python).children
        for child in children:
            # After a broken `def`, the statements of its indented body would pass for top-level ones.
            if child.start_pos[1] == 0 and not child.type.startswith("error"):
                yield child.start_pos[0], child.get_code(include_prefix=False)
    except RecursionError:
        return


def _error(python: str) -> tuple[int, str]:
    """The line of the first error and its reason, in Python's words."""
    try:
        ast.parse(python)
    except SyntaxError as error:
        return error.lineno or 1, error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        return 1, str(error) or "nested too deeply"
    return 1, "no error"
