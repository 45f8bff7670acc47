"""The content of a self-check, in a terminal or in a notebook, computed from a result."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..messages import Message, Text, say
from ..results import Finding, QuestionResult, Status, SubmissionResult, Verdict
from .attempts import is_hole
from .problems import Problem, case_of, problems
from .student_page import standing, why_not_graded
from .words import Badge, badge, ngettext, number, prose, sentence

NOT_YOUR_FAULT = say("This is not your fault: tell the teaching team.")
SIGNS = {"good": "✓", "part": "◐", "bad": "✗", "absent": "○", "wait": "◷", "ours": "△"}  # by tone
NAMED_QUESTIONS = 6  # places that "also in" names; a network has dozens


@dataclass(frozen=True)
class Measured:
    """The relative error of one parameter's gradient."""

    name: str
    value: str
    badge: Badge


@dataclass(frozen=True)
class Line:
    """One check on one of its cases, with the problems that are explained under it."""

    badge: Badge
    title: str
    case: str
    remark: str  # "2 of 5 results pass", "same reason"
    errors: tuple[Measured, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Answer:
    """One question: its points of the public part and a line per check."""

    id: str
    title: str
    bonus: bool
    points: str
    maximum: str  # "" if the public part has no points
    badge: Badge
    review: str  # the points that a person gives
    notes: tuple[str, ...]
    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]  # for the answer as a whole, which then has no lines


@dataclass(frozen=True)
class Open:
    """A kind of work that is still to be done, and its questions."""

    kind: str
    questions: str


@dataclass(frozen=True)
class SelfCheckView:
    """The whole self-check, as text that is ready to print."""

    language: str
    file: str
    problem: str  # the reason why nothing was checked, or ""
    fault: str  # the grader's traceback, which the student passes on
    notes: tuple[str, ...]
    answers: tuple[Answer, ...]
    counts: str
    open: tuple[Open, ...]
    next: str
    command: str  # checks the next question again; "" if there is none
    outlook: str


def self_check_view(result: SubmissionResult, language: str, *, live: bool) -> SelfCheckView:
    """The view of a result; `live`: a check inside the notebook, else of the saved file."""
    questions = result.questions
    graded = result.status is Status.GRADED
    following = _following(questions)
    return SelfCheckView(
        language=language,
        file=result.file,
        problem=why_not_graded(result, language, public=True),
        fault=result.fault,
        notes=tuple(sentence(m, language) for m in result.notes) if graded else (),
        answers=tuple(_answer(q, language) for q in questions),
        # For one question, its own line says everything.
        counts=_counts(questions, language) if len(questions) > 1 else "",
        open=_open(questions, language) if len(questions) > 1 else (),
        next=_next(questions, following, live).render(language) if questions else "",
        command=_command(result.file, following.id, live) if following else "",
        outlook=say("After you hand in, your code also runs on other cases, with other sizes and values.").render(
            language
        )
        if questions
        else "",
    )


def also_in(problem: Problem) -> Message:
    """The other results that fail in the same way, the first few by name."""
    names = [also.name for also in problem.also]
    places = "; ".join(names[:NAMED_QUESTIONS])
    if len(names) > NAMED_QUESTIONS:
        return say("Also in {places}, and {count} more", places=places, count=len(names) - NAMED_QUESTIONS)
    return say("Also in {places}", places=places)


def _answer(question: QuestionResult, language: str) -> Answer:
    said = problems(question.findings, language)
    whole = tuple(p for p in said if p.whole)
    stands = standing(question, language)
    lines = () if whole else _lines(question.findings, said, language)
    if whole and not (whole[0].cause or whole[0].hint or whole[0].traceback or question.notes):
        # If one sentence says everything ("not answered"), it replaces the word.
        stands, whole = Badge(stands.tone, question.findings[0].message.render(language)), ()
    notes = [*question.notes]
    if is_hole(question):
        # The failures of a hole, which has only a `pass`, tell nothing.
        stands, lines = Badge("absent", say("not answered").render(language)), ()
    elif (
        lines
        and question.verdict is Verdict.MISSING
        and all(f.verdict in (Verdict.MISSING, Verdict.SKIPPED) for f in question.findings)
    ):
        # A list of all failures of an empty cell would bury the findings of the other questions.
        lines = ()
        notes += _what_is_missing(question.findings, language)
    return Answer(
        id=question.id,
        title=question.title.render(language),
        bonus=question.bonus,
        points=number(question.points),
        maximum=number(question.possible) if question.possible else "",
        badge=stands,
        review=_reviewed(question, language),
        notes=tuple(sentence(m, language) for m in notes),
        lines=lines,
        problems=whole,
    )


def _what_is_missing(findings: Sequence[Finding], language: str) -> list[Message]:
    """The sentence that says what is missing, or one for all names."""
    told: list[Message] = []
    for finding in findings:
        if finding.verdict is Verdict.MISSING and finding.public and finding.message not in told:
            told.append(finding.message)
    names = [m.values.get("name", "") for m in told]
    if len(told) > 1 and all(names):
        shown = (name.render(language) if isinstance(name, Text) else str(name) for name in names)
        return [say("missing: {names}", names=", ".join(dict.fromkeys(shown)))]
    return told


def _reviewed(question: QuestionResult, language: str) -> str:
    if not question.waits:
        return ""
    return ngettext("{n} point is given by a person", "{n} points are given by a person", question.reviewed, language)


def _lines(findings: Sequence[Finding], said: Sequence[Problem], language: str) -> tuple[Line, ...]:
    """A line per check and case, in the table's order; each problem is under the line of its first finding."""
    checks: dict[tuple[Text, str], list[Finding]] = {}
    for finding in findings:
        checks.setdefault((finding.check, case_of(finding, language)), []).append(finding)
    lines = []
    for (check, case), found in checks.items():
        title = check.render(language)
        wrong = [f for f in found if not f.passed]
        told = tuple(p for p in said if (p.title, p.case) == (title, case))
        some = say("{passed} of {count} results pass", passed=len(found) - len(wrong), count=len(found))
        remarks = [some] if 0 < len(wrong) < len(found) else []
        remarks += [say("same reason")] if wrong and not told else []
        lines.append(
            Line(
                badge=_badge(found, language),
                title=title,
                case=case,
                remark=", ".join(r.render(language) for r in remarks),
                errors=_errors(found, language) if told else (),
                problems=told,
            )
        )
    return tuple(lines)


def _badge(found: Sequence[Finding], language: str) -> Badge:
    wrong = next((f for f in found if not f.passed), None)
    if wrong is not None:
        return badge(wrong.verdict, language)
    if any(f.worth < 1 for f in found):
        return Badge("part", say("partly right").render(language))
    return badge(Verdict.PASSED, language)


def _errors(found: Sequence[Finding], language: str) -> tuple[Measured, ...]:
    return tuple(
        Measured(f.named(language), f"{f.relative_error:.1e}", badge(f.verdict, language))
        for f in found
        if f.relative_error is not None and f.public
    )


def _is_right(question: QuestionResult) -> bool:
    return standing(question, "en").tone == "good"


def _counts(questions: Sequence[QuestionResult], language: str) -> str:
    """How many questions pass, and the points of the public part."""
    # The others are only for a person, or for the instructor's run.
    judged = [q for q in questions if (q.possible or not q.reviewed) and q.verdict is not Verdict.SKIPPED]
    right = sum(_is_right(q) for q in judged)
    passing = say("{right} of {count} questions pass", right=right, count=len(judged))
    required = [q for q in questions if not q.bonus]
    extra = sum(q.points for q in questions if q.bonus)
    points, possible = sum(q.points for q in required), sum(q.possible for q in required)
    sums = say("public part: {points} of {possible} points", points=number(points), possible=number(possible))
    bonus = say("bonus: {points}", points=number(extra))
    said = [*([passing] if judged else []), *([sums] if possible else []), *([bonus] if extra else [])]
    return prose(said, language)


def _open(questions: Sequence[QuestionResult], language: str) -> tuple[Open, ...]:
    """The work that is left, by whom and in which questions."""
    unanswered = [q for q in questions if _is_open(q)]
    faults = [q for q in questions if q.verdict is Verdict.GRADER_FAULT]
    wrong = [q for q in questions if _to_fix(q)]
    read = [replace(q, bonus=False) for q in questions if q.waits]
    elsewhere = [q for q in questions if q.verdict is Verdict.SKIPPED]
    kinds = (
        (say("To fix"), wrong),
        (say("Not answered"), unanswered),
        (say("Not checked here"), elsewhere),
        (say("Not checked because the grader failed"), faults),
        (say("Read by a person"), read),
    )
    return tuple(
        Open(kind.render(language), ", ".join(_named(q, language) for q in which)) for kind, which in kinds if which
    )


def _named(question: QuestionResult, language: str) -> str:
    return f"{question.id} ({say('bonus').render(language)})" if question.bonus else question.id


def _to_fix(question: QuestionResult) -> bool:
    others = question.verdict in (Verdict.PENDING, Verdict.GRADER_FAULT, Verdict.SKIPPED)
    return not others and not _is_open(question) and not _is_right(question)


def _is_open(question: QuestionResult) -> bool:
    """Whether the question is not answered yet."""
    return question.verdict is Verdict.MISSING or is_hole(question)


def _following(questions: Sequence[QuestionResult]) -> QuestionResult | None:
    """The next question: the one whose mistakes cost most, also in later questions, a bonus last.

    Without mistakes it is the first one without an answer; a bonus may stay unanswered.
    """
    by_id = {q.id: q for q in questions}
    costs: dict[str, float] = {}
    for question in questions:
        if _to_fix(question) or _is_misplaced(question):
            cause = _cause(question, by_id)
            costs[cause.id] = costs.get(cause.id, 0.0) + question.possible - question.points
    missing = [q for q in questions if _is_open(q) and (not q.bonus or len(questions) == 1)]
    wrong = sorted((q for q in questions if q.id in costs), key=lambda q: (q.bonus, -costs[q.id]))
    return next(iter(wrong or missing), None)


def _cause(question: QuestionResult, by_id: Mapping[str, QuestionResult]) -> QuestionResult:
    """The earlier question that a note blames, if something is to be done there; else the question itself."""
    blamed = [id for note in question.notes for id in str(note.values.get("questions", "")).split(", ")]
    earlier = (by_id[id] for id in blamed if id in by_id)
    return next((q for q in earlier if _to_fix(q) or _is_open(q)), question)


def _is_misplaced(question: QuestionResult) -> bool:
    """Whether a note says where the missing answer may be: under a similar name, in a text cell."""
    return _is_open(question) and bool(question.notes)


def _next(questions: Sequence[QuestionResult], following: QuestionResult | None, live: bool) -> Message:
    if following is None:
        if any(q.verdict in (Verdict.GRADER_FAULT, Verdict.SKIPPED) for q in questions):
            return say("Everything that could be checked passes its public cases.")
        if all(q.verdict is Verdict.PENDING or _is_open(q) for q in questions):
            return say("There is nothing to check here: a person reads it.")
        if any(_is_open(q) for q in questions):
            return say("Everything that is required passes its public cases.")
        return say("Everything passes its public cases.")
    missing = _is_open(following) and not _is_misplaced(following)
    if live:
        write = say("Next: write {id}, run its cell, and check it with", id=following.id)
        fix = say("Next: change {id}, run its cell, and check it with", id=following.id)
    else:
        write = say("Next: write {id}, save the notebook, and check it with", id=following.id)
        fix = say("Next: change {id}, save the notebook, and check it with", id=following.id)
    return write if missing else fix


def _command(file: str, id: str, live: bool) -> str:
    return f'check("{id}")' if live else f"grade check {shlex.quote(file)} {id}"
