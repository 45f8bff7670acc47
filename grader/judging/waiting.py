"""Answers that a person judges, because this machine lacks what their code needs. They cost the student nothing."""

from __future__ import annotations

from dataclasses import replace

from ..messages import Message, say
from ..results import Finding, QuestionResult, Verdict
from ..versions import OWN_PYTHON
from .environment import Costs

# What a missing name or module leads to; a wrong value is a mistake of the answer.
ABSENT = (Verdict.RAISED, Verdict.MISSING, Verdict.CRASHED, Verdict.SKIPPED)


def waiting_for_a_person(result: QuestionResult, costs: Costs) -> QuestionResult:
    """The result, where the points that `costs` took wait for a person; unchanged where it took none."""
    lost = [f for f in result.findings if f.scored and not f.passed]
    packages = costs.packages
    if costs.imitated and any(f.verdict is not Verdict.TIMED_OUT for f in lost):
        packages = (*packages, *costs.imitated)  # a stand-in also gives wrong values
    elif not any(f.verdict in ABSENT for f in lost):
        return result
    if not packages and not costs.python:
        return result
    why = _why(costs.python, packages)
    return replace(
        result,
        possible=result.points,
        reviewed=round(result.possible - result.points + result.reviewed, 2),
        verdict=Verdict.PENDING,
        findings=tuple(f if f.passed else _pending(f, why) for f in result.findings),
    )


def _why(python: str, packages: tuple[str, ...]) -> Message:
    if python:
        return say(
            "this answer is written for Python {version}, and the grader runs {own}: it costs you nothing, and a "
            "person looks at it",
            version=python,
            own=OWN_PYTHON,
        )
    return say(
        "this answer uses {packages}, which is not installed where it is graded: it costs you nothing, and a person "
        "looks at it",
        packages=", ".join(packages),
    )


def _pending(finding: Finding, why: Message) -> Finding:
    """The finding without what the missing package or version made of it."""
    return Finding(
        Verdict.PENDING,
        why,
        result=finding.result,
        check=finding.check,
        case=finding.case,
        label=finding.label,
        public=finding.public,
        scored=finding.scored,
    )
