"""The attempted questions of a student, and whether they pass."""

from __future__ import annotations

import re
from dataclasses import replace

from ..notebook import holes
from ..notebook.holes import AnsweredName
from ..results import Finding, QuestionResult, Status, SubmissionResult, Verdict

# A person must act, or the grader's maintainers, or the instructor's run.
NEVER_WRONG = (Verdict.PENDING, Verdict.GRADER_FAULT, Verdict.SKIPPED)


def red(result: SubmissionResult, attempted_only: bool = True) -> bool:
    """Whether a build should fail: an attempted question is wrong, or nothing could be judged.

    Without `attempted_only` every question except the optional ones must be answered as well.
    """
    if result.status is not Status.GRADED or not result.questions:
        return True
    for question in result.questions:
        if wrong(question):
            return True
        if not attempted_only and not question.bonus and _lacks(question):
            return True
    return False


def exit_status(result: SubmissionResult, attempted_only: bool = True) -> int:
    """0: the attempted questions pass; 1: they do not; 3: a fault of the grader, which no student pays for."""
    verdicts = {question.verdict for question in result.questions}
    if result.status is Status.GRADER_FAULT or Verdict.GRADER_FAULT in verdicts:
        return 3
    return int(red(result, attempted_only))


def attempted(question: QuestionResult) -> bool:
    """Whether the student has begun to answer: a missing name or an unchanged hole is not an answer."""
    return any(not unanswered(finding, question) for finding in _judged(question))


def is_hole(question: QuestionResult) -> bool:
    """Whether an answer is unchanged from the template but still ran: a function with only `pass` returns None."""
    ran = any(f.verdict not in (Verdict.MISSING, Verdict.SKIPPED) for f in question.findings)
    return ran and not attempted(question)


def wrong(question: QuestionResult) -> tuple[Finding, ...]:
    """The findings that make an attempt wrong."""
    return tuple(
        finding
        for finding in _judged(question)
        if not finding.passed and finding.verdict not in NEVER_WRONG and not unanswered(finding, question)
    )


def unanswered(finding: Finding, question: QuestionResult) -> bool:
    """Whether a finding is about something that the student has not written yet."""
    match finding.verdict:
        case Verdict.PASSED | Verdict.FORBIDDEN | Verdict.PENDING | Verdict.GRADER_FAULT:
            return False
        case Verdict.SKIPPED:
            return True
        case Verdict.MISSING:
            # A written function that returns nothing is an attempt.
            about = definition_of(finding, question)
            return about is None or about.empty
        case _:
            raised = finding.traceback[-1].source.strip() if finding.traceback else ""
            return raised.startswith("raise NotImplementedError") or _untouched(question)


def definition_of(finding: Finding, question: QuestionResult) -> AnsweredName | None:
    """The function or variable of the answer that a finding is about: by its result's name, else by the call's."""
    by_name = {definition.name: definition for definition in answered_names(question)}
    names = re.findall(r"^\w+", finding.result) + re.findall(r"(\w+)\(", finding.called)[:1]
    return next((by_name[name] for name in names if name in by_name), None)


def answered_names(question: QuestionResult) -> tuple[AnsweredName, ...]:
    """The names that the student's lines for a question define, with methods, in the order of the lines."""
    return tuple(
        replace(name, file=e.file) if e.file else name
        for e in question.excerpts
        for name in holes.answered(e.source, e.cell, e.line)
    )


def _judged(question: QuestionResult) -> tuple[Finding, ...]:
    """The same findings as for a question's verdict: those that count, or all if none counts."""
    return tuple(f for f in question.findings if f.scored) or question.findings


def _lacks(question: QuestionResult) -> bool:
    return any(not f.passed and f.verdict not in NEVER_WRONG for f in _judged(question))


def _untouched(question: QuestionResult) -> bool:
    """Whether an answer consists of empty functions; the constructor does not matter.

    An empty `__len__` or `__getitem__` is a hole even next to written methods: nobody wants these to return None.
    """
    names = answered_names(question)
    special = [d for d in names if d.name.startswith("__") and d.name != "__init__"]
    return holes.untouched(names) or any(d.empty for d in special)
