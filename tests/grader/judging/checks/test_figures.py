"""Figures are saved ones, or code that draws."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.judging.checks.figures import Figures
from grader.notebook.read import Cell, Notebook
from grader.results import Verdict

from ..in_process import RIGHT, Sides, asked, sides


@pytest.fixture(scope="module")
def made() -> Sides:
    return sides(asked())


def code(source: str, figures: int = 0) -> Cell:
    return Cell(1, "code", source, python=source, figures=figures)


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
def test_figures_are_saved_or_drawn(made: Sides, cell: Cell, verdict: Verdict) -> None:
    """A cell that draws counts as a figure; a word does not. Figures cost nothing by themselves."""
    line = Figures()
    student = replace(made.student(RIGHT), notebook=Notebook("ana.ipynb", (cell,)))
    (finding,) = line.judge(student, line.cases[0]).findings
    assert finding.verdict is verdict
    assert finding.passed == (verdict is Verdict.PASSED)
    assert not finding.scored
