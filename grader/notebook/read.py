"""The reader of a notebook or a script: it turns the file into cells of plain Python."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..errors import Frame
from ..messages import LANGUAGES, Message, Text, say
from .magics import parse, plain_python
from .raw_cells import CellKind, RawCell, UnreadableNotebook, cells_in, decoded, is_script
from .written_files import written_files

# A statement costs about 2.5 kB of memory as a tree: half a million characters of the shortest statements
# take 300 MB for a moment. The longest real notebooks hold a fifth of that.
MAX_CODE = 500_000

# Course notebooks have up to 300 cells.
MAX_CELLS = 10_000

NOTHING_SAVED = say("{name} is empty: save the notebook and hand it in again.")
NO_CODE = say("{name} has no code cells: hand in the notebook with your answers in it.")
EMPTY = frozenset(sentence.template for sentence in (NOTHING_SAVED, NO_CODE))

# The first bytes of files that are not notebooks, and the sentence for each; {name} is the file's name.
STRANGERS = {
    b"PK": say("{name} is a zip archive: unpack it and hand in the notebook inside."),
    b"\x1f\x8b": say("{name} is a gzip archive: unpack it and hand in the notebook inside."),
    b"%PDF": say("{name} is a PDF: hand in the .ipynb file itself."),
    b"<": say("{name} is a web page: hand in the .ipynb file itself (in Colab: File > Download > .ipynb)."),
    b"version https://git-lfs": say("{name} is a Git LFS pointer: hand in the file that it points to."),
}
# The self-check's lines in a notebook are not part of an answer, and students need no note about them.
SELF_CHECK = re.compile(r"%(?:load_ext\s+grader|check\b.*)")
# How the names of Python's kernels begin.
PYTHON = ("python", "ipython")


@dataclass(frozen=True)
class Cell:
    """One cell; `python` has as many lines as `source`, or is "" when no code is left."""

    number: int  # from 1, over all cells of the submission
    kind: CellKind
    source: str
    python: str = ""
    figures: int = 0  # images among the saved outputs
    tree: ast.Module | None = field(default=None, compare=False, repr=False)  # None: it does not parse
    module: str = ""  # the path of the module or notebook that this code belongs to; "" for the program itself
    appends: bool = False  # to that module, as `%%writefile -a` does
    file: str = ""  # the name of the cell's file for people; "" for the notebook, if there is only one
    place: int = 0  # the cell's number within its file, if that has a name; 0 for a file of plain Python


@dataclass(frozen=True)
class Notebook:
    """The cells of a submission, in order."""

    name: str
    cells: tuple[Cell, ...]
    language: str | None = None
    notes: tuple[Message, ...] = ()
    path: str = ""  # of the notebook itself, below the student's folder

    def cell(self, number: int) -> Cell | None:
        """The cell with this number; None for a number that a process has invented."""
        return self.cells[number - 1] if 0 < number <= len(self.cells) else None

    def at(self, cell: int, line: int, function: str = "") -> Frame:
        """A line of the student's code as people find it: in the notebook's own cells, or in a named file."""
        found = self.cell(cell)
        file, place = (found.file, found.place) if found is not None and found.file else ("", cell)
        return Frame(place, line, function, file)

    def file_of(self, cell: int) -> str | Text:
        """The file of a cell in a sentence, with the cell's number if the file has cells; "" for the only notebook."""
        found = self.cell(cell)
        if found is None or not found.file or not found.place:
            return found.file if found is not None else ""
        named = say("{file}, cell {cell}", file=found.file, cell=found.place)
        return Text(*(named.render(language) for language in LANGUAGES))

    def place(self, cell: int, line: int = 0) -> Text:
        """A cell, or a line of it, in the middle of a sentence: "cell 3, line 5" or "layers.py, line 5"."""
        file = self.file_of(cell)
        es, en = (file, file) if isinstance(file, str) else (file.es, file.en)
        es, en = es or f"la celda {cell}", en or f"cell {cell}"
        return Text(f"{es}, línea {line}", f"{en}, line {line}") if line else Text(es, en)

    def located(self, cell: int, line: int = 0) -> dict[str, str | int | float | Text]:
        """The values of a message about a place: its words, and its parts for those who mark the place in a file."""
        file = self.file_of(cell)
        parts: dict[str, str | int | float | Text] = {"file": file} if file else {"cell": cell}
        return {"place": self.place(cell, line), **parts, **({"line": line} if line else {})}


def read_notebook(data: bytes, name: str) -> Notebook:
    """Read the bytes of an .ipynb (format 3 and 4) or .py file; UnreadableNotebook says why that is impossible."""
    if not data.strip():
        raise UnreadableNotebook(replace(NOTHING_SAVED, values={"name": name}))
    for start, sentence in STRANGERS.items():
        if data.lstrip().startswith(start) and not data.lstrip().startswith(b"<<<<<<<"):
            raise UnreadableNotebook(Message(sentence.template, {"name": name}))
    text = decoded(data)
    if "\0" in text and is_script(text, name):
        raise UnreadableNotebook(say("{name} is not a text file: hand in the script itself.", name=name))
    return _notebook(name, *cells_in(text, name))


def _notebook(name: str, language: str | None, raw: Iterator[RawCell]) -> Notebook:
    cells: list[Cell] = []
    notes: list[Message] = []
    code = 0
    for number, cell in enumerate(raw, start=1):
        if number > MAX_CELLS:
            more = say("{name} has more than {count} cells; the others are left out.", name=name, count=MAX_CELLS)
            notes.append(more)
            break
        size = len(cell.source) if cell.kind == "code" else 0
        if code + size > MAX_CODE:
            notes.append(
                say(
                    "Cell {cell} has {size} characters of code. It is too long to read and is left out.",
                    cell=number,
                    size=size,
                )
            )
            cells.append(Cell(number, cell.kind, cell.source, figures=cell.figures))
            continue
        code += size
        if cell.kind != "code":
            cells.append(Cell(number, cell.kind, cell.source))
            continue
        found = plain_python(cell.source)
        python = found.python if found.python.strip() else ""
        written, appends = found.writes, found.appends
        cells.append(Cell(number, "code", cell.source, python, cell.figures, found.tree, written, appends))
        dropped = [line for line in found.dropped if not SELF_CHECK.fullmatch(line)]
        if dropped and not _sets_up_the_self_check(found.tree):
            lines = "; ".join(dropped)[:200]
            notes.append(
                say("Cell {cell}: these lines are not Python and are left out: {lines}", cell=number, lines=lines)
            )
    cells += _written(cells, code)
    if language and not language.lower().startswith(PYTHON) and not _holds_python(cells):
        raise UnreadableNotebook(
            say(
                "{name} is a notebook for {language}: choose a Python kernel, save, hand it in again.",
                name=name,
                language=language,
            )
        )
    if not any(cell.source.strip() for cell in cells if cell.kind == "code"):
        raise UnreadableNotebook(replace(NO_CODE, values={"name": name}))
    if code == 0:
        raise UnreadableNotebook(
            say(
                "{name} has more than {size} characters of code in one cell: move data out of the notebook.",
                name=name,
                size=MAX_CODE,
            )
        )
    return Notebook(name, tuple(cells), language, tuple(notes))


def _written(cells: Sequence[Cell], code: int) -> list[Cell]:
    """The modules that code writes, as cells of their own after the others; `code`: characters in all cells."""
    found: list[Cell] = []
    trees = [cell.tree for cell in cells if cell.tree is not None]
    for file in written_files(trees) if any(".py" in cell.source for cell in cells) else ():
        code += len(file.text)
        if code > MAX_CODE or len(cells) + len(found) == MAX_CELLS:
            break
        number, path = len(cells) + len(found) + 1, file.path.replace("\\", "/")
        found.append(Cell(
            number, "code", file.text, file.text, tree=parse(file.text), module=path, appends=file.appends, file=path
        ))  # fmt: skip
    return found


def _holds_python(cells: list[Cell]) -> bool:
    """Whether the code of a notebook for another kernel is Python all the same: Sage, PySpark, polyglot notebooks."""
    code = [cell for cell in cells if cell.kind == "code" and cell.source.strip()]
    read = [cell.tree.body for cell in code if cell.tree is not None]
    kinds = {type(node) for body in read for node in body}
    if kinds & {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef}:
        return True
    return bool(kinds & {ast.Import, ast.ImportFrom}) and 2 * len(read) >= len(code)


def _sets_up_the_self_check(tree: ast.Module | None) -> bool:
    """Whether a cell imports `grader`; then its shell lines are those that `grade release` wrote."""
    imports = [node for node in ast.walk(tree or ast.Module([], [])) if isinstance(node, (ast.Import, ast.ImportFrom))]
    named = [getattr(node, "module", None) or alias.name for node in imports for alias in node.names]
    return any(name.partition(".")[0] == "grader" for name in named)
