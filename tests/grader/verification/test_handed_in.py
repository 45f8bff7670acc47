"""The solution, a mistake or an example as a notebook that a student could have handed in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import load
from grader.assignment.course import Source
from grader.assignment.spec import Assignment
from grader.verification.handed_in import hostile_notebook, parameters_of, solution_notebook

TABLE = """# %% assignment lines: Lines
# scale: 0 to 10, 1 decimals
# languages: en
# %% given
import torch
# %% question 1: A line
# points: 1
# %% solution line.py, use.py
# %% test at
@public(n=3)
@hidden(n=4)
def test(d):
    return {"at": Line(3.0).at(d.normal(d.n))}
# %% wrong backwards: A hint. [raw]
# - self.slope * x
# + -self.slope * x
# %% right other
class Line:
    pass
# %% hostile nothing: 0 points
Line = None
# %% question 2: Twice
# points: 1
# %% solution use.py
# %% test twice
@public(n=3)
@hidden(n=4)
def test(d):
    return {"twice": twice(d.normal(d.n))}
# %% wrong thrice: A hint.
def twice(x):
    return Line(3.0).at(x)
"""
LINE = """from __future__ import annotations
class Line:
    def __init__(self, slope):
        self.slope = slope
    def at(self, x):
        return self.slope * x
"""
USE = "from .line import Line\ndef twice(x):\n    return Line(2.0).at(x)\n"


@pytest.fixture
def lines(tmp_path: Path) -> Assignment:
    for name, text in (("lines.py", TABLE), ("line.py", LINE), ("use.py", USE)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return load.load_assignment(tmp_path / "lines.py")


def cells(notebook: bytes) -> list[str]:
    return [cell.strip() for cell in notebook.decode().split("# %%\n")[1:]]


def test_the_solution_has_a_cell_for_each_source(lines: Assignment) -> None:
    """A module that two questions name is there once; modules of the assignment are not imported."""
    imports, line, use = cells(solution_notebook(lines))
    assert imports == "import torch"
    assert line.startswith("class Line:")
    assert use.startswith("def twice(x):")


def test_a_diff_changes_the_source_in_its_place(lines: Assignment) -> None:
    """The other cells are those of the solution."""
    before, after = cells(solution_notebook(lines)), cells(solution_notebook(lines, lines.mistakes[0]))
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, True]
    assert "return -self.slope * x" in after[1]


def test_code_of_a_mistake_or_of_a_right_answer_follows_its_question(lines: Assignment) -> None:
    """It redefines names of the solution."""
    assert cells(solution_notebook(lines, lines.mistakes[1]))[-1].endswith("return Line(3.0).at(x)")
    assert cells(solution_notebook(lines, lines.right[0]))[3] == "class Line:\n    pass"


def test_the_last_questions_that_cost_nothing_are_not_answered_with_a_mistake(lines: Assignment) -> None:
    """Unless the mistake is there."""
    question = replace(lines.questions[1], tests=(replace(lines.questions[1].tests[0], share=0.0),))
    more = replace(question, solution=(Source("def twice(x):\n    return x + x", "lines.py", 99),))
    changed = replace(lines, questions=(lines.questions[0], more))
    assert len(cells(solution_notebook(changed))) == 4
    assert [len(cells(solution_notebook(changed, mistake))) for mistake in lines.mistakes] == [3, 5]


def test_a_hostile_answer_is_all_that_is_handed_in(lines: Assignment) -> None:
    """Only the given cells stand above it."""
    assert cells(hostile_notebook(lines, lines.hostile[0])) == ["import torch", "Line = None"]


def test_it_holds_no_path_of_this_machine(lines: Assignment, tmp_path: Path) -> None:
    """The sandbox could not read the assignment's folder in any case."""
    assert str(tmp_path).encode() not in solution_notebook(lines)


def test_parameters_are_those_of_the_solution(lines: Assignment) -> None:
    """Of a method, of a function, of a name that is neither."""
    question = lines.question("1")
    assert parameters_of(question, "Line.at") == ["self", "x"]
    assert parameters_of(question, "twice") == ["x"]
    assert parameters_of(question, "Line") == []
