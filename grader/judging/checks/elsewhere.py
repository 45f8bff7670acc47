"""The place of a test that only the instructor's run makes, so that no answer counts as right without it."""

from __future__ import annotations

from dataclasses import dataclass

from ...assignment.cases import Case
from ...messages import Text, say
from ...results import Finding, Verdict
from ..student_side import StudentSide
from .check import NO_CASE, Judged

NOT_HERE = say("not checked here")


@dataclass(frozen=True, eq=False)
class Elsewhere:
    """Nothing is run, nothing is earned, and the finding says so."""

    title: Text
    cases: tuple[Case, ...] = (NO_CASE,)
    share: float = 0.0
    per_case: bool = False
    hint: Text = Text()
    refines: bool = False

    def weight(self, result: str) -> float:
        return 1.0

    def judge(self, student: StudentSide, case: Case) -> Judged:
        return self.refuse(student, case, Finding(Verdict.SKIPPED, NOT_HERE))

    def refuse(self, student: StudentSide, case: Case, finding: Finding) -> Judged:
        return Judged(self, case, (finding.with_(
            verdict=Verdict.SKIPPED, message=NOT_HERE, check=self.title, case=case.title, scored=False
        ),))  # fmt: skip
