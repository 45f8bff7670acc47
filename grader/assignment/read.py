"""Read an assignment from its percent file, or from the files that it names as its parts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ..errors import AssignmentError
from ..sandbox.limits import Limits
from . import headers
from .course import Source
from .headers import Languages
from .names import defined, identifiers, parse, unknown
from .percent import Cell, split
from .read_question import QuestionCells, Reading, code_of, helpers_of, notebook_cells, read_question, solution_of
from .slips import Place, Slip, Slips, closest
from .spec import Assignment

LANGUAGES = ("es", "en")


def is_percent_file(file: Path) -> bool:
    """Whether a file's first line other than comments begins an assignment."""
    if file.suffix != ".py" or not file.is_file():
        return False
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        if re.match(r"#\s*%%\s*\S", line):
            return bool(re.match(r"#\s*%%\s+assignment\b", line))
        if line.strip() and not line.startswith("#"):
            return False
    return False


def read_assignment(file: Path) -> Assignment:
    """The assignment of a percent file. Raises AssignmentError with one sentence per slip."""
    slips = Slips()
    reading = Reading(file.resolve().parent, slips)
    cells = split(_text(file, reading), file.name, slips)
    if not cells or cells[0].kind != "assignment":
        slips.report()
        raise AssignmentError(f"{Place(file.name, 1)}: the file does not begin an assignment: write "
                              "`# %% assignment NAME: SPANISH | ENGLISH`")  # fmt: skip
    first = cells[0]
    with slips.at(first.place):
        for name in headers.words(first, "parts"):
            if not (reading.folder / name).is_file():
                line = headers.line(first, "parts")
                raise Slip(f"the part {name} is not beside the assignment: correct its name", line)
            cells += split(_text(reading.folder / name, reading), name, slips)
    reading.all_cells = not slips.sentences
    with slips.at(first.place):
        return _Assignment(first, cells[1:], reading).read()
    slips.report()
    raise AssertionError("a slip was reported")


def _text(file: Path, reading: Reading) -> str:
    reading.files.add(file.resolve())
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{file.name}, line 1: the file cannot be read ({error}): save it as UTF-8") from error


def _begun(above: list[Cell], file: str, other: str) -> list[Cell]:
    """Take the texts and the given code at the beginning of a part file from the cells that they stand below."""
    found = [cell for cell in above if cell.file == file != other and cell.kind in ("text", "given")]
    above[:] = [cell for cell in above if cell not in found]
    return found


class _Assignment:
    def __init__(self, first: Cell, cells: list[Cell], reading: Reading) -> None:
        self.first, self.reading, self.slips = first, reading, reading.slips
        starts = [k for k, cell in enumerate(cells) if cell.kind == "question"]
        self.shared = cells[: starts[0]] if starts else cells
        ends = [*starts[1:], len(cells)]
        self.questions = [cells[a:b] for a, b in zip(starts, ends, strict=False)]
        above = [self.shared, *self.questions]
        files = [first.file, *(cells_[0].file for cells_ in self.questions)]
        self.before = [_begun(above[k], files[k + 1], files[k]) for k in range(len(self.questions))]
        self.cells = cells

    def read(self) -> Assignment:
        first, slips = self.first, self.slips
        names = headers.words(first, "languages") or LANGUAGES
        if strange := set(names) - set(LANGUAGES):
            line = headers.line(first, "languages")
            raise Slip(f"`{min(strange)}` is not a language: write `languages: es, en`", line)
        self.learn(names)
        name, _, title = (part.strip() for part in first.title.partition(":"))
        if not re.fullmatch(r"[\w.-]+", name):
            raise Slip("the assignment has no name: write `# %% assignment NAME: SPANISH | ENGLISH`")
        given, helpers = self.sources("given", self.cells), self.sources("helper", self.shared)
        cells = notebook_cells((c for c in self.shared if c.kind in ("text", "given", "template")), self.reading, False)
        for cell in self.shared:
            with slips.at(cell.place):
                if cell.kind not in ("text", "given", "template", "helper"):
                    raise Slip(f"a {cell.kind} cell belongs to a question: write `# %% question ID: ...` above it")
        for cell in (c for c in self.cells if c.kind == "assignment"):
            with slips.at(cell.place):
                raise Slip("the assignment begins twice: remove this cell")
        read = []
        for cells_, before in zip(self.questions, self.before, strict=True):
            beginning = notebook_cells(before, self.reading, False)
            if (found := read_question(cells_, self.reading)) is not None:
                read.append(replace(found, question=replace(found.question, before=beginning)))
        self.check(read, given, helpers)
        slips.report()
        if not read:
            raise Slip("the assignment has no question: add a cell `# %% question ID: SPANISH | ENGLISH`")
        default = Limits()
        return Assignment(
            name, self.reading.languages.text(title or name), tuple(r.question for r in read), headers.scale(first),
            language=headers.one_of(first, "language", names), languages=names,
            limits=replace(
                default,
                call_s=headers.seconds(first, "limit") or default.call_s,
                load_s=headers.seconds(first, "load limit") or default.load_s,
                submission_s=headers.seconds(first, "submission limit") or default.submission_s,
                memory_mb=headers.megabytes(first, "memory", default.memory_mb),
            ),
            given=given, helpers=helpers, cells=cells,
            mistakes=tuple(m for r in read for m in r.mistakes),
            right=tuple(e for r in read for e in r.right), hostile=tuple(e for r in read for e in r.hostile),
            preload=headers.words(first, "preload"), data=self.data(),
            examples=self.path("examples"), template=self.path("template"),
            folder=self.reading.folder, fingerprint=self.fingerprint(),
        )  # fmt: skip

    def learn(self, languages: tuple[str, ...]) -> None:
        """Find the names of all code first: a title may be one of them, and tests may use them."""
        names: set[str] = set()
        words: set[str] = set()
        quiet = replace(self.reading, slips=Slips())
        for cell in self.cells:
            with quiet.slips.at(cell.place):
                sources: tuple[Source, ...] = ()
                if cell.kind == "solution":
                    sources = solution_of(cell, quiet)
                elif cell.kind == "helper":
                    sources = helpers_of(cell, quiet)
                elif cell.kind in ("given", "test"):
                    sources = (code_of(cell),)
                for source in sources:
                    tree = parse(source)
                    words |= identifiers(tree)
                    if cell.kind in ("given", "solution") or cell in self.shared:
                        names |= defined(tree)
        self.reading.languages = Languages(languages, frozenset(words))
        self.reading.names = frozenset(names)
        self.reading.complete = self.reading.all_cells and not quiet.slips.sentences

    def sources(self, kind: str, cells: Iterable[Cell]) -> tuple[Source, ...]:
        found: list[Source] = []
        for cell in (c for c in cells if c.kind == kind):
            with self.slips.at(cell.place):
                made = (code_of(cell),) if kind == "given" else helpers_of(cell, self.reading)
                for source in made if kind == "helper" and self.reading.complete else ():
                    for name, line in unknown(source, self.reading.names | {"torch", "math"}).items():
                        near = closest(name, self.reading.names) or "import it inside the helper, or in a given cell"
                        raise Slip(f"nobody defines `{name}`: {near}", line if source.file == cell.file else 0)
                found += made
        return tuple(found)

    def data(self) -> tuple[str, ...]:
        names = headers.words(self.first, "data")
        if missing := [name for name in names if not (self.reading.folder / name).is_file()]:
            raise Slip(f"the data file {missing[0]} is not beside the assignment: correct its name",
                       headers.line(self.first, "data"))  # fmt: skip
        self.reading.files |= {self.reading.folder / name for name in names}
        return names

    def path(self, key: str) -> Path | None:
        written = headers.value(self.first, key)
        return (self.reading.folder / written).resolve() if written else None

    def fingerprint(self) -> str:
        """A hash of every file that was read; of an assignment in a folder, of all its Python files too."""
        folder = self.reading.folder
        files = self.reading.files | (set(folder.rglob("*.py")) if self.first.file == "assignment.py" else set())
        digest = hashlib.sha256()
        for file in sorted(files):
            content = file.read_bytes()
            digest.update(f"{file.relative_to(folder).as_posix()}:{len(content)}:".encode() + content)
        return digest.hexdigest()

    def check(self, read: list[QuestionCells], given: tuple[Source, ...], helpers: tuple[Source, ...]) -> None:
        """Check what concerns several questions."""
        seen: dict[str, Cell] = {}
        questions = {r.question.id: r.question for r in read}
        ids = [cells[0].question for cells in self.questions]
        for cells in self.questions:
            title, id = cells[0], cells[0].question
            with self.slips.at(title.place):
                if id in seen:
                    raise Slip(f"two questions have the id {id}, the other in line {seen[id].line} of {seen[id].file}: "
                               "change one")  # fmt: skip
                seen[id] = title
        tried = {cell.question for cell in self.cells if cell.kind == "stand-in"}
        for question in questions.values():
            title = seen[question.id]
            with self.slips.at(title.place):
                for needed in question.needs:
                    line = headers.line(title, "needs")
                    if needed not in ids:
                        others = tuple(id for id in ids if id != question.id)
                        known = closest(needed, others) or f"write one of {', '.join(others)}"
                        raise Slip(f"`needs` names the question {needed}, which the assignment lacks: {known}", line)
                    other = questions.get(needed)
                    if other and question.carried and other.names and needed not in tried and self.reading.all_cells:
                        raise Slip(f"the question needs {needed}, which has no stand-in for wrong answers: add a cell "
                                   f"`# %% stand-in {' '.join(other.names)}` to question {needed}", line)  # fmt: skip
        for mistake in (m for r in read for m in r.mistakes):
            with self.slips.at(Place(mistake.source.file, mistake.source.line, mistake.question)):
                if strange := [id for id in mistake.also if id not in ids]:
                    raise Slip(f"`also` names the question {strange[0]}, which the assignment lacks: correct it")
