"""The interface between the judge and every kind of check, and the result of judging one case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ...assignment.cases import Case
from ...messages import Message, Text
from ...results import Finding
from ..student_side import StudentSide
from ..trials import TestEvidence


class Check(Protocol):
    """One line of a question: the thing checked, the cases, the weight. It judges itself on each of its cases."""

    @property
    def title(self) -> Text: ...

    @property
    def cases(self) -> tuple[Case, ...]: ...

    @property
    def share(self) -> float:
        """The weight of this check among the checks of its question; 0: shown, costs nothing."""

    @property
    def per_case(self) -> bool:
        """Whether each case is worth its own part; otherwise a result must be right in all cases."""

    @property
    def hint(self) -> Text:
        """The advice that is shown with a wrong value when no known mistake explains it."""

    @property
    def refines(self) -> bool:
        """Whether the check's hint is only for students who pass the question's other checks."""

    def weight(self, result: str) -> float:
        """The weight of a named result within this check."""

    def judge(self, student: StudentSide, case: Case) -> Judged:
        """Findings for every named result of this case.

        Raises GraderError for a fault of the grader, and never WorkerError.
        """

    def refuse(self, student: StudentSide, case: Case, finding: Finding) -> Judged:
        """The same finding for every named result of this case, without running any of the student's code."""


@dataclass(frozen=True)
class Judged:
    """The findings of one check on one of its cases, with the evidence if the student's side returned values."""

    check: Check
    case: Case
    findings: tuple[Finding, ...]
    evidence: TestEvidence | None = None
    flags: tuple[Text, ...] = ()  # what a person should look at
    forbidden: tuple[Text, ...] = ()  # what the answer did and must not do


NO_CASE = Case(Text(), seed=0, public=True)


def without_values(finding: Finding, category: Message) -> Finding:
    """The finding as a hidden check may show it: the category, the cause and the hint, never values or places."""
    if finding.public:
        return finding
    return finding.with_(
        message=category, expected="", actual="", difference=None, largest_gap=None, relative_error=None
    )
