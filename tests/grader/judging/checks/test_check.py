"""The interface between every kind of check and the judge."""

from __future__ import annotations

import pytest

from grader.judging.checks import checks_of
from grader.messages import say
from grader.results import Finding, Verdict

from ..in_process import HEAD, RIGHT, SOLUTION, TEST, Sides, assignment, sides


@pytest.fixture(scope="module")
def made() -> Sides:
    question = "# %% question 1: One\n# points: 1\n# figures: 1\n"
    return sides(assignment(question, SOLUTION, TEST, TEST.replace("values", "more values"), head=HEAD))


def test_a_question_has_a_line_per_test_and_one_for_figures(made: Sides) -> None:
    """The lines are in the order of the file, and figures come last."""
    lines = checks_of(made.question(), made.references)
    assert [line.title.en for line in lines] == ["values", "more values", "there are figures"]


@pytest.mark.parametrize("number", [0, -1], ids=["test", "figures"])
def test_every_kind_offers_what_the_judge_asks_for(made: Sides, number: int) -> None:
    """Every kind has the judge's methods and is a key of its own in a table of checks."""
    line = checks_of(made.question(), made.references)[number]
    assert line.cases
    assert line.weight("y") == 1.0
    assert isinstance(line.per_case, bool)
    assert isinstance(line.refines, bool)
    assert len({line: 0}) == 1
    refused = line.refuse(made.student(RIGHT), line.cases[0], Finding(Verdict.MISSING, say("not answered"))).findings
    assert refused
    assert all(f.verdict is Verdict.MISSING for f in refused)
