"""The content of the class page: the grades, the questions, and the submissions that need a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .histogram import Histogram
from .words import Badge

if TYPE_CHECKING:  # at run time a page needs no torch, which `spec` imports
    from ..assignment.spec import Question, Scale

PER_PAGE = 1000  # students; a browser takes a second for the table


@dataclass(frozen=True)
class RunFacts:
    """The facts of this run that an instructor needs in order to repeat it."""

    questions: tuple[Question, ...]  # in the table's order
    scale: Scale
    sandbox: str  # "bwrap", "landlock" or "none"
    device: str = ""
    salt: str = ""
    started: str = ""
    seconds: float = 0.0
    lanes: int = 1
    version: str = ""
    command: str = ""
    roster: str = ""  # the file's name; "" without a roster
    left_out: tuple[str, ...] = ()  # files that were taken for nobody's submission
    perhaps_same: tuple[tuple[str, str], ...] = ()  # students who may be one person


@dataclass(frozen=True)
class Attention:
    """An item that a person must look at."""

    badge: Badge
    student: str
    link: str
    message: str
    fault: str = ""


@dataclass(frozen=True)
class Misplaced:
    """A submission that seems to belong to another assignment: that one's title, or ""."""

    student: str
    link: str
    title: str


@dataclass(frozen=True)
class Reading:
    """Points of a question that a person must still give."""

    id: str
    title: str
    points: str
    waiting: int


@dataclass(frozen=True)
class QuestionRow:
    """The results of the class in one question."""

    id: str
    title: str
    bonus: bool
    points: str
    full: int
    part: int
    none: int
    absent: int
    share: int | None  # mean of the earned points, in per cent of the points by checks
    cause: str
    cause_count: int


@dataclass(frozen=True)
class TableCell:
    """One entry of the table of students; `sort` is its key when the column is sorted."""

    text: str
    sort: float
    badge: Badge | None


@dataclass(frozen=True)
class StudentRow:
    """One student: a cell per question, the total and the grade."""

    student: str
    link: str
    file: str
    badge: Badge | None  # None: graded without a remark
    facts: str  # id, section, group, lateness: what is known of them
    cells: tuple[TableCell, ...]
    total: TableCell
    grade: TableCell


@dataclass(frozen=True)
class PageLink:
    """A page of students: the names of its first and last one, its file, and whether it is the one shown."""

    first: str
    last: str
    link: str
    current: bool


@dataclass(frozen=True)
class AttemptLine:
    """One attempt of a student."""

    number: int
    file: str
    submitted: str
    late: str
    counts: bool


@dataclass(frozen=True)
class AttemptsRow:
    """A student with several attempts."""

    student: str
    link: str
    attempts: tuple[AttemptLine, ...]


@dataclass(frozen=True)
class ClassPage:
    """Everything that the class page prints, in words of the reader's language."""

    language: str
    assignment: str
    size: int
    graded: int
    mean: str
    median: str
    by_hand: str  # whether the grades include the points that people give; "" where people give none
    histogram: Histogram | None
    without_grade: int
    unprotected: bool
    attention: Sequence[Attention]
    environment: tuple[str, ...]  # what this machine lacks
    misplaced: Sequence[Misplaced]
    readings: tuple[Reading, ...]
    questions: tuple[QuestionRow, ...]
    students: Sequence[StudentRow]
    absent: str  # the students of the roster who submitted nothing
    unknown: str  # those who submitted and are not in the roster
    attempts: Sequence[AttemptsRow]
    scale: str
    sandbox: str
    duration: str
    lanes: str
    python: str
    started: str
    run: RunFacts

    def rows(self, number: int) -> Sequence[StudentRow]:
        """The students on a page."""
        return self.students[(number - 1) * PER_PAGE : number * PER_PAGE]

    def pages(self, number: int = 1) -> tuple[PageLink, ...]:
        """The pages on which the students are; `number` is the one that is shown."""
        count = len(self.students)
        return tuple(
            PageLink(
                self.students[first].student, self.students[min(first + PER_PAGE, count) - 1].student,
                page_name(n), n == number,
            )
            for n, first in enumerate(range(0, count, PER_PAGE), 1)
        )  # fmt: skip


def page_name(number: int) -> str:
    """The file of a page of the class, from 1."""
    return "index.html" if number == 1 else f"index-{number}.html"
