"""The content of the class page: the grades, the questions, and the submissions that need a person."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..choices import CHOICES
from ..messages import Message, Text, say
from ..results import Finding, QuestionResult, Status, SubmissionResult, Verdict
from .lacks import lacks
from .student_page import scale_text, standing
from .words import Badge, badge, ngettext, number, prose, sentence

if TYPE_CHECKING:  # at run time a page needs no torch, which `spec` imports
    from ..assignment.spec import Question, Scale

# Twelve bars are 0.5 each on a scale of 1 to 7; at 26 units each they fit a phone.
BARS = 12


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
class HistogramBar:
    """One bar of the histogram: grades in [low, high), the last one in [low, high]."""

    label: str
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Histogram:
    """The grades of the class as bars, in units of the drawing."""

    bars: tuple[HistogramBar, ...]
    ticks: tuple[tuple[float, str], ...]
    width: int
    height: int
    base: int


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
    attention: tuple[Attention, ...]
    environment: tuple[str, ...]  # what this machine lacks
    misplaced: tuple[Misplaced, ...]
    readings: tuple[Reading, ...]
    questions: tuple[QuestionRow, ...]
    students: tuple[StudentRow, ...]
    absent: str  # the students of the roster who submitted nothing
    unknown: str  # those who submitted and are not in the roster
    attempts: tuple[AttemptsRow, ...]
    scale: str
    sandbox: str
    duration: str
    lanes: str
    python: str
    started: str
    run: RunFacts


def class_page(
    results: Sequence[SubmissionResult], language: str, *, assignment_title: Text, run: RunFacts
) -> ClassPage:
    """The content of the class page, from the results of a class."""
    grades = [r.grade for r in results if r.grade is not None]
    levels = Counter(r.sandbox or run.sandbox for r in results if r.status is Status.GRADED)
    decimals = run.scale.decimals
    return ClassPage(
        language=language,
        assignment=assignment_title.render(language),
        size=sum(r.status is not Status.ABSENT for r in results),
        graded=sum(r.status is Status.GRADED for r in results),
        mean=f"{mean(grades):.{decimals + 1}f}" if grades else "",
        median=f"{median(grades):.{decimals + 1}f}" if grades else "",
        by_hand=_by_hand(results, run.questions, language),
        histogram=histogram(grades, run.scale),
        without_grade=sum(r.status is not Status.ABSENT for r in results) - len(grades),
        unprotected="none" in levels or run.sandbox == "none",
        attention=tuple(_attention(results, language)),
        environment=tuple(m.render(language) for m in lacks(results)),
        misplaced=tuple(
            Misplaced(r.student, page_link(r), r.misplaced.render(language)) for r in results if r.misplaced is not None
        ),
        readings=tuple(_readings(results, run.questions, language)),
        questions=tuple(_question_row(q, results, language) for q in run.questions),
        students=tuple(_student_row(r, run, language) for r in results),
        absent=_listed([r.student for r in results if r.status is Status.ABSENT]),
        unknown=_listed([r.student for r in results if r.in_roster is False]),
        attempts=tuple(_attempts(r, language) for r in results if len(r.attempts) > 1),
        scale=scale_text(run.scale, language),
        sandbox=_sandbox(levels, run, language),
        duration=f"{run.seconds:.1f} s",
        lanes=str(run.lanes),
        python=", ".join(sorted({r.python for r in results if r.python})),
        started=run.started.replace("T", " "),
        run=run,
    )


def _by_hand(results: Sequence[SubmissionResult], questions: Sequence[Question], language: str) -> str:
    """The sentence that says whether the mean grade includes the points that people give."""
    graded = [r for r in results if r.grade is not None]
    if not graded or not any(q.reviewed for q in questions):
        return ""
    waiting = sum(r.pending > 0 for r in graded)
    if not waiting:
        return say("Mean and median include the points that people gave.").render(language)
    return ngettext(
        "Mean and median do not include the points that a person still gives to {n} submission.",
        "Mean and median do not include the points that a person still gives to {n} submissions.",
        waiting,
        language,
    )


def page_link(result: SubmissionResult) -> str:
    """The address of a student's page, relative to the class page."""
    return f"students/{quote(result.slug or result.student, errors='replace')}.html"


def _sandbox(levels: Counter[str], run: RunFacts, language: str) -> str:
    """The sandbox level of the run; if a continued run mixes levels, each with its number of submissions."""
    if len(levels) <= 1:
        return next(iter(levels), run.sandbox)
    return ", ".join(
        f"{level}: " + ngettext("{n} submission", "{n} submissions", n, language) for level, n in levels.most_common()
    )


def histogram(grades: Sequence[float], scale: Scale) -> Histogram | None:
    """The grades as bars; None without grades."""
    if not grades or scale.high <= scale.low:
        return None
    step = (scale.high - scale.low) / BARS
    # 1e-9: on bars of 0.1, (1.3 - 1) / 0.1 = 2.9999999999999996, and a grade of 1.3 belongs to the bar of 1.3.
    counts = Counter(min(max(math.floor((g - scale.low) / step + 1e-9), 0), BARS - 1) for g in grades)
    left, base, tall, bar = 10, 150, 120, 26
    unit = tall / max(counts.values())
    edges = [f"{scale.low + step * i:.{scale.decimals}f}" for i in range(BARS + 1)]
    bars = tuple(
        HistogramBar(
            label=f"{edges[i]} – {edges[i + 1]}",
            count=counts[i],
            x=left + bar * i + 2,
            y=round(base - unit * counts[i], 1),
            width=bar - 4,
            height=round(unit * counts[i], 1),
        )
        for i in range(BARS)
    )
    ticks = tuple((left + bar * i, edges[i]) for i in range(0, BARS + 1, 2))
    return Histogram(bars, ticks, width=2 * left + bar * BARS, height=base + 28, base=base)


def _attention(results: Iterable[SubmissionResult], language: str) -> Iterable[Attention]:
    """Faults of the grader first, then unreadable submissions, choices among files, similar names, forbidden names."""
    faults, unreadable, chosen, near, named_only = [], [], [], [], []
    for r in results:
        link = page_link(r)
        if r.status is Status.GRADER_FAULT:
            why = prose(r.notes, language)
            faults.append(Attention(badge(Verdict.GRADER_FAULT, language), r.student, link, why, r.fault))
        elif r.status is Status.UNREADABLE:
            why = prose(r.notes, language)
            word = Badge("absent", say("unreadable").render(language))
            unreadable.append(Attention(word, r.student, link, why))
        for note in r.notes if r.status is Status.GRADED else ():
            if note.template in CHOICES:
                word = Badge("absent", say("files").render(language))
                chosen.append(Attention(word, r.student, link, sentence(note, language)))
        for q in r.questions:
            anchor = f"{link}#q-{q.id}"
            for message in dict.fromkeys(
                f.message.render(language) for f in q.findings if f.verdict is Verdict.GRADER_FAULT
            ):
                word = badge(Verdict.GRADER_FAULT, language)
                faults.append(Attention(word, r.student, anchor, f"{q.id}: {message}"))
            # A message about a missing name has in `found` the similar name of the notebook.
            named = {m.values["found"]: m for m in _messages(q) if "found" in m.values}
            for m in named.values():
                word = badge(Verdict.MISSING, language)
                near.append(Attention(word, r.student, anchor, f"{q.id}: {m.render(language)}"))
            for f in q.findings:
                if f.verdict is Verdict.FORBIDDEN and not f.scored:
                    word = badge(Verdict.PENDING, language)
                    named_only.append(Attention(word, r.student, anchor, f"{q.id}: {f.message.render(language)}"))
    return [*faults, *unreadable, *chosen, *near, *named_only]


def _messages(question: QuestionResult) -> Iterable[Message]:
    yield from question.notes
    yield from (f.message for f in question.findings if f.verdict is Verdict.MISSING)


def _readings(results: Iterable[SubmissionResult], questions: Iterable[Question], language: str) -> Iterable[Reading]:
    waiting: defaultdict[str, list[float]] = defaultdict(list)
    for r in results:
        for answer in (q for q in r.questions if q.waits):
            waiting[answer.id].append(answer.reviewed)
    for q in questions:
        if points := waiting[q.id]:
            low, high = number(min(points)), number(max(points))
            yield Reading(q.id, q.title.render(language), low if low == high else f"{low}–{high}", len(points))


def _question_row(question: Question, results: Iterable[SubmissionResult], language: str) -> QuestionRow:
    answers = [q for r in results for q in r.questions if q.id == question.id]
    tones = Counter(_outcome(q) for q in answers)
    causes: Counter[str] = Counter()
    for q in answers:
        # Each student counts once per cause, however many results the cause explains.
        causes.update({_why(f, language) for f in q.findings if f.scored and not f.passed} - {""})
    cause, cause_count = causes.most_common(1)[0] if causes else ("", 0)
    earned = [q.points / q.possible for q in answers if q.possible]
    return QuestionRow(
        id=question.id,
        title=question.title.render(language),
        bonus=question.bonus,
        points=number(question.points + question.reviewed),
        full=tones["full"],
        part=tones["part"],
        none=tones["none"],
        absent=tones["absent"],
        share=round(100 * mean(earned)) if earned else None,
        cause=cause,
        cause_count=cause_count,
    )


def _why(finding: Finding, language: str) -> str:
    """The known mistake in the words of its hint, else the likely cause, else an empty text."""
    if finding.misconceptions and finding.hint:
        return finding.hint.render(language)
    return finding.cause.render(language) if finding.cause else ""


def _outcome(question: QuestionResult) -> str:
    if question.verdict is Verdict.PENDING and question.waits:
        return "pending"  # the verdict is not known yet
    if question.possible and question.points >= question.possible - 1e-9:
        return "full"
    if question.points > 0:
        return "part"
    if question.verdict is Verdict.PASSED:
        return "full"
    if question.verdict is Verdict.PENDING and not question.untouched:
        return "pending"  # the verdict is not known yet
    if (question.untouched and not question.possible) or question.verdict in (Verdict.MISSING, Verdict.SKIPPED):
        return "absent"
    return "none"


def _student_row(result: SubmissionResult, run: RunFacts, language: str) -> StudentRow:
    by_id = {q.id: q for q in result.questions}
    status: Badge | None = None
    if result.status is Status.ABSENT:
        status = Badge("absent", say("absent").render(language))
    elif result.status is Status.UNREADABLE:
        status = Badge("absent", say("unreadable").render(language))
    elif result.status is Status.GRADER_FAULT:
        status = badge(Verdict.GRADER_FAULT, language)
    graded = result.status is Status.GRADED
    grade = TableCell("", -1.0, None)
    if result.grade is not None:
        grade = TableCell(f"{result.grade:.{run.scale.decimals}f}", result.grade, None)
    return StudentRow(
        student=result.student,
        link=page_link(result),
        file=result.file,
        badge=status,
        facts=_facts(result, language),
        cells=tuple(_cell(by_id.get(q.id), language) for q in run.questions),
        total=TableCell(number(result.total), result.total, None) if graded else TableCell("", -1.0, None),
        grade=grade,
    )


def _facts(result: SubmissionResult, language: str) -> str:
    known = [result.id or result.login or result.email, result.section, result.group]
    if result.late:
        known.append(say("late").render(language))
    return " · ".join(filter(None, known))


def _attempts(result: SubmissionResult, language: str) -> AttemptsRow:
    late = {True: say("late"), False: say("on time"), None: None}
    lines = tuple(
        AttemptLine(
            a.number,
            a.file,
            a.submitted.replace("T", " "),
            word.render(language) if (word := late[a.late]) else "",
            a.counts,
        )
        for a in result.attempts
    )
    return AttemptsRow(result.student, page_link(result), lines)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _cell(question: QuestionResult | None, language: str) -> TableCell:
    if question is None:
        return TableCell("", -1.0, None)
    points = question.points + (question.awarded or 0.0)
    return TableCell(number(points), points, standing(question, language))
