"""The interface between the judge and every kind of check, and the result of judging one case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ...assignment.cases import Case
from ...assignment.spec import Check, Question
from ...errors import AssignmentError
from ...messages import Message, Text
from ...results import Finding
from ..evidence import Evidence
from ..student_side import StudentSide


@runtime_checkable
class CheckKind(Check, Protocol):
    """A line of the table that can judge itself on each of its cases."""

    def judge(self, student: StudentSide, case: Case) -> Judged:
        """Findings for every named result of this case.

        Raises GraderError for a fault of the grader, and never WorkerError.
        """

    def refuse(self, student: StudentSide, case: Case, finding: Finding) -> Judged:
        """The same finding for every named result of this case, without running any of the student's code."""


@dataclass(frozen=True)
class Judged:
    """The findings of one check on one of its cases, with the evidence if the student's side returned values."""

    check: CheckKind
    case: Case
    findings: tuple[Finding, ...]
    evidence: Evidence | None = None


def checks_of(question: Question) -> tuple[CheckKind, ...]:
    """The checks of a question; AssignmentError for a line of the table that is not a check."""
    for check in question.checks:
        if not isinstance(check, CheckKind):
            raise AssignmentError(f"question {question.id}: a {type(check).__name__} is not a kind of check")
    return question.checks  # type: ignore[return-value]


NO_CASE = Case(Text(), seed=0, public=True)


def without_values(finding: Finding, category: Message) -> Finding:
    """The finding as a hidden check may show it: the category, the cause and the hint, never values or places."""
    if finding.public:
        return finding
    return finding.with_(
        message=category, expected="", actual="", difference=None, largest_gap=None, relative_error=None
    )
