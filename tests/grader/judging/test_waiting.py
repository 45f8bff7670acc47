"""Answers that wait for a person, because this machine lacks what their code needs."""

from __future__ import annotations

import pytest

from grader.judging.environment import Costs
from grader.judging.waiting import waiting_for_a_person
from grader.messages import Text, say
from grader.results import Finding, QuestionResult, Verdict

PASSED = Finding(Verdict.PASSED, say("right"), compared=3, result="a")


def result(*findings: Finding, points: float = 0.5) -> QuestionResult:
    return QuestionResult("4c", Text("x", "x"), points, 1.5, reviewed=0.25, verdict=Verdict.FAILED, findings=findings)


def wrong(verdict: Verdict) -> Finding:
    return Finding(verdict, say("the code raised {error}", error="NameError"), result="b", expected="3", actual="4")


@pytest.mark.parametrize(
    ("verdict", "costs"),
    [
        (Verdict.RAISED, Costs(packages=("einops",))),
        (Verdict.MISSING, Costs(packages=("einops",))),
        (Verdict.MISSING, Costs(python="3.12")),
        (Verdict.FAILED, Costs(imitated=("sklearn",))),
    ],
)
def test_what_the_machine_took_waits_for_a_person(verdict: Verdict, costs: Costs) -> None:
    """Points that were earned stay; a person may give the others, and the finding says why."""
    found = waiting_for_a_person(result(PASSED, wrong(verdict)), costs)
    assert (found.points, found.possible, found.reviewed, found.verdict) == (0.5, 0.5, 1.25, Verdict.PENDING)
    assert found.findings[0] == PASSED
    assert (found.findings[1].verdict, found.findings[1].actual, found.findings[1].result) == (Verdict.PENDING, "", "b")
    said = found.findings[1].message.render("en")
    assert "it costs you nothing, and a person looks at it" in said
    assert any(word in said for word in (*costs.packages, *costs.imitated, costs.python) if word)


@pytest.mark.parametrize(
    ("findings", "costs"),
    [
        ((PASSED,), Costs(packages=("einops",))),
        ((PASSED, wrong(Verdict.FAILED)), Costs(packages=("einops",))),
        ((PASSED, wrong(Verdict.TIMED_OUT)), Costs(python="3.12")),
        ((PASSED, wrong(Verdict.RAISED)), Costs()),
    ],
)
def test_other_answers_are_charged_as_ever(findings: tuple[Finding, ...], costs: Costs) -> None:
    """A right answer does not wait; a wrong value and an endless loop are mistakes of the answer."""
    given = result(*findings)
    assert waiting_for_a_person(given, costs) == given
