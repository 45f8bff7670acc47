"""The attempted questions of a student, and whether they pass."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..messages import Message
from ..notebook.magics import parse
from ..notebook.statements import ALL_READ, SOME_LOST
from ..results import Excerpt, Finding, QuestionResult, Status, SubmissionResult, Verdict

NEVER_WRONG = (Verdict.PENDING, Verdict.GRADER_FAULT)  # a person must act, or the grader's maintainers


@dataclass(frozen=True)
class AnsweredName:
    """A function, a class without methods or a variable of an answer; `empty`: as empty as in the template."""

    name: str
    cell: int
    line: int  # within the cell
    empty: bool


def red(result: SubmissionResult, attempted_only: bool = True) -> bool:
    """Whether a build should fail: an attempted question is wrong, or nothing could be judged.

    Without `attempted_only` every question except the optional ones must be answered as well.
    """
    if result.status is not Status.GRADED or not result.questions:
        return True
    broken = any(unreadable(note) for note in result.notes)
    for question in result.questions:
        if wrong(question) or (broken and _lacks(question)):
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


def unreadable(note: Message) -> bool:
    """Whether a note is about a cell that does not parse: missing names may be defined in that cell."""
    return note.template in (SOME_LOST.template, ALL_READ.template)


def definition_of(finding: Finding, question: QuestionResult) -> AnsweredName | None:
    """The function or variable of the answer that a finding is about: by its result's name, else by the call's."""
    by_name = {definition.name: definition for definition in answered_names(question)}
    names = re.findall(r"^\w+", finding.result) + re.findall(r"(\w+)\(", finding.called)[:1]
    return next((by_name[name] for name in names if name in by_name), None)


def answered_names(question: QuestionResult) -> tuple[AnsweredName, ...]:
    """The names that the student's lines for a question define, with methods, in the order of the lines."""
    return tuple(definition for excerpt in question.excerpts for definition in _defined(excerpt))


def _judged(question: QuestionResult) -> tuple[Finding, ...]:
    """The same findings as for a question's verdict: those that count, or all if none counts."""
    return tuple(f for f in question.findings if f.scored) or question.findings


def _lacks(question: QuestionResult) -> bool:
    return any(not f.passed and f.verdict not in NEVER_WRONG for f in _judged(question))


def _untouched(question: QuestionResult) -> bool:
    """Whether an answer consists of empty functions; the constructor does not matter.

    An empty `__len__` or `__getitem__` is a hole even next to written methods: nobody wants these to return None.
    """
    functions = [d for d in answered_names(question) if d.name != "__init__"]
    special = [d for d in functions if d.name.startswith("__")]
    return bool(functions) and (all(d.empty for d in functions) or any(d.empty for d in special))


def _defined(excerpt: Excerpt) -> Iterator[AnsweredName]:
    tree = parse(excerpt.source)
    for node in ast.walk(tree) if tree is not None else ():
        line = excerpt.line + getattr(node, "lineno", 1) - 1
        match node:
            case ast.FunctionDef(name=name, body=body) | ast.AsyncFunctionDef(name=name, body=body):
                yield AnsweredName(name, excerpt.cell, line, _empty(body))
            case ast.ClassDef(name=name, body=body) if _empty(body):
                yield AnsweredName(name, excerpt.cell, line, True)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if node in getattr(tree, "body", ()):
                yield AnsweredName(name, excerpt.cell, line, _nothing(value))


def _empty(body: list[ast.stmt]) -> bool:
    """Whether a body has only `pass`, `...`, a docstring, `return None` or `raise NotImplementedError`."""
    return all(_placeholder(statement) for statement in body)


def _placeholder(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Return(value=value):
            return value is None or _nothing(value)
        case ast.Raise(exc=ast.Name(id=name)) | ast.Raise(exc=ast.Call(func=ast.Name(id=name))):
            return name == "NotImplementedError"
        case _:
            return False


def _nothing(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value in (None, ...)
