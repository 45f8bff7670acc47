"""Sum up the results of a class for its page, one result at a time."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import mean, median
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..choices import CHOICES
from ..messages import Message, Text, say
from ..results import Finding, QuestionResult, Status, SubmissionResult, Verdict
from .class_page import (
    AttemptLine,
    AttemptsRow,
    Attention,
    ClassPage,
    Misplaced,
    QuestionRow,
    Reading,
    RunFacts,
    StudentRow,
    TableCell,
)
from .histogram import histogram
from .lacks import Lacks
from .packed import Packed
from .student_page import scale_text, standing
from .words import Badge, badge, ngettext, number, prose, sentence, status_badge

if TYPE_CHECKING:  # at run time a page needs no torch, which `spec` imports
    from ..assignment.spec import Question


class ClassSummary:
    """The content of the class page, gathered from one result at a time."""

    def __init__(self, language: str, run: RunFacts) -> None:
        self.language, self.run = language, run
        self.grades: list[float] = []
        self.waiting = 0  # graded, with points that a person still gives
        self.statuses: Counter[Status] = Counter()
        self.levels: Counter[str] = Counter()
        self.pythons: set[str] = set()
        self.lacks = Lacks()
        # Faults of the grader first, then unreadable submissions, choices among files, similar and forbidden names.
        self.attention = [Packed(Attention) for _ in range(5)]
        self.misplaced = Packed(Misplaced)
        self.readings: defaultdict[str, Counter[float]] = defaultdict(Counter)  # points by question
        self.questions = {q.id: _Answers() for q in run.questions}
        self.students = Packed(StudentRow)
        self.absent: list[str] = []
        self.unknown: list[str] = []
        self.attempts = Packed(AttemptsRow)

    def add(self, result: SubmissionResult) -> None:
        """Add a student; the students are shown in this order."""
        language = self.language
        self.statuses[result.status] += 1
        if result.grade is not None:
            self.grades.append(result.grade)
            self.waiting += result.pending > 0
        if result.status is Status.GRADED:
            self.levels[result.sandbox or self.run.sandbox] += 1
        if result.status is Status.ABSENT:
            self.absent.append(result.student)
        if result.in_roster is False:
            self.unknown.append(result.student)
        if result.python:
            self.pythons.add(result.python)
        self.lacks.add(result)
        for kind, item in _attention(result, language):
            self.attention[kind].append(item)
        if result.misplaced is not None:
            self.misplaced.append(Misplaced(result.student, page_link(result), result.misplaced.render(language)))
        for answer in result.questions:
            if answer.waits:
                self.readings[answer.id][answer.reviewed] += 1
            if answer.id in self.questions:
                self.questions[answer.id].add(answer, language)
        self.students.append(_student_row(result, self.run, language))
        if len(result.attempts) > 1:
            self.attempts.append(_attempts(result, language))

    def page(self, assignment_title: Text) -> ClassPage:
        """The content of the page."""
        language, run, grades, decimals = self.language, self.run, self.grades, self.run.scale.decimals
        size = self.statuses.total() - self.statuses[Status.ABSENT]
        attention = Packed(Attention)
        for kind in self.attention:
            attention.extend(kind)
        return ClassPage(
            language=language,
            assignment=assignment_title.render(language),
            size=size,
            graded=self.statuses[Status.GRADED],
            mean=f"{mean(grades):.{decimals + 1}f}" if grades else "",
            median=f"{median(grades):.{decimals + 1}f}" if grades else "",
            by_hand=_by_hand(self.waiting, run.questions, language) if grades else "",
            histogram=histogram(grades, run.scale),
            without_grade=size - len(grades),
            unprotected="none" in self.levels or run.sandbox == "none",
            attention=attention,
            environment=tuple(m.render(language) for m in self.lacks.sentences()),
            misplaced=self.misplaced,
            readings=tuple(_readings(self.readings, run.questions, language)),
            questions=tuple(_question_row(q, self.questions[q.id], language) for q in run.questions),
            students=self.students,
            absent=_listed(self.absent),
            unknown=_listed(self.unknown),
            attempts=self.attempts,
            scale=scale_text(run.scale, language),
            sandbox=_sandbox(self.levels, run, language),
            duration=f"{run.seconds:.1f} s",
            lanes=str(run.lanes),
            python=", ".join(sorted(self.pythons)),
            started=run.started.replace("T", " "),
            run=run,
        )


def _by_hand(waiting: int, questions: Sequence[Question], language: str) -> str:
    """The sentence that says whether the mean grade includes the points that people give."""
    if not any(q.reviewed for q in questions):
        return ""
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


def _attention(r: SubmissionResult, language: str) -> Iterable[tuple[int, Attention]]:
    """What a person must look at in a submission, each with the number of its kind."""
    link = page_link(r)
    if r.status is Status.GRADER_FAULT:
        why = prose(r.notes, language)
        yield 0, Attention(badge(Verdict.GRADER_FAULT, language), r.student, link, why, r.fault)
    elif r.status is Status.UNREADABLE:
        why = prose(r.notes, language)
        word = Badge("absent", say("unreadable").render(language))
        yield 1, Attention(word, r.student, link, why)
    for note in r.notes if r.status is Status.GRADED else ():
        if note.template in CHOICES:
            word = Badge("absent", say("files").render(language))
            yield 2, Attention(word, r.student, link, sentence(note, language))
    for q in r.questions:
        anchor = f"{link}#q-{q.id}"
        ours = (f.message.render(language) for f in q.findings if f.verdict is Verdict.GRADER_FAULT)
        for message in dict.fromkeys(ours):
            yield 0, Attention(badge(Verdict.GRADER_FAULT, language), r.student, anchor, f"{q.id}: {message}")
        # A message about a missing name has in `found` the similar name of the notebook.
        named = {m.values["found"]: m for m in _messages(q) if "found" in m.values}
        for m in named.values():
            yield 3, Attention(badge(Verdict.MISSING, language), r.student, anchor, f"{q.id}: {m.render(language)}")
        for f in q.findings:
            if f.verdict is Verdict.FORBIDDEN and not f.scored:
                word = badge(Verdict.PENDING, language)
                yield 4, Attention(word, r.student, anchor, f"{q.id}: {f.message.render(language)}")


def _messages(question: QuestionResult) -> Iterable[Message]:
    yield from question.notes
    yield from (f.message for f in question.findings if f.verdict is Verdict.MISSING)


def _readings(waiting: Mapping[str, Counter[float]], questions: Iterable[Question], language: str) -> Iterable[Reading]:
    for q in questions:
        if points := waiting.get(q.id):
            low, high = number(min(points)), number(max(points))
            range_ = low if low == high else f"{low}–{high}"
            yield Reading(q.id, q.title.render(language), range_, points.total())


class _Answers:
    """The answers of a class to one question."""

    def __init__(self) -> None:
        self.tones: Counter[str] = Counter()
        self.causes: Counter[str] = Counter()
        self.shares = array("d")  # of the points by checks

    def add(self, answer: QuestionResult, language: str) -> None:
        self.tones[_outcome(answer)] += 1
        # Each student counts once per cause, however many results the cause explains.
        self.causes.update({_why(f, language) for f in answer.findings if f.scored and not f.passed} - {""})
        if answer.possible:
            self.shares.append(answer.points / answer.possible)


def _question_row(question: Question, answers: _Answers, language: str) -> QuestionRow:
    tones = answers.tones
    cause, cause_count = answers.causes.most_common(1)[0] if answers.causes else ("", 0)
    return QuestionRow(
        id=question.id,
        title=question.title.render(language),
        bonus=question.bonus,
        points=number(question.points + question.reviewed),
        full=tones["full"],
        part=tones["part"],
        none=tones["none"],
        absent=tones["absent"],
        share=round(100 * mean(answers.shares)) if answers.shares else None,
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
    graded = result.status is Status.GRADED
    grade = TableCell("", -1.0, None)
    if result.grade is not None:
        grade = TableCell(f"{result.grade:.{run.scale.decimals}f}", result.grade, None)
    return StudentRow(
        student=result.student,
        link=page_link(result),
        file=result.file,
        badge=status_badge(result.status, language),
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
