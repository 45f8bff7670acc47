"""Cells that Python cannot read: the statements in them that are whole, and the names that are lost."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ..messages import Message, Text, say
from ..versions import OWN_PYTHON
from .effects import stores
from .magics import parse
from .newer_syntax import newer
from .read import Cell, Notebook

# The notes on a cell that does not parse.
SOME_LOST = say("Cell {cell}, line {line}: {reason}. Python cannot read this; left out: {names}.")
ALL_READ = say("Cell {cell}, line {line}: {reason}. Python cannot read this; the rest of it counts.")
SOME_LOST_OF_FILE = say("{file}, line {line}: {reason}. Python cannot read this; left out: {names}.")
ALL_READ_OF_FILE = say("{file}, line {line}: {reason}. Python cannot read this; the rest of it counts.")
CANNOT_BE_READ = frozenset(note.template for note in (SOME_LOST, ALL_READ, SOME_LOST_OF_FILE, ALL_READ_OF_FILE))
NEWER_PYTHON = say(
    "Cell {cell} is written for Python {version}, and this grader runs {own}. A person looks at what needs it: {names}."
)
NEWER_PYTHON_OF_FILE = say(
    "{file} is written for Python {version}, and this grader runs {own}. A person looks at what needs it: {names}."
)
# parso reads about 100 kB per second; a broken cell that is longer than this is given up as a whole.
MAX_RECOVERED = 50_000
# parso looks for the end of a string from each quote of a line anew.
MAX_LINE = 5_000
DEFINED = re.compile(r"^(?:async )?(?:def|class)\s+(\w+)", re.MULTILINE)
ASSIGNED = re.compile(r"^\s*(\w+(?:\s*,\s*\w+)*)\s*=(?!=)", re.MULTILINE)
# What the students' notebook may hold where a function is to be written.
UNWRITTEN = re.compile(r"""(?:(?:async )?(?:def|class)\s.*|pass|\.\.\.|return(?: None)?|#.*|\w+ = None)?""")
MAX_NAMED = 500  # characters of the names that are lost


@cache
def _grammar() -> Any:
    # parso takes a tenth of a second to import, and most notebooks parse as they are.
    from parso.grammar import load_grammar

    return load_grammar()


def recovered(cell: Cell, notebook: Notebook, notes: list[Message], for_newer: dict[str, str]) -> list[ast.Module]:
    """The statements of a broken cell that are whole; a note says where the error is and which names are lost.

    `for_newer` gets the names that are lost because the cell was written for a newer Python, with its version.
    """
    pieces: list[ast.Module] = []
    kept: set[str] = set()
    for line, source in _pieces(cell.python):
        tree = parse(source)
        if tree is not None:
            ast.increment_lineno(tree, line - 1)
            pieces.append(tree)
            kept |= {name for node in tree.body for name in stores(node)}
    version = newer(cell.python) if _may_be_recovered(cell.python) else None
    if version is not None:
        bound = dict.fromkeys(name for node in version.tree.body for name in sorted(stores(node)))
        for_newer |= {name: version.version for name in bound if name not in kept}
        where: dict[str, str | int | float | Text] = {"version": version.version, "own": OWN_PYTHON}
        where["names"] = ", ".join(name for name in bound if name not in kept)
        if file := notebook.file_of(cell.number):
            notes.append(Message(NEWER_PYTHON_OF_FILE.template, {**where, "file": file}))
        else:
            notes.append(Message(NEWER_PYTHON.template, {**where, "cell": cell.number}))
        return pieces
    names = dict.fromkeys(DEFINED.findall(cell.python))
    lost = ", ".join(name for name in names if name not in kept)[:MAX_NAMED]
    line, reason = _error(cell.python)
    if file := notebook.file_of(cell.number):
        note = SOME_LOST_OF_FILE if lost else ALL_READ_OF_FILE
        notes.append(replace(note, values={"file": file, "line": line, "reason": reason, "names": lost}))
    else:
        note = SOME_LOST if lost else ALL_READ
        notes.append(replace(note, values={"cell": cell.number, "line": line, "reason": reason, "names": lost}))
    return pieces


@dataclass(frozen=True)
class Unread:
    """A function, class or variable in a cell that Python cannot read, and the place of the error."""

    name: str
    cell: int
    line: int
    reason: str


def unread(notebook: Notebook, names: Collection[str]) -> list[Unread]:
    """Those of these names that a cell defines which Python cannot read; of several cells the last one counts.

    A cell in which nothing is written is no answer: in some assignments the students' notebook has such cells.
    """
    found: dict[str, Unread] = {}
    for cell in notebook.cells if names else ():
        if cell.kind == "code" and cell.python and cell.tree is None and not _is_unwritten(cell.python):
            assigned = {name.strip() for left in ASSIGNED.findall(cell.python) for name in left.split(",")}
            defined = {*DEFINED.findall(cell.python), *assigned} & set(names)
            line, reason = _error(cell.python) if defined else (0, "")
            found |= {name: Unread(name, cell.number, line, reason) for name in defined}
    return list(found.values())


def _is_unwritten(python: str) -> bool:
    """Whether a cell has only the heads of functions, comments and docstrings."""
    code = re.sub(r'("""|\'\'\').*?\1', "", python, flags=re.DOTALL)
    return all(UNWRITTEN.fullmatch(line.strip(" \t\0")) for line in code.split("\n"))


def _may_be_recovered(python: str) -> bool:
    return len(python) <= MAX_RECOVERED and "\0" not in python and max(map(len, python.split("\n"))) <= MAX_LINE


def _pieces(python: str) -> Iterator[tuple[int, str]]:
    """The line and source of each statement that an error-recovering parse considers whole."""
    if not _may_be_recovered(python):
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
    code, nul, _ = python.partition("\0")
    try:
        ast.parse(code)
    except SyntaxError as error:
        return error.lineno or 1, error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        return 1, str(error) or "nested too deeply"
    return 1, "null byte" if nul else "no error"
