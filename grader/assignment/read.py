"""Read an assignment from its percent file, or from the files that it names as its parts."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

from ..errors import AssignmentError
from ..sandbox.limits import Limits
from .course import Mistake, Source
from .headers import Languages
from .late import LatePolicy, policy_of
from .names import calls_of, defined, identifiers, parse
from .percent import Cell, split
from .read_question import NOTEBOOK, Reading, notebook_cells, read_question, sources_of
from .read_test import STATEMENTS, check_names
from .slips import Place, Slip, Slips, closest
from .spec import Assignment, Question


def read_assignment(file: Path) -> Assignment:
    """The assignment of a percent file. Raises AssignmentError with one sentence per slip."""
    slips = Slips()
    reading = Reading(file.resolve().parent, slips)
    cells = split(_text(file, reading), file.name, slips)
    if not cells or cells[0].kind != "assignment":
        slips.report()
        raise AssignmentError(f"{Place(file.name, 1)}: the file does not begin an assignment: write "
                              "`# %% assignment NAME: SPANISH | ENGLISH`")  # fmt: skip
    first = cells.pop(0)
    for name in _beside(first, "parts", reading):
        cells += split(_text(reading.folder / name, reading), name, slips)
    reading.all_cells = not slips.sentences
    with slips.at(first.place):
        return _Assignment(first, cells, reading).read()
    slips.report()
    raise AssertionError("a slip was reported")


def _text(file: Path, reading: Reading) -> str:
    reading.files.add(file.resolve())
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{file.name}, line 1: the file cannot be read ({error}): save it as UTF-8") from error


def _late(first: Cell) -> LatePolicy | None:
    """The late policy of the headers `deadline` and `late`."""
    deadline, late = first.get("deadline"), first.get("late")
    if deadline is None and late is not None:
        raise Slip("`late` needs a deadline: write `deadline: 2026-11-30 23:59 America/Santiago`", first.lines["late"])
    return None if deadline is None else policy_of(deadline, late)


def _beside(first: Cell, key: str, reading: Reading) -> tuple[str, ...]:
    """The files that a header names, those that are there."""
    found = []
    for name in first.get(key):
        with reading.slips.at(first.place):
            if not (reading.folder / name).is_file():
                raise Slip(f"`{key}` names {name}, which is not beside the assignment: correct it", first.lines[key])
            reading.files.add(reading.folder / name)
            found.append(name)
    return tuple(found)


class _Assignment:
    def __init__(self, first: Cell, cells: list[Cell], reading: Reading) -> None:
        self.first, self.cells, self.reading, self.slips = first, cells, reading, reading.slips
        self.shared: list[Cell] = []
        self.questions: list[list[Cell]] = []
        self.before: list[list[Cell]] = []  # of each question: the cells above it at the beginning of a part file
        begun: list[Cell] = []
        for above, cell in zip([first, *cells], cells):  # noqa: B905
            if cell.kind == "question":
                self.questions.append([cell])
                self.before.append(begun)
                begun = []
            elif cell.kind in NOTEBOOK and cell.file != first.file and (cell.file != above.file or above in begun):
                begun.append(cell)
            else:
                (self.questions[-1] if self.questions else self.shared).append(cell)

    def read(self) -> Assignment:
        first, slips, reading = self.first, self.slips, self.reading
        self.learn()
        name, _, title = (part.strip() for part in first.title.partition(":"))
        if not re.fullmatch(r"[\w.-]+", name):
            raise Slip("the assignment has no name: write `# %% assignment NAME: SPANISH | ENGLISH`")
        given, helpers = self.sources("given", self.cells), self.sources("helper", self.shared)
        cells = notebook_cells(self.shared, reading)
        for cell in self.cells:
            with slips.at(cell.place):
                if cell.kind == "assignment":
                    raise Slip("the assignment begins twice: remove this cell")
                if cell in self.shared and cell.kind not in (*NOTEBOOK, "helper"):
                    raise Slip(f"a {cell.kind} cell belongs to a question: write `# %% question ID: ...` above it")
        read = [read_question(*both, reading) for both in zip(self.questions, self.before, strict=True)]
        questions = tuple(question for question in read if question is not None)
        self.check(questions)
        data, parts = _beside(first, "data", reading), Limits()
        slips.report()
        if not questions:
            raise Slip("the assignment has no question: add a cell `# %% question ID: SPANISH | ENGLISH`")
        examples, template = ((reading.folder / first.get(key)).resolve() if first.get(key) else None
                              for key in ("examples", "template"))  # fmt: skip
        return Assignment(
            name, reading.languages.text(title or name), questions, first.get("scale"),
            language=first.get("language") or reading.languages.names[0], languages=reading.languages.names,
            limits=replace(
                parts,
                call_s=first.get("limit") or parts.call_s,
                load_s=first.get("load limit") or parts.load_s,
                submission_s=first.get("submission limit") or parts.submission_s,
                memory_mb=first.get("memory") or parts.memory_mb,
            ),
            given=given, helpers=helpers, cells=tuple(cells), mistakes=tuple(reading.mistakes),
            right=tuple(reading.right), narrow=tuple(reading.narrow), hostile=tuple(reading.hostile),
            preload=first.get("preload"), packages=first.get("packages"), data=data,
            examples=examples, template=template, late=_late(first), folder=reading.folder,
            file=reading.folder / first.file, fingerprint=self.fingerprint(),
        )  # fmt: skip

    def learn(self) -> None:
        """Find the names of all code first: a title may be one of them, and tests may use them."""
        names, words = set[str](), set[str]()
        quiet = replace(self.reading, slips=Slips())
        for cell in (c for c in self.cells if c.kind in ("solution", "helper", "given", "test")):
            with quiet.slips.at(cell.place):
                for tree in map(parse, sources_of(cell, quiet)):
                    words |= identifiers(tree)
                    if cell.kind in ("given", "solution") or cell in self.shared:
                        names |= defined(tree)
        self.reading.languages = Languages(self.first.get("languages"), frozenset(words))
        self.reading.names = frozenset(names)
        self.reading.complete = self.reading.all_cells and not quiet.slips.sentences

    def sources(self, kind: str, cells: list[Cell]) -> tuple[Source, ...]:
        found: list[Source] = []
        for cell in (c for c in cells if c.kind == kind):
            with self.slips.at(cell.place):
                made = sources_of(cell, self.reading)
                for source in made if kind == "helper" and self.reading.complete else ():
                    check_names(source, self.reading.names | STATEMENTS | {"torch", "math"}, cell)
                found += made
        return tuple(found)

    def fingerprint(self) -> str:
        """A hash of every file that was read; of an assignment in a folder, of all its Python files too.

        The deadline and the late policy are left out: they are arithmetic about results, and no reason to judge again.
        """
        folder = self.reading.folder
        files = self.reading.files | (set(folder.rglob("*.py")) if self.first.file == "assignment.py" else set())
        digest = hashlib.sha256()
        for file in sorted(files):
            content = file.read_bytes()
            if file == folder / self.first.file:
                arithmetic = {self.first.lines.get(header) for header in ("deadline", "late")}
                lines = content.splitlines(keepends=True)
                content = b"".join(line for n, line in enumerate(lines, 1) if n not in arithmetic)
            digest.update(f"{file.relative_to(folder).as_posix()}:{len(content)}:".encode() + content)
        return digest.hexdigest()

    def check(self, questions: tuple[Question, ...]) -> None:
        """Check what concerns several questions."""
        seen: dict[str, Cell] = {}
        for title, *_ in self.questions:
            with self.slips.at(title.place):
                other = seen.setdefault(title.question, title)
                if other is not title:
                    raise Slip(f"two questions have the id {title.question}, the other in line {other.line} of "
                               f"{other.file}: change one")  # fmt: skip
        answered, titles = {q.id: q for q in questions}, {(c[0].file, c[0].line): c[0] for c in self.questions}
        with_stand_in = {cell.question for cell in self.cells if cell.kind == "stand-in"}
        for question in (q for q in questions if q.needs):
            title = titles[question.file, question.line]
            with self.slips.at(title.place):
                for needed in question.needs:
                    line = title.lines["needs"]
                    if needed not in seen:
                        others = [id for id in seen if id != question.id]
                        known = closest(needed, others, f"write one of {', '.join(others)}")
                        raise Slip(f"`needs` names the question {needed}, which the assignment lacks: {known}", line)
                    names = answered[needed].names if needed in answered and question.carried else ()
                    if names and needed not in with_stand_in and self.reading.all_cells:
                        raise Slip(f"the question needs {needed}, which has no stand-in for wrong answers: add a cell "
                                   f"`# %% stand-in {' '.join(names)}` to question {needed}", line)  # fmt: skip
                    stand_ins = answered[needed].stand_ins if needed in answered else ()
                    for name in (name for one in stand_ins for name in calls_of(parse(one.source))):
                        below = tuple(f[:-1] for f in question.forbidden if f.endswith(".*"))
                        if name in question.forbidden or name.startswith(below):
                            raise Slip(f"a stand-in of question {needed} calls `{name}`, which this question forbids: "
                                       "such a call costs the student, so write other code", line)  # fmt: skip
        for mistake in self.reading.mistakes:
            with self.slips.at(Place(mistake.source.file, mistake.source.line, mistake.question)):
                if strange := [id for id in mistake.also if id not in seen]:
                    raise Slip(f"`also` names the question {strange[0]}, which the assignment lacks: correct it")
                if mistake.repeats:
                    self.check_repeated(mistake, questions)

    def check_repeated(self, mistake: Mistake, questions: tuple[Question, ...]) -> None:
        """A mistake repeats one of an earlier question, and its own question says what that costs."""
        ids = [question.id for question in questions]
        if mistake.question not in ids:
            return  # a slip hides it
        place = ids.index(mistake.question)
        earlier = [m.name for m in self.reading.mistakes if m.question in ids[:place]]
        if mistake.repeats not in earlier and self.reading.all_cells:
            advice = closest(mistake.repeats, earlier, "write the name of one of them")
            raise Slip(f"`repeats` names {mistake.repeats}, which is not a mistake of an earlier question: {advice}")
        if questions[place].again == 1:
            raise Slip(f"{mistake.name} repeats an earlier mistake, and question {mistake.question} does not say what "
                       "it costs then: write `again: 0.25` below its title")  # fmt: skip
