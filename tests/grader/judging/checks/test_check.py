"""The interface between every kind of check and the judge."""

from __future__ import annotations

import pytest

from grader.judging.checks import Figures, Gradient, Shape
from grader.judging.checks.check import CheckKind
from grader.messages import say
from grader.results import Finding, Verdict

from .in_process import TITLE, check, gradients, sides


@pytest.mark.parametrize(
    "line",
    [check(), check(kind=Shape), check(gradients, kind=Gradient), Figures(TITLE)],
    ids=lambda c: type(c).__name__,
)
def test_every_kind_offers_what_the_judge_asks_for(line: CheckKind) -> None:
    """Every kind has the judge's methods and is a key of its own in a table of checks."""
    assert line.title == TITLE
    assert line.cases
    assert line.weight("y") == 1.0
    assert isinstance(line.per_case, bool)
    assert len({line: 0}) == 1
    refused = line.refuse(sides(), line.cases[0], Finding(Verdict.MISSING, say("not answered"))).findings
    assert refused
    assert all(f.verdict is Verdict.MISSING for f in refused)
