"""The reader of a notebook or a script: it turns the file into cells of plain Python."""

from __future__ import annotations

import ast
import contextlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ..content import is_python
from ..errors import Frame, UnreadableSubmission
from ..messages import LANGUAGES, Message, Text, say
from . import databricks, marimo
from .magics import as_typed, parse, plain_python
from .written_files import written_files

CellKind = Literal["code", "markdown", "raw"]

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
CONFLICT = re.compile(r"^<<<<<<<(?= |$)", re.MULTILINE)
# A comma before a closing bracket, which people leave when they edit JSON.
COMMA = re.compile(r'(?P<string>"[^"\\]*(?:\\.[^"\\]*)*"?)|,(?=\s*[\]}])')
MARKER = re.compile(r"^#[ \t]*(?:%%(?!%)[ \t]*(?P<title>.*)|In\s?\[[ \d]*\]:.*)$", re.MULTILINE)
# The self-check's lines in a notebook are not part of an answer, and students need no note about them.
SELF_CHECK = re.compile(r"%(?:load_ext\s+grader|check\b.*)")
# How the names of Python's kernels begin.
PYTHON = ("python", "ipython")
# Where polyglot notebooks (.NET Interactive, VS Code, SoS) keep the language of a single cell.
CELL_LANGUAGES = (("polyglot_notebook", "kernelName"), ("dotnet_interactive", "language"), ("vscode", "languageId"))
OTHER_LANGUAGES = frozenset(
    {"csharp", "fsharp", "powershell", "pwsh", "sql", "kql", "html", "javascript", "mermaid", "r", "julia", "bash",
     "ir", "shellscript", "markdown", "latex", "ruby", "perl", "octave", "matlab", "scala", "sparkr"}
)  # fmt: skip
CELL_KINDS: Mapping[str, CellKind] = {"code": "code", "markdown": "markdown", "heading": "markdown"}


class UnreadableNotebook(UnreadableSubmission):
    """An UnreadableSubmission that keeps its sentence as a message, so that each reader sees it in their language."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.render("en"))
        self.message = message


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


@dataclass(frozen=True)
class RawCell:
    """A cell as it is in the file."""

    kind: CellKind
    source: str
    figures: int = 0
    saved: Any = None  # the cell as the file has it, with outputs and attachments; None for a script


def raw_cells(data: bytes, name: str) -> Iterator[RawCell]:
    """The cells of an .ipynb or .py file as they were saved; UnreadableNotebook says why that is impossible."""
    text = decoded(data)
    yield from _script_cells(text) if is_script(text, name) else _json_cells(text, name)[1]


def read_notebook(data: bytes, name: str) -> Notebook:
    """Read the bytes of an .ipynb (format 3 and 4) or .py file; UnreadableNotebook says why that is impossible."""
    if not data.strip():
        raise UnreadableNotebook(replace(NOTHING_SAVED, values={"name": name}))
    for start, sentence in STRANGERS.items():
        if data.lstrip().startswith(start) and not data.lstrip().startswith(b"<<<<<<<"):
            raise UnreadableNotebook(Message(sentence.template, {"name": name}))
    text = decoded(data)
    script = is_script(text, name)
    if script and "\0" in text:
        raise UnreadableNotebook(say("{name} is not a text file: hand in the script itself.", name=name))
    language, raw = (None, _script_cells(text)) if script else _json_cells(text, name)
    return _notebook(name, language, raw)


def is_script(text: str, name: str) -> bool:
    """Whether a file contains Python itself, whatever its name is."""
    if name.lower().endswith(".py"):
        return not (text.lstrip().startswith("{") and '"cells"' in text)
    return is_python(text)


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
    trees = [cell.tree for cell in cells if cell.tree is not None and ".py" in cell.source]
    texts = [cell.tree for cell in cells if cell.tree is not None] if trees else []
    for file in written_files(texts):
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


def decoded(data: bytes) -> str:
    """The text of a file in any encoding."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")  # never fails; bytes that are not text are not JSON either


def _json_cells(text: str, name: str) -> tuple[str | None, Iterator[RawCell]]:
    try:
        content = _json(text, name)
    except json.JSONDecodeError as error:
        line = error.lineno + text[: len(text) - len(text.lstrip())].count("\n")
        raise UnreadableNotebook(
            say(
                "{name} is not a notebook, or damaged at line {line}: save it as .ipynb and try again.",
                name=name,
                line=line,
            )
        ) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableNotebook(
            say("{name} is not a notebook, or damaged: save it as .ipynb and hand it in again.", name=name)
        ) from error
    cells = _cell_list(content)
    if cells is None:
        raise UnreadableNotebook(
            say("{name} is JSON but not a notebook, because it has no cells: hand in the .ipynb file.", name=name)
        )
    return _language(content), map(_raw, cells)


def _json(text: str, name: str) -> Any:
    """The JSON of a notebook; text after its last brace is ignored, and of a merge conflict both sides are read.

    Raises json.JSONDecodeError and, for a conflict whose sides give different answers, UnreadableNotebook.
    """
    decoder = json.JSONDecoder(strict=False)  # line ends and tabs may stand in strings
    conflict = CONFLICT.search(text)
    if conflict is None:
        try:
            return decoder.raw_decode(text, len(text) - len(text.lstrip()))[0]
        except json.JSONDecodeError:
            repaired = COMMA.sub(lambda found: found["string"] or "", text)
            with contextlib.suppress(json.JSONDecodeError):
                return decoder.raw_decode(repaired.lstrip())[0]
            raise
    with contextlib.suppress(json.JSONDecodeError):
        ours, theirs = (decoder.raw_decode(side.lstrip())[0] for side in _sides(text))
        if _sources(ours) == _sources(theirs):
            return ours
    raise UnreadableNotebook(
        say(
            "{name} has a merge conflict at line {line}: choose one version, save, and hand it in again.",
            name=name,
            line=text.count("\n", 0, conflict.start()) + 1,
        )
    )


def _sources(content: Any) -> list[tuple[str, str]]:
    return [(cell.kind, cell.source) for cell in map(_raw, _cell_list(content) or ())]


def _sides(text: str) -> tuple[str, str]:
    """The text as each side of its merge conflicts has it."""
    ours: list[str] = []
    theirs: list[str] = []
    into: tuple[list[str], ...] = (ours, theirs)
    for line in text.splitlines(keepends=True):
        mark = line.rstrip("\r\n")[:8].rstrip()
        if mark == "<<<<<<<":
            into = (ours,)
        elif mark == "|||||||":
            into = ()
        elif mark == "=======" and len(into) < 2:
            into = (theirs,)
        elif mark == ">>>>>>>":
            into = (ours, theirs)
        else:
            for side in into:
                side.append(line)
    return "".join(ours), "".join(theirs)


def _cell_list(content: Any) -> Iterable[Any] | None:
    """The cells of format 4, or of formats 2 and 3, which kept cells in worksheets."""
    if not isinstance(content, dict):
        return None
    if isinstance(content.get("cells"), list):
        return content["cells"]  # type: ignore[no-any-return]
    sheets = content.get("worksheets")
    if not isinstance(sheets, list):
        return None
    lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    return (cell for cells in lists if isinstance(cells, list) for cell in cells)


def _language(content: dict[str, Any]) -> str | None:
    metadata = content.get("metadata")
    if not isinstance(metadata, dict):
        return None
    for section, key in (("kernelspec", "language"), ("language_info", "name")):
        entry = metadata.get(section)
        if isinstance(entry, dict) and isinstance(entry.get(key), str) and entry[key]:
            return str(entry[key])
    return None


def _raw(cell: Any) -> RawCell:
    if not isinstance(cell, dict):
        return RawCell("raw", "")
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        source = ""
    # A lone surrogate is valid JSON but not text: it can be neither parsed nor written to a report.
    # A byte order mark before a cell is an error for Python, and nobody sees it.
    source = source.encode("utf-8", "replace").decode().removeprefix("\ufeff")
    outputs = cell.get("outputs")
    figures = sum(_is_figure(output) for output in outputs) if isinstance(outputs, list) else 0
    kind = CELL_KINDS.get(str(cell.get("cell_type")), "raw")
    kind = "raw" if kind == "code" and _is_foreign(cell.get("metadata")) else kind
    return RawCell(kind, source, figures, cell)


def _is_foreign(metadata: Any) -> bool:
    """Whether a cell of a polyglot notebook says that it is in another language."""
    if not isinstance(metadata, dict):
        return False
    said = [metadata.get("kernel")]
    said += [entry.get(key) for section, key in CELL_LANGUAGES if isinstance(entry := metadata.get(section), dict)]
    return any(isinstance(name, str) and name.lower() in OTHER_LANGUAGES for name in said)


def _is_figure(output: Any) -> bool:
    """Whether a saved output holds an image; format 3 kept images as keys of the output itself."""
    if not isinstance(output, dict):
        return False
    data = output.get("data")
    if isinstance(data, dict):
        return any(kind.startswith(("image/", "application/vnd.plotly")) for kind in data)
    return any(kind in output for kind in ("png", "jpeg", "svg"))


def script_text(text: str) -> str:
    """A script with marks above its cells; its lines keep their numbers."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if databricks.is_databricks(text):
        return databricks.as_percent(text)
    return marimo.as_percent(text) if marimo.is_marimo(text) else text


def _script_cells(text: str) -> Iterator[RawCell]:
    """The cells of a script in percent format or of an exported notebook; a script without marks is one cell."""
    text = script_text(text)
    marks = list(MARKER.finditer(text))
    start = text[: marks[0].start()] if marks else text
    if start.strip():
        yield RawCell("code", start)
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=False):  # without marks there is one end too many
        source = text[mark.end() : end].removeprefix("\n")
        title = mark["title"] or ""
        kind: CellKind = "markdown" if re.search(r"\[(markdown|md)\]", title) else "code"
        yield RawCell("raw" if "[raw]" in title else kind, as_typed(source))
