"""The gradebooks that Canvas, Moodle, Brightspace and Blackboard export: fill in one column, by student."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import UsageError
from ..intake.people import Person, without_accents
from ..intake.roster import Roster, Row, squashed, students
from ..results import SubmissionResult
from .table import Table

SHOWN = 5  # names in a sentence; the others are counted

# Moodle translates its titles. In lower case, without accents and signs, like the others here.
MOODLE_GRADE = {"grade", "calificacion", "nota", "note", "bewertung", "valutazione", "beoordeling", "cijfer"}
MOODLE_COMMENTS = {"feedbackcomments", "comentariosderetroalimentacion", "comentariosdelaretroalimentacion"}
REFUSALS = {"no", "non", "nein", "nao", "nee"}  # below "Grade can be changed"


@dataclass(frozen=True)
class Gradebook:
    """The form of a platform's gradebook."""

    platform: str
    grades: Callable[[str], bool]  # whether a title is that of a column that takes grades
    bare: Callable[[str], str] = str  # the title as people know it


def _canvas(title: str) -> bool:
    return re.search(r" \(\d+\)$", title) is not None


def _brightspace(title: str) -> bool:
    return " Points Grade" in title and not title.startswith(("Calculated Final", "Adjusted Final"))


def _blackboard(title: str) -> bool:
    return re.search(r"\[[^\]]*: \d[\d.,]* [^\]]*\] \|\d+$", title) is not None


GRADEBOOKS = {
    "canvas": Gradebook("Canvas", _canvas, lambda title: re.sub(r" \(\d+\)$", "", title)),
    "moodle": Gradebook("Moodle", lambda title: _plain(title) in MOODLE_GRADE),
    "brightspace": Gradebook("Brightspace", _brightspace, lambda title: title.partition(" Points Grade")[0]),
    "blackboard": Gradebook("Blackboard", _blackboard, lambda title: title.partition(" [")[0]),
}


@dataclass(frozen=True)
class Graded:
    """A student's grade on its way to a platform; None if there is none."""

    result: SubmissionResult
    value: float | None
    comment: str = ""


@dataclass(frozen=True)
class Filled:
    """A gradebook with its new grades, and what the instructor should know about it."""

    data: bytes
    column: str
    count: int  # the cells with a grade from here
    sentences: tuple[str, ...]


def fill(
    platform: str,
    table: Table,
    grades: Sequence[Graded],
    *,
    column: str = "",
    titles: Collection[str] = (),
    top: float | None = None,
) -> Filled:
    """The gradebook with the grades in one column; every other byte stays as it is.

    `column` names the column, in full or without what the platform adds; "": the one with one of the assignment's
    `titles`, or the only one. `top` is the highest value that the grades can have. A cell whose student has no grade
    here stays as it is. Comments go to Moodle's column for them, as HTML.

    Raises UsageError if the column is not clear.
    """
    book = GRADEBOOKS[platform]
    values = table.values
    start, people = students(values, table.name)
    header = [title.strip() for title in values[start]]
    chosen = _column(book, table.name, header, column, titles, _readonly(values))
    matched = match(people, [g.result for g in grades], table.name)
    sentences = [*matched.sentences]
    comments = next((i for i, t in enumerate(header) if _plain(t) in MOODLE_COMMENTS), None)
    changed: list[str] = []
    locked: list[str] = []
    count = 0
    by_slug = {g.result.slug: g for g in grades}
    for i, result in matched.rows.items():
        graded = by_slug[result.slug]
        if graded.value is None:
            continue
        if why := _locked(platform, table, i, chosen):
            locked.append(f"{result.student} ({why})")
            continue
        count += 1
        text, before = table.number(graded.value), table.value(i, chosen)
        if not _same(before, graded.value):
            table.set(i, chosen, text)
            if before.strip(" -"):
                changed.append(f"{result.student} ({before} before, {text} now)")
        if graded.comment and comments is not None:
            table.set(i, comments, "<br>".join(map(html.escape, graded.comment.splitlines())))
    if locked:
        sentences.append(f"left as they are: {some(locked)}")
    if changed:
        sentences.append(f"{len(changed)} had another grade in {table.name}: {some(changed)}")
    if alone := [row.person.name for i, row in people.items() if i not in matched.rows and i not in matched.unclear]:
        sentences.append(f"{len(alone)} in {table.name} have no result here, and stay as they are: {some(alone)}")
    most = _most(platform, header[chosen], values, chosen)
    if top is not None and most is not None and abs(most - top) > 1e-9:
        sentences.append(
            f"the column is out of {most:g}, and these grades are out of {top:g}: on the platform, set the maximum to "
            f"{top:g}, or choose other numbers with --value"
        )
    return Filled(table.to_bytes(), header[chosen], count, tuple(sentences))


@dataclass(frozen=True)
class Matched:
    """The results by the number of their row, and a sentence about each student without one."""

    rows: Mapping[int, SubmissionResult]
    unclear: frozenset[int]  # rows that may be those of several students
    sentences: tuple[str, ...]


def match(people: Mapping[int, Row], results: Iterable[SubmissionResult], name: str) -> Matched:
    """The row of each student: that with the same number, login, address or whole name. A likely row is not enough."""
    roster = Roster(name, tuple(people.values()))
    lines_of: dict[Row, list[int]] = {}
    for i, row in people.items():
        lines_of.setdefault(row, []).append(i)
    found: dict[int, list[SubmissionResult]] = {}
    unclear: set[int] = set()
    sentences = []
    for result in results:
        who = person(result)
        lines = sorted({i for row in roster.certain(who) for i in lines_of[row]})
        if len(lines) == 1:
            found.setdefault(lines[0], []).append(result)
        elif lines:
            unclear |= {*lines}
            places = " and ".join(str(i + 1) for i in lines)
            sentences.append(f"{result.student} is not clear: the rows {places} of {name} fit; none was changed")
        else:
            likely = roster.match(who)
            meant = f"; {likely.person.name} is similar" if likely else ""
            sentences.append(f"{result.student} is not in {name} by name, number, login or address{meant}")
    for i, several in found.items():
        if len(several) > 1:
            unclear.add(i)
            names = " and ".join(result.student for result in several)
            sentences.append(f"{names} are the same row of {name}, row {i + 1}; it was not changed")
    one = {i: several[0] for i, several in found.items() if len(several) == 1 and i not in unclear}
    return Matched(one, frozenset(unclear), tuple(sentences))


def person(result: SubmissionResult) -> Person:
    """Whose result this is; the displayed name of namesakes ends in what tells them apart."""
    name = result.student
    for mark in filter(None, (result.id, result.login, result.email)):
        name = name.removesuffix(f" ({mark})")
    return Person(name, result.id, result.login, result.email, result.section, result.group)


def some(names: Sequence[str]) -> str:
    """The first names of a list, and the number of the others."""
    more = f" (+{len(names) - SHOWN})" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _column(
    book: Gradebook, name: str, header: Sequence[str], asked: str, titles: Collection[str], readonly: frozenset[int]
) -> int:
    columns = [i for i, t in enumerate(header) if book.grades(t) and i not in readonly]
    # A column that does not look like one for grades may be named: the instructor knows better.
    exact = [i for i, t in enumerate(header) if asked and t == asked.strip() and i not in readonly]
    wanted = {squashed(title) for title in ([asked] if asked else titles)}
    named = exact or [i for i in columns if squashed(book.bare(header[i])) in wanted]
    if len(named) != 1 and not asked:
        named = columns
    if len(named) == 1:
        return named[0]
    listed = ", ".join(f'"{header[i]}"' for i in columns)
    if not columns:
        raise UsageError(
            f"{name} has no column for grades as {book.platform} writes it: export it from the gradebook of "
            f"{book.platform}, or name the column with --column"
        )
    wrong = f"{name} has no column {asked!r}" if asked else f"{name} has several columns for grades"
    raise UsageError(f"{wrong}: name one of them with --column: {listed}")


def _readonly(values: Sequence[Sequence[str]]) -> frozenset[int]:
    """The columns that Canvas computes: "(read only)" stands below their title."""
    rows = [row for row in values[:6] if row and "Points Possible" in "".join(row[:2])]
    return frozenset(i for row in rows for i, cell in enumerate(row) if "read only" in cell)


def _locked(platform: str, table: Table, row: int, column: int) -> str:
    """Why a cell must not change; "" if it may."""
    if platform == "canvas" and table.value(row, column).strip().upper() in ("EX", "N/A"):
        return "excused" if table.value(row, column).strip().upper() == "EX" else "not assigned"
    # The columns "Maximum Grade" and "Grade can be changed" follow the grade.
    if platform == "moodle" and _plain(table.value(row, column + 2)) in REFUSALS:
        return "the platform says that the grade cannot be changed"
    return ""


def _most(platform: str, title: str, values: Sequence[Sequence[str]], column: int) -> float | None:
    """The highest grade of a column, where the gradebook tells it."""
    if platform == "canvas":
        texts = [row[column] for row in values[:6] if len(row) > column and "Points Possible" in "".join(row[:2])]
    elif platform == "moodle":
        texts = [row[column + 1] for row in values[1:2] if len(row) > column + 1]
    else:
        found = re.search(r"(?:MaxPoints:|: )(\d+(?:[.,]\d+)?)", title)
        texts = [found[1]] if found else []
    return _float(texts[0]) if texts else None


def _float(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def _same(before: str, value: float) -> bool:
    """Whether a cell holds this grade already, however it is written: 7.50 is 7.5."""
    number = _float(before)
    return number is not None and abs(number - round(value, 2)) < 1e-9


def _plain(title: str) -> str:
    return re.sub(r"[^a-z0-9]", "", without_accents(title).casefold())
