"""Where a submission answers a question, and whether a person finds anything there that was not given to students."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..assignment.spec import Assignment, Question
from ..content import Kind, kind_of
from ..intake.submissions import Submission
from ..notebook.handed_in import code_files
from ..notebook.raw_cells import RawCell, UnreadableNotebook, raw_cells
from ..release.handout.notebook import notebook_text
from ..results import QuestionResult, SubmissionResult

PICTURES = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8", "image/gif": b"GIF8", "image/svg+xml": b""}
OUTPUTS = 40  # of one cell
NAMES = 200  # characters; a shorter text without a formula, outside the answers, is a title or the student's name
NEIGHBOURS = 1  # cells around the code of an answer, where the notebook has no headings
TEXTS = re.compile(r"\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}")  # also those of several lines
CHECK = re.compile(r"\s*%?check\b[^\n]*\s*")
# Files beside a notebook with these endings hold no words for a person.
DATA = (".py", ".pyc", ".csv", ".json", ".toml", ".ini", ".yml", ".yaml", ".npz", ".npy", ".pt", ".pth", ".pkl", ".zip")


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


class Given:
    """What students were given: the texts and files that are no answers, and the headings of the questions."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.headings = {q.id: _heading(q) for q in assignment.questions}
        notebooks = [notebook_text(assignment, language).encode() for language in assignment.languages]
        if assignment.template is not None and assignment.template.is_file():
            notebooks += [file.read_bytes() for file in sorted(assignment.template.parent.glob("*.ipynb"))]
        given = []
        for data in notebooks:
            with contextlib.suppress(UnreadableNotebook, RecursionError):
                given.append(tuple(raw_cells(data, "given.ipynb")))
        sources = ["", *(cell.source for cells in given for cell in cells)]
        self.texts = set(map(folded, sources))
        self.lines = {" ".join(line.split()) for source in sources for line in source.splitlines()}
        self.read = {q.id for q in assignment.questions if q.reviewed}  # questions that a person reads
        folder = assignment.template.parent if assignment.template is not None else None
        self.files = {file.read_bytes() for file in folder.glob("*") if file.is_file()} if folder else set()

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

    def sections(self, cells: Sequence[RawCell]) -> Iterator[tuple[RawCell, str]]:
        """Each cell of a notebook, and the question whose heading is above it; "" for none."""
        here, level = "", 0
        for cell in cells:
            found, depth = self.question(cell), _level(cell)
            if found or (depth and depth <= level):  # another heading of this level ends the answer
                here, level = found.strip("-"), depth
            yield cell, here


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


class Answers:
    """The notebooks and other files of one submission, and the places of its answers."""

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
                except (UnreadableNotebook, RecursionError):
                    continue
        read = {path for path, _ in self.notebooks}
        self.others = [f for f in files if f.path not in read]

    def region(self, question: str, result: QuestionResult | None) -> set[tuple[int, int]]:
        """The cells that answer a question: below its heading, and those with the code that was judged.

        A cell is the pair of its notebook's number, from 0, and its own number, from 1. If neither the headings nor the
        judged code say where the answer is, all cells are given.
        """
        return self.found(question, result) or {place for place, _ in self.places()}

    def found(self, question: str, result: QuestionResult | None) -> set[tuple[int, int]]:
        """As `region`, and empty if nothing says where the answer is."""
        places = {place for place, here in self.places() if here == question}
        headed = bool(places)
        code = {e.cell for e in (result.excerpts if result else ()) if not e.file and e.cell}
        near = range(0, 1) if headed else range(-NEIGHBOURS, NEIGHBOURS + 1)
        count = len(self.notebooks[0][1]) if self.notebooks else 0
        places |= {(0, cell + n) for cell in code for n in near if 0 < cell + n <= count}
        if not places and any(q.id == question and q.figures for q in self.given.assignment.questions):
            places = self._plotted()
        return places

    def _plotted(self) -> set[tuple[int, int]]:
        """The cells with pictures and the texts around them, where a notebook has no headings."""
        order = [place for place, _ in self.places()]
        drawn = [n for n, place in enumerate(order) if pictures(self.saved(place))]
        near = {n + k for n in drawn for k in range(-1, 3) if 0 <= n + k < len(order)}
        return {order[n] for n in near if n in drawn or self.notebooks[order[n][0]][1][order[n][1] - 1].kind != "code"}

    def saved(self, place: tuple[int, int]) -> Mapping[str, Any]:
        """A cell as the file has it, with its outputs, by its notebook's number, from 0, and its own, from 1."""
        saved = self.notebooks[place[0]][1][place[1] - 1].saved
        return saved if isinstance(saved, dict) else {}

    def is_heading(self, cell: RawCell) -> bool:
        """Whether a text is nothing but the heading of a question."""
        alone = "\n" not in cell.source.strip() and len(cell.source) <= NAMES and "$" not in cell.source
        return alone and bool(self.given.question(cell))

    def _own(self, place: tuple[int, int]) -> str:
        """The lines of a cell that were not given."""
        lines = self.notebooks[place[0]][1][place[1] - 1].source.splitlines()
        return "\n".join(line for line in lines if " ".join(line.split()) not in self.given.lines)

    def _is_photo(self, place: tuple[int, int]) -> bool:
        """Whether a text cell holds a picture that was not given."""
        cell = self.notebooks[place[0]][1][place[1] - 1]
        return cell.kind != "code" and folded(cell.source) not in self.given.texts and bool(pictures(self.saved(place)))

    def places(self) -> Iterator[tuple[tuple[int, int], str]]:
        """Each cell, without those of the self-check, and the question whose heading is above it; "" for none."""
        for file, (_, cells) in enumerate(self.notebooks):
            for number, (cell, here) in enumerate(self.given.sections(cells), 1):
                if not CHECK.fullmatch(cell.source):
                    yield (file, number), here

    def essence(self, question: str, result: QuestionResult | None) -> str:
        """A digest of what a person reads: texts, pictures, comments in code, and code that no check judges.

        White space, and commands of LaTeX that change only the looks, do not count. It is "" if everything there is as
        students were given it, and no place that belongs to no answer has a long text or a formula of the student's.
        """
        judged = result is not None and result.possible > 0
        parts = [part for place in sorted(self.region(question, result)) for part in self._parts(place, judged)]
        words = [f.data for f in self.others if not f.path.lower().endswith(DATA) and f.data not in self.given.files]
        parts += [hashlib.sha256(data).hexdigest() for data in words]
        if not parts:  # perhaps it is in a place of its own, or below the heading of a question that nobody reads
            for place, here in self.places():
                if here not in self.given.read:
                    found = "".join(self._parts(place, True, code=not here))
                    parts += [found] if len(found) > NAMES or "$" in self._own(place) or self._is_photo(place) else []
        return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:16] if parts else ""

    def untouched(self, result: QuestionResult) -> bool:
        """Whether a person who reads this answer would find nothing that was not given.

        It is False for questions with figures, whose check looks for plots. It is also False where the notebook has no
        heading of the question: then a person looks.
        """
        asked = next((q for q in self.given.assignment.questions if q.id == result.id), None)
        if asked is None or asked.figures or not result.reviewed:
            return False
        return any(here == result.id for _, here in self.places()) and not self.essence(result.id, result)

    def _parts(self, place: tuple[int, int], judged: bool, *, code: bool = True) -> Iterator[str]:
        cell = self.notebooks[place[0]][1][place[1] - 1]
        if cell.kind != "code" and not self.is_heading(cell) and folded(cell.source) not in self.given.texts:
            if words := plain(self._own(place)):
                yield words
        elif cell.kind == "code" and code and folded(cell.source) not in self.given.texts:
            lines = [" ".join(line.split()) for line in cell.source.splitlines()]
            if judged:  # a person reads the comments only, and texts of several lines
                texts = "\n".join(TEXTS.findall(cell.source)).splitlines()
                lines = [line for line in lines if line[:1] == "#"] + [" ".join(line.split()) for line in texts]
            yield from (line for line in lines if line.strip("'\"# ") and line not in self.given.lines)
        yield from (hashlib.sha256(p.data.encode("utf-8", "replace")).hexdigest() for p in pictures(self.saved(place)))


# Commands that change how a formula looks and not what it says.
LOOKS = re.compile(
    r"\\(?:left|right|big|Big|bigg|Bigg|displaystyle|limits|nonumber|quad|qquad|[,;:! ]|begin\{\w+\*?\}|end\{\w+\*?\})"
    r"|\\(?=operatorname|mathrm|text|mbox)\w+|\$+|\\[\[\]()]|[&{}\s]|\\\\"
)


def plain(text: str) -> str:
    """A text without white space and without what changes only the looks of its formulas."""
    return LOOKS.sub("", text.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac").replace("\\cdot", "*"))


def text_of(value: Any) -> str:
    """The text of a notebook's field, which may be a list of lines; "" for anything else."""
    joined = "".join(v for v in value if isinstance(v, str)) if isinstance(value, list) else value
    return joined.encode("utf-8", "replace").decode() if isinstance(joined, str) else ""


def bundles(saved: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The data of each saved output, by media type; format 3 kept them as keys of the output itself."""
    outputs = saved.get("outputs")
    for output in outputs[:OUTPUTS] if isinstance(outputs, list) else ():
        if isinstance(output, dict):
            data = output.get("data")
            old = {f"image/{k}": output[k] for k in ("png", "jpeg") if k in output}
            yield data if isinstance(data, dict) else {**output, **old}


def pictures(saved: Mapping[str, Any]) -> list[Picture]:
    """The saved plots and pasted photos of a cell."""
    found = []
    for data in bundles(saved):
        kind = next((k for k in PICTURES if k in data), None)
        if kind:
            found.append(Picture(kind, text_of(data[kind])))
    attachments = saved.get("attachments")
    for data in attachments.values() if isinstance(attachments, dict) else ():
        kind = next((k for k in PICTURES if isinstance(data, dict) and k in data), None)
        if kind:
            found.append(Picture(kind, text_of(data[kind])))
    return found


def question_of(result: SubmissionResult, id: str) -> QuestionResult | None:
    """The result of one question."""
    return next((q for q in result.questions if q.id == id), None)


def with_untouched(result: SubmissionResult, submission: Submission, given: Given) -> SubmissionResult:
    """The result, in which answers that are as students were given them are `untouched`: nobody needs to read them."""
    if not any(q.reviewed for q in result.questions):
        return result
    answers = Answers(submission.loaded(), given)
    return replace(result, questions=tuple(replace(q, untouched=answers.untouched(q)) for q in result.questions))
