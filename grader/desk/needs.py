"""What needs a person besides reading, in one list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..choices import CHOICES
from ..copies.outputs import read_copies
from ..copies.page import copies_page
from ..report.copies_page import CopiesPage, PairView
from ..report.lacks import lacks
from ..report.words import number, prose, sentence
from ..results import Status, SubmissionResult, Verdict
from ..run.marks import Standing
from ..run.names import near_names
from ..run.requests import requests
from .classroom import Classroom


@dataclass(frozen=True)
class Line:
    """A student, a question ("" for the whole submission) and a sentence."""

    student: str
    code: str
    question: str
    words: str


@dataclass(frozen=True)
class Near:
    """A near name that one click accepts: the students who have it."""

    asked: str
    used: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Flag:
    """A use of a forbidden name, and what a person may decide."""

    line: Line
    points: str
    unpenalised: str  # "" if the points were not taken
    decided: str  # the points that a person decided on; "" if nobody has


@dataclass(frozen=True)
class Asked:
    """A student's request to mark an answer again."""

    line: Line
    done: bool  # somebody has marked the answer since


@dataclass(frozen=True)
class Needs:
    """The whole list."""

    unreadable: tuple[Line, ...]
    faults: tuple[Line, ...]
    choices: tuple[Line, ...]
    near: tuple[Near, ...]
    flags: tuple[Flag, ...]
    timeouts: tuple[Line, ...]
    absent: tuple[str, ...]
    unknown: tuple[Line, ...]
    packages: tuple[str, ...]
    misplaced: tuple[Line, ...]
    copies: tuple[PairView, ...]
    requests: tuple[Asked, ...]

    @property
    def empty(self) -> bool:
        """Whether nobody is needed."""
        return not any(vars(self).values())


def needs(room: Classroom) -> Needs:
    """What needs a person in a class."""
    language, said = room.language, room.standings()
    copies = likely_copies(room)
    everybody = list(room.results.values())
    results = [r for r in everybody if room.first_member(r.slug) == r.slug]  # a group is there once
    graded = [r for r in results if r.status is Status.GRADED]

    def line(result: SubmissionResult, question: str, words: str) -> Line:
        return Line(result.student, room.code(result.slug), question, words)

    def whole(status: Status) -> tuple[Line, ...]:
        return tuple(line(r, "", prose(r.notes, language)) for r in results if r.status is status)

    near: dict[tuple[str, str], list[Line]] = {}
    for one in near_names(graded):
        for used in one.found:
            near.setdefault((one.asked, used), []).append(line(room.results[one.slug], one.question, ""))
    timeouts = [
        line(r, q.id, q.findings[0].message.render(language) if len(q.findings) == 1 else "")
        for r in graded
        for q in r.questions
        if any(f.verdict is Verdict.TIMED_OUT for f in q.findings)
    ]
    return Needs(
        unreadable=whole(Status.UNREADABLE),
        faults=whole(Status.GRADER_FAULT),
        choices=tuple(line(r, "", sentence(n, language)) for r in graded for n in r.notes if n.template in CHOICES),
        near=tuple(Near(asked, used, tuple(lines)) for (asked, used), lines in near.items()),
        flags=tuple(_flags(room, graded, said, line)),
        timeouts=tuple(timeouts),
        absent=tuple(r.student for r in everybody if r.status is Status.ABSENT),
        unknown=tuple(line(r, "", r.file) for r in everybody if r.in_roster is False),
        packages=tuple(m.render(language) for m in lacks(graded)),
        misplaced=tuple(line(r, "", r.misplaced.render(language)) for r in graded if r.misplaced is not None),
        copies=copies.pairs if copies else (),
        requests=tuple(_requests(room)),
    )


def _flags(room: Classroom, graded: Iterable[SubmissionResult], said: object, line: object) -> Iterable[Flag]:
    for r in graded:
        for q in r.questions:
            found = [f for f in q.findings if f.verdict is Verdict.FORBIDDEN]
            if found:
                checks = said.get((r.student, q.id), Standing()).checks  # type: ignore[attr-defined]
                decided = number(float(checks.points)) if checks and checks.points is not None else ""
                words = " ".join(sentence(f.message, room.language) for f in found[:3])
                told = line(r, q.id, words)  # type: ignore[operator]
                yield Flag(told, number(q.points), "" if q.unpenalised is None else number(q.unpenalised), decided)


def likely_copies(room: Classroom) -> CopiesPage | None:
    """The page of `grade copies`; None before it was run."""
    found = read_copies(room.out)
    return copies_page(found, room.assignment, room.language) if found else None


def _requests(room: Classroom) -> Iterable[Asked]:
    slugs = {r.student: slug for slug, r in room.results.items()}
    for one in requests(room.book):
        if one.student in slugs:
            yield Asked(Line(one.student, room.code(slugs[one.student]), one.question, one.words), one.done)
