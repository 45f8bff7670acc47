"""Figures are saved ones, or code that draws."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.errors import EmptyCheck
from grader.judging.checks import Figures
from grader.notebook.read import Cell
from grader.results import Verdict

from .in_process import TITLE, code, notebook, sides


@pytest.mark.parametrize(
    ("cell", "verdict"),
    [
        (code("x = 1"), Verdict.MISSING),
        (code("x = 1", figures=2), Verdict.PASSED),
        (code("plt.plot(losses)"), Verdict.PASSED),
        (code("ax.semilogy (losses)"), Verdict.PASSED),
        (code("plot = 3"), Verdict.MISSING),
        (code("replot(x)"), Verdict.MISSING),
        (Cell(1, "markdown", "plt.plot(losses)"), Verdict.MISSING),
    ],
    ids=["none", "saved", "drawn", "drawn by an axis", "a variable", "another function", "in words"],
)
def test_figures_are_saved_or_drawn(cell: Cell, verdict: Verdict) -> None:
    """A cell that draws counts as a figure; a word does not."""
    line = Figures(TITLE)
    student = replace(sides(), notebook=notebook(cell))
    (finding,) = line.judge(student, line.cases[0]).findings
    assert finding.verdict is verdict
    assert finding.passed == (verdict is Verdict.PASSED)


def test_figures_need_a_notebook() -> None:
    """A figure check without a notebook is a fault of the grader."""
    line = Figures(TITLE)
    with pytest.raises(EmptyCheck):
        line.judge(sides(), line.cases[0])
