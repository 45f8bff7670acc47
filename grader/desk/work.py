"""The content of the marking page: one answer, its rubric and its marks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..assignment.spec import Question
from ..messages import say
from ..report.problems import Problem, problems
from ..report.student_page import standing as standing_badge
from ..report.words import Badge, number
from ..run.marks import Event, Standing, differ, points_of, shown
from .answers import Beside, Cell
from .classroom import Classroom

VIEWS = ("anonymous", "second", "look", "all")


@dataclass(frozen=True)
class View:
    """How a person reads: without names, as the second marker, only what somebody wants to see again, everything."""

    names: frozenset[str] = frozenset()
    marker: str = ""

    @classmethod
    def of(cls, text: str, marker: str) -> View:
        """The view that an address names."""
        return cls(frozenset(re.split(r"[ +,]", text)) & frozenset(VIEWS), marker)

    def __str__(self) -> str:
        return ",".join(sorted(self.names))


@dataclass(frozen=True)
class ItemLine:
    """A rubric item: its keys on the keyboard, its points, its words, and whether it is ticked."""

    key: str
    typed: str
    points: str
    words: str
    ticked: bool


@dataclass(frozen=True)
class OtherMark:
    """The mark of another person."""

    marker: str
    points: str
    comment: str
    at: str


@dataclass(frozen=True)
class WorkPage:
    """One answer on the marking page."""

    question: Question
    title: str
    code: str
    student: str  # "" for anonymous marking; all members of a group
    grouped: bool
    place: int
    count: int
    badge: Badge
    checks: str  # points of the checks and their maximum
    problems: tuple[Problem, ...]
    cells: list[Cell]
    beside: list[Beside]
    items: tuple[ItemLine, ...]
    typed: str  # the points that a person wrote
    total: str
    maximum: str
    comment: str
    second_look: bool
    settles: bool
    differs: bool
    others: tuple[OtherMark, ...]
    earlier: list[str]
    same: int
    untouched: bool
    seen: int
    marked: bool


def queue(room: Classroom, question: str, view: View) -> tuple[list[str], list[str]]:
    """The answers of a view in their order, and those of them that wait for this marker."""
    found = room.standings()
    rubric = room.rubric(question)

    def said(slug: str) -> Standing:
        return found.get((room.results[slug].student, question), Standing())

    def given(slug: str, marker: str | None = None) -> bool:
        marks = said(slug).marks.values()
        return any(points_of(e, rubric) is not None for e in marks if marker is None or e.marker == marker)

    slugs = room.to_read(question)
    if "look" in view.names:
        shown = [s for s in slugs if said(s).looks_again or differ(said(s), rubric)]
        return shown, shown
    if "second" in view.names:  # what somebody else marked
        shown = [s for s in slugs if any(m != view.marker for m in said(s).marks) or given(s, view.marker)]
        return shown, [s for s in shown if not given(s, view.marker)]
    return slugs, [s for s in slugs if not given(s) and not room.untouched(s, question)]


def work_page(room: Classroom, question: Question, slug: str, view: View) -> WorkPage:
    """The content for one answer; the slug is one of the question's answers."""
    language, id = room.language, question.id
    result, answer = room.results[slug], room.answer(slug, id)
    assert answer is not None
    rubric, said = room.rubric(id), room.standing(slug, id)
    second = "second" in view.names
    mine = said.marks.get(view.marker) if second else said.marks.get(view.marker) or said.counts
    hidden = second and mine is None  # the second marker decides before seeing the first one's points
    others = [e for e in said.marks.values() if e is not mine]
    slugs, _ = queue(room, id, view)
    first = room.first_member(slug)
    work = room.work(slug)
    cells = list(work.cells()) if "all" in view.names else work.answer(id, answer)
    points = points_of(mine, rubric) if mine else None
    return WorkPage(
        question, question.title.render(language), room.code(slug),
        student="" if "anonymous" in view.names else ", ".join((result.student, *result.together)),
        grouped=bool(result.together),
        place=slugs.index(first) + 1 if first in slugs else 0, count=len(slugs),
        badge=standing_badge(answer, language),
        checks=f"{number(answer.points)} / {number(answer.possible)}" if answer.possible else "",
        problems=problems(answer.findings, language), cells=cells, beside=work.beside(),
        items=tuple(
            ItemLine(item.key, str(n) if n < 10 else f"0{n}", shown(item.points), item.text.render(language),
                     mine is not None and item.key in mine.items)
            for n, item in enumerate(rubric, 1)
        ),
        typed=shown(mine.points) if mine and mine.points is not None else "",
        total="" if points is None else shown(points), maximum=number(answer.reviewed),
        comment=mine.comment if mine else "", second_look=bool(mine and mine.second_look),
        settles=bool(mine and mine.settles), differs=differ(said, rubric) and not hidden,
        others=() if hidden else tuple(_others(room, others)),
        earlier=room.earlier_comments(id), same=len(room.same(slug, id)), untouched=room.untouched(slug, id),
        seen=said.last, marked=points is not None,
    )  # fmt: skip


def _others(room: Classroom, events: Iterable[Event]) -> Iterable[OtherMark]:
    for event in events:
        points = points_of(event, room.rubric(event.question))
        nobody = say("somebody").render(room.language)
        at = event.at.replace("T", " ")[:16]
        yield OtherMark(event.marker or nobody, "" if points is None else shown(points), event.comment, at)
