"""The class at the desk: search, filters, distribution, difficulty, discrimination, and the commonest mistakes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, pstdev
from urllib.parse import urlencode

from ..messages import say
from ..report.class_page import PageLink
from ..report.histogram import Histogram, histogram
from ..report.words import badge, number, status_badge
from ..results import QuestionResult, SubmissionResult, Verdict
from ..run.outputs import with_marks
from .classroom import Classroom

MISTAKES = 15
MADE_BY = 100  # students who are named for one mistake
ROWS = 500  # students on one page
RIGHT = 0.999  # the share of the points from which an answer counts as right


@dataclass(frozen=True)
class QuestionRow:
    """Difficulty and discrimination of a question."""

    id: str
    title: str
    count: int
    difficulty: str
    discrimination: str
    width: float  # of the bar, of 50


@dataclass(frozen=True)
class MistakeRow:
    """A mistake and the first students who made it, as (code, name)."""

    question: str
    words: str
    count: int
    students: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class StudentRow:
    """A student's points."""

    code: str
    student: str
    facts: str
    grade: str
    total: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class ClassView:
    """Everything that the page prints."""

    search: str
    chosen: Mapping[str, str]
    choices: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]
    count: int
    found: int
    mean: str
    histogram: Histogram | None
    questions: tuple[QuestionRow, ...]
    mistakes: tuple[MistakeRow, ...]
    rows: tuple[StudentRow, ...]
    pages: tuple[PageLink, ...]  # of the students that were found


def class_view(room: Classroom, asked: Mapping[str, str]) -> ClassView:
    """The class, or the students that a search and filters leave."""
    language, said = room.language, room.standings()
    complete = not room.run.only
    marked = {event.student for event in room.book.events()}
    everybody = [
        with_marks(r, room.book.marks(r.student) if r.student in marked else {}, room.assignment, complete=complete)
        for r in room.results.values()
    ]
    markers = {(student, m) for (student, _), standing in said.items() for m in standing.marks}
    chosen = {name: asked.get(name, "") for name in ("question", "verdict", "section", "marker")}
    found = [r for r in everybody if _fits(r, asked.get("search", ""), chosen, markers)]
    page = int(asked["page"]) if asked.get("page", "").isdecimal() else 1
    grades = [r.grade for r in found if r.grade is not None]
    scale = room.assignment.scale
    questions = room.assignment.questions
    return ClassView(
        search=asked.get("search", ""),
        chosen=chosen,
        choices=(
            ("question", say("Question").render(language), tuple((q.id, q.id) for q in questions)),
            ("verdict", say("Verdict").render(language), tuple((v.value, badge(v, language).word) for v in Verdict)),
            (
                "section",
                say("Section").render(language),
                tuple((s, s) for s in sorted({r.section for r in everybody} - {""})),
            ),
            ("marker", say("Marker").render(language), tuple((m, m) for m in sorted({m for _, m in markers} - {""}))),
        ),
        count=len(everybody),
        found=len(found),
        mean=f"{mean(grades):.{scale.decimals + 1}f}" if grades else "",
        histogram=histogram(grades, scale),
        questions=tuple(_question(q.id, q.title.render(language), found) for q in questions),
        mistakes=tuple(_mistakes(room, found, chosen["question"])),
        rows=tuple(_row(room, r) for r in found[(page - 1) * ROWS : page * ROWS]),
        pages=tuple(
            PageLink(found[first].student, found[min(first + ROWS, len(found)) - 1].student,
                     "?" + urlencode({**asked, "page": n}), n == page)
            for n, first in enumerate(range(0, len(found), ROWS), 1)
        ),
    )  # fmt: skip


def _fits(result: SubmissionResult, search: str, chosen: Mapping[str, str], markers: set[tuple[str, str]]) -> bool:
    names = " ".join((result.student, result.id, result.login, result.email, result.file)).casefold()
    if search.strip().casefold() not in names:
        return False
    if chosen["section"] and result.section != chosen["section"]:
        return False
    if chosen["marker"] and (result.student, chosen["marker"]) not in markers:
        return False
    asked = [q for q in result.questions if chosen["question"] in ("", q.id)]
    return not chosen["verdict"] or any(q.verdict == chosen["verdict"] for q in asked)


def _share(question: QuestionResult) -> float | None:
    possible = question.possible + (question.reviewed if question.awarded is not None else 0.0)
    return (question.points + (question.awarded or 0.0)) / possible if possible else None


def _question(id: str, title: str, results: Sequence[SubmissionResult]) -> QuestionRow:
    pairs = [(share, r.total - q.points - (q.awarded or 0.0)) for r in results for q in r.questions
             if q.id == id and (share := _share(q)) is not None]  # fmt: skip
    difficulty = mean(share for share, _ in pairs) if pairs else 0.0
    found = point_biserial([share >= RIGHT for share, _ in pairs], [rest for _, rest in pairs])
    shown = "–" if found is None else f"{found:.2f}"
    return QuestionRow(id, title, len(pairs), f"{difficulty:.2f}" if pairs else "–", shown, round(50 * difficulty, 1))


def point_biserial(right: Sequence[bool], rest: Sequence[float]) -> float | None:
    """The correlation of a right answer with the rest of the points; None if all are right, wrong or equal."""
    yes = [x for ok, x in zip(right, rest, strict=True) if ok]
    no = [x for ok, x in zip(right, rest, strict=True) if not ok]
    spread = pstdev(rest) if rest else 0.0
    if not yes or not no or spread < 1e-9:
        return None
    share = len(yes) / len(rest)
    return (mean(yes) - mean(no)) / spread * math.sqrt(share * (1 - share))


def _mistakes(room: Classroom, results: Sequence[SubmissionResult], question: str) -> list[MistakeRow]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for r in results:
        for q in r.questions:
            for f in q.findings if question in ("", q.id) else ():
                why = f.hint.render(room.language) if f.misconceptions else ""
                why = why or (f.cause.render(room.language) if f.cause else "")
                if f.scored and not f.passed and why:
                    found.setdefault((q.id, why), {})[room.code(r.slug)] = r.student
    most = sorted(found.items(), key=lambda item: -len(item[1]))[:MISTAKES]
    return [MistakeRow(id, why, len(made), tuple(made.items())[:MADE_BY]) for (id, why), made in most]


def _row(room: Classroom, result: SubmissionResult) -> StudentRow:
    points = {q.id: number(q.points + (q.awarded or 0.0)) for q in result.questions}
    grade = "" if result.grade is None else f"{result.grade:.{room.assignment.scale.decimals}f}"
    ungraded = status_badge(result.status, room.language)
    facts = " · ".join(filter(None, (result.id, result.section, ungraded.word if ungraded else "")))
    cells = tuple(points.get(q.id, "") for q in room.assignment.questions)
    return StudentRow(room.code(result.slug), result.student, facts, grade, number(result.total), cells)
