"""The cells of a submitted file as they were saved: a notebook of any format, or a script in percent format."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..content import is_python
from ..errors import UnreadableSubmission
from ..messages import Message, say
from . import databricks, marimo
from .magics import as_typed

CellKind = Literal["code", "markdown", "raw"]
CONFLICT = re.compile(r"^<<<<<<<(?= |$)", re.MULTILINE)
# A comma before a closing bracket, which people leave when they edit JSON.
COMMA = re.compile(r'(?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+"?)|,(?=\s*[\]}])')
MARKER = re.compile(r"^#[ \t]*(?:%%(?!%)[ \t]*(?P<title>.*)|In\s?\[[ \d]*\]:.*)$", re.MULTILINE)
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
class RawCell:
    """A cell as it is in the file."""

    kind: CellKind
    source: str
    figures: int = 0
    saved: Any = None  # the cell as the file has it, with outputs and attachments; None for a script


def raw_cells(data: bytes, name: str) -> Iterator[RawCell]:
    """The cells of an .ipynb or .py file as they were saved; UnreadableNotebook says why that is impossible."""
    return cells_in(decoded(data), name)[1]


def cells_in(text: str, name: str) -> tuple[str | None, Iterator[RawCell]]:
    """The language that the text of a file names, if it does, and its cells; raises as above."""
    return (None, _script_cells(text)) if is_script(text, name) else _json_cells(text, name)


def is_script(text: str, name: str) -> bool:
    """Whether a file contains Python itself, whatever its name is."""
    if name.lower().endswith(".py"):
        return not (text.lstrip().startswith("{") and '"cells"' in text)
    return is_python(text)


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
