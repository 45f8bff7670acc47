"""The part of a submission that answers a question: its cells with their saved outputs, and the files beside them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..assignment.spec import Assignment, Question
from ..content import Kind, kind_of
from ..intake.submissions import Submission
from ..notebook.handed_in import code_files
from ..notebook.read import RawCell, UnreadableNotebook, decoded, raw_cells
from ..release.handout.notebook import notebook_text
from ..results import QuestionResult, SubmissionResult
from . import harmless
from .harmless import Html

PICTURES = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8", "image/gif": b"GIF8", "image/svg+xml": b""}
LONGEST = 6_000  # characters of one printed output
OUTPUTS = 40  # of one cell
NEIGHBOURS = 1  # cells around the code of an answer, where the notebook has no headings
CHECK = re.compile(r"\s*%?check\b[^\n]*\s*")
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Picture:
    """A saved plot or a pasted photo: its type and its bytes in base64 or as text."""

    kind: str
    data: str

    @property
    def content(self) -> bytes:
        """The bytes; empty for what is not a picture of this kind."""
        if self.kind == "image/svg+xml":
            return self.data.encode()
        try:
            data = base64.b64decode(self.data)
        except (binascii.Error, ValueError):
            return b""
        return data if data.startswith(PICTURES[self.kind]) else b""


@dataclass(frozen=True)
class Output:
    """One saved output: a text, a table as HTML, or the number of a picture of the cell."""

    text: str = ""
    html: Html | None = None
    picture: int | None = None


@dataclass(frozen=True)
class Cell:
    """A cell as people see it."""

    file: int  # the number of its notebook in the submission
    number: int
    kind: str
    source: str
    given: bool  # as the students' notebook has it
    html: Html | None = None  # of a text
    outputs: tuple[Output, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Beside:
    """A file beside the notebook."""

    number: int
    name: str
    size: int
    html: Html | None = None  # of a text in Markdown
    picture: bool = False


class Given:
    """The students' notebook: the texts that are no answers, and the places of the questions."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        sources = [""]
        for language in assignment.languages:
            notebook = json.loads(notebook_text(assignment, language))
            sources += ["".join(cell["source"]) for cell in notebook["cells"]]
        if assignment.template is not None and assignment.template.is_file():
            found = raw_cells(assignment.template.read_bytes(), assignment.template.name)
            sources += [cell.source for cell in found]
        self.texts = set(map(folded, sources))
        self.lines = {" ".join(line.split()) for source in sources for line in source.splitlines()}
        self.headings = {q.id: _heading(q) for q in assignment.questions}

    def question(self, cell: RawCell) -> str:
        """The question whose heading a text cell has; "-" for another heading of the notebook, "" for no heading."""
        if cell.kind != "markdown":
            return ""
        lines = [line for line in cell.source.splitlines() if line.strip()][:3]
        for line in lines:
            for id, heading in self.headings.items():
                if heading.match(line):
                    return id
        return "-" if lines and lines[0].startswith("#") and folded(cell.source) in self.texts else ""


def _level(cell: RawCell) -> int:
    """The number of signs of a heading at the beginning of a text cell; 0 for none."""
    match = re.match(r"\s*(#{1,6})\s", cell.source) if cell.kind == "markdown" else None
    return len(match[1]) if match else 0


def _heading(question: Question) -> re.Pattern[str]:
    words = r"(?:pregunta|question|ejercicio|exercise|problema|problem|parte|part|[ií]tem|item)"
    id, titles = re.escape(question.id), [re.escape(t) for t in (question.title.es, question.title.en) if t]
    named = "|".join([rf"(?:{words}\s*)?(?:n[.º°]*\s*)?\(?{id}(?![\w])[.):]*", *titles])
    letter = re.fullmatch(r"(\d+)([a-z])", question.id)
    if letter:  # "1 a)", "1.a", "1(a)"
        named += rf"|(?:{words}\s*)?{letter[1]}\s*[.(]?\s*{letter[2]}(?!\w)[.):]*"
    return re.compile(rf"\s*(?:#{{1,6}}\s*|\*\*\s*|__\s*)(?:\*\*)?(?:{named})", re.IGNORECASE)


def folded(text: str) -> str:
    """The text without differences of white space, and without the line of the self-check."""
    return "" if CHECK.fullmatch(text) else " ".join(text.split())


class Work:
    """The notebooks and other files of one submission."""

    def __init__(self, submission: Submission, given: Given) -> None:
        self.submission, self.given = submission, given
        files = submission.files
        main = next((f.path for f in files if f.data == submission.data), "")
        code = sorted(code_files(files), key=lambda f: (f.path != main, f.path))
        self.notebooks: list[tuple[str, tuple[RawCell, ...]]] = []
        for file in code:
            if kind_of(file.data) is Kind.NOTEBOOK or file.path == main:
                try:
                    self.notebooks.append((file.path, tuple(raw_cells(file.data, file.path))))
                except UnreadableNotebook:
                    continue
        read = {path for path, _ in self.notebooks}
        self.others = [f for f in files if f.path not in read]

    def cells(self) -> Iterator[Cell]:
        """All cells of all notebooks."""
        for file, (_, cells) in enumerate(self.notebooks):
            for number, cell in enumerate(cells, 1):
                yield self._cell(file, number, cell)

    def answer(self, question: str, result: QuestionResult | None) -> list[Cell]:
        """The cells below the question's heading and those with the code that was judged, in order."""
        places = self._region(question, result)
        return [self._cell(file, number, self.notebooks[file][1][number - 1]) for file, number in sorted(places)]

    def _region(self, question: str, result: QuestionResult | None) -> set[tuple[int, int]]:
        places = {place for place, here in self._places() if here == question}
        headed = bool(places)
        code = {e.cell for e in (result.excerpts if result else ()) if not e.file and e.cell}
        near = range(0, 1) if headed else range(-NEIGHBOURS, NEIGHBOURS + 1)
        count = len(self.notebooks[0][1]) if self.notebooks else 0
        places |= {(0, cell + n) for cell in code for n in near if 0 < cell + n <= count}
        if not places and any(q.id == question and q.figures for q in self.given.assignment.questions):
            places = self._plotted()
        return places or {place for place, _ in self._places()}  # nobody knows where: everything

    def _plotted(self) -> set[tuple[int, int]]:
        """The cells with pictures and the texts around them, where a notebook has no headings."""
        order = [place for place, _ in self._places()]
        drawn = [n for n, place in enumerate(order) if _pictures(self._saved(place))]
        near = {n + k for n in drawn for k in range(-1, 3) if 0 <= n + k < len(order)}
        return {order[n] for n in near if n in drawn or self.notebooks[order[n][0]][1][order[n][1] - 1].kind != "code"}

    def _saved(self, place: tuple[int, int]) -> Mapping[str, Any]:
        saved = self.notebooks[place[0]][1][place[1] - 1].saved
        return saved if isinstance(saved, dict) else {}

    def _places(self) -> Iterator[tuple[tuple[int, int], str]]:
        """Each cell, without those of the self-check, and the question whose heading is above it; "" for none."""
        for file, (_, cells) in enumerate(self.notebooks):
            here, level = "", 0
            for number, cell in enumerate(cells, 1):
                found, depth = self.given.question(cell), _level(cell)
                if found or (depth and depth <= level):  # another heading of this level ends the answer
                    here, level = found.strip("-"), depth
                if not CHECK.fullmatch(cell.source):
                    yield (file, number), here

    def essence(self, question: str, result: QuestionResult | None) -> str:
        """A digest of what a person reads: texts, pictures, comments in code, and code that no check judges.

        White space, and commands of LaTeX that change only the looks, do not count. It is "" if everything is as it was
        given to students, and if no text is in a place that belongs to no question.
        """
        judged = result is not None and result.possible > 0
        parts = [part for place in sorted(self._region(question, result)) for part in self._parts(place, judged)]
        words = [f for f in self.others if f.path.lower().endswith((".md", ".txt", ".pdf", ".png", ".jpg", ".jpeg"))]
        parts += [hashlib.sha256(f.data).hexdigest() for f in words]
        if not parts:
            parts = [part for place, here in self._places() if not here for part in self._parts(place, True)]
        return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:16] if parts else ""

    def _parts(self, place: tuple[int, int], judged: bool) -> Iterator[str]:
        cell = self.notebooks[place[0]][1][place[1] - 1]
        if cell.kind != "code" and folded(cell.source) not in self.given.texts:
            yield plain(cell.source)
        elif cell.kind == "code" and folded(cell.source) not in self.given.texts:
            lines = [" ".join(line.split()) for line in cell.source.splitlines()]
            yield from (line for line in lines if (not judged or line[:1] == "#") and line not in self.given.lines)
        yield from (
            hashlib.sha256(p.data.encode("utf-8", "replace")).hexdigest() for p in _pictures(self._saved(place))
        )

    def beside(self) -> list[Beside]:
        """The other files of the submission; texts in Markdown are shown."""
        found = []
        for number, file in enumerate(self.others):
            is_text = file.path.lower().endswith((".md", ".markdown"))
            html = harmless.markdown(decoded(file.data)) if is_text else None
            picture = picture_type(file.data, file.path) is not None
            found.append(Beside(number, file.path, len(file.data), html, picture))
        return found

    def picture(self, file: int, number: int, place: int) -> Picture | None:
        """A picture by the number of its notebook, its cell and its place there."""
        if 0 <= file < len(self.notebooks) and 0 < number <= len(self.notebooks[file][1]):
            saved = self.notebooks[file][1][number - 1].saved
            found = _pictures(saved if isinstance(saved, dict) else {})
            return found[place] if 0 <= place < len(found) else None
        return None

    def _cell(self, file: int, number: int, cell: RawCell) -> Cell:
        saved = cell.saved if isinstance(cell.saved, dict) else {}
        text = cell.source[: harmless.LONGEST]
        return Cell(
            file, number, cell.kind, text, folded(cell.source) in self.given.texts,
            harmless.markdown(text) if cell.kind == "markdown" else None,
            tuple(_outputs(saved)), tuple(_pictures(saved)),
        )  # fmt: skip


# Commands that change how a formula looks and not what it says.
LOOKS = re.compile(
    r"\\(?:left|right|big|Big|bigg|Bigg|displaystyle|limits|nonumber|quad|qquad|[,;:! ]|begin\{\w+\*?\}|end\{\w+\*?\})"
    r"|\\(?=operatorname|mathrm|text|mbox)\w+|\$+|\\[\[\]()]|[&{}\s]|\\\\"
)


def plain(text: str) -> str:
    """A text without white space and without what changes only the looks of its formulas."""
    return LOOKS.sub("", text.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac").replace("\\cdot", "*"))


def picture_type(data: bytes, name: str) -> str | None:
    """The type of a file that is a picture, by its first bytes; of an SVG by its name."""
    for kind, start in PICTURES.items():
        if start and data.startswith(start):
            return kind
    return "image/svg+xml" if name.lower().endswith(".svg") else None


def _text(value: Any) -> str:
    joined = "".join(v for v in value if isinstance(v, str)) if isinstance(value, list) else value
    return joined.encode("utf-8", "replace").decode() if isinstance(joined, str) else ""


def _bundles(saved: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The data of each saved output, by media type; format 3 kept them as keys of the output itself."""
    outputs = saved.get("outputs")
    for output in outputs[:OUTPUTS] if isinstance(outputs, list) else ():
        if isinstance(output, dict):
            data = output.get("data")
            old = {f"image/{k}": output[k] for k in ("png", "jpeg") if k in output}
            yield data if isinstance(data, dict) else {**output, **old}


def _pictures(saved: Mapping[str, Any]) -> list[Picture]:
    found = []
    for data in _bundles(saved):
        kind = next((k for k in PICTURES if k in data), None)
        if kind:
            found.append(Picture(kind, _text(data[kind])))
    attachments = saved.get("attachments")
    for data in attachments.values() if isinstance(attachments, dict) else ():
        kind = next((k for k in PICTURES if isinstance(data, dict) and k in data), None)
        if kind:
            found.append(Picture(kind, _text(data[kind])))
    return found


def _outputs(saved: Mapping[str, Any]) -> Iterator[Output]:
    pictures = 0
    for data in _bundles(saved):
        if any(kind in data for kind in PICTURES):
            yield Output(picture=pictures)
            pictures += 1
        elif "text/html" in data:
            yield Output(html=harmless.output_html(_text(data["text/html"])))
        elif "text/latex" in data:
            yield Output(html=harmless.markdown(_text(data["text/latex"])))
        else:
            text = _text(data.get("text/plain")) or _text(data.get("text")) or "\n".join(_lines(data.get("traceback")))
            if text.strip():
                yield Output(text=ANSI.sub("", text)[:LONGEST])
    attachments = saved.get("attachments")
    for _ in attachments if isinstance(attachments, dict) else ():
        yield Output(picture=pictures)
        pictures += 1


def _lines(value: Any) -> Iterable[str]:
    return [line for line in value if isinstance(line, str)] if isinstance(value, list) else ()


def question_of(result: SubmissionResult, id: str) -> QuestionResult | None:
    """The result of one question."""
    return next((q for q in result.questions if q.id == id), None)


def alike(digests: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
    """The students with the same answer, for each student who has company."""
    groups: dict[str, list[str]] = {}
    for slug, digest in digests.items():
        if digest:
            groups.setdefault(digest, []).append(slug)
    return {slug: group for group in groups.values() if len(group) > 1 for slug in group}
