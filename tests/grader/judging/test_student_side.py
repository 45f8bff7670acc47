"""The student's side: all tests of a question travel at once, and a traceback has the lines of the notebook."""

from __future__ import annotations

import pytest

from grader.errors import Frame
from grader.judging.author import Place
from grader.judging.student_side import sources_of
from grader.results import Verdict

from .in_process import RIGHT, SOLUTION, TEST, Here, Sides, asked, assignment, sides, verdicts

CELLS = (
    "# %% given\nfrom torch import nn\n\nSIZE = 3\n\nclass Base:\n    pass\n",
    "# %% helper gap\ndef gap(a, b):\n    return (a - b).abs().max()\n",
    "# %% question 1: One\n# points: 1\n",
    "# %% helper twice\ndef twice(x):\n    return 2 * x\n",
    SOLUTION,
    TEST.replace("double(x)", "double(twice(x))"),
    "# %% question 2: Two\n# points: 1\n# %% solution\ndef other(x):\n    return x\n",
    "# %% test values\n@public(n=3)\n@hidden(n=4)\ndef test(d):\n    x = d.normal(d.n)\n"
    "    return {'y': other(x), 'gap': gap(x, d.normal(d.n))}\n",
)


@pytest.fixture(scope="module")
def two() -> Sides:
    return sides(assignment(*CELLS))


def test_all_tests_of_a_question_travel_at_once() -> None:
    """The first look at a case runs all of them, the public ones first; a second look runs nothing."""
    made = sides(asked(TEST, TEST.replace("values", "again")))
    student = made.student(RIGHT)
    here = student.program
    assert isinstance(here, Here)
    last = student.came(Place("1", 1, 1))
    assert [run.sizes["B"] for run in here.runs] == [4, 4, 6, 6]
    assert student.came(Place("1", 1, 1)) is last
    assert student.came(Place("1", 0, 0)).values["double"].shape == (4, 3)
    assert len(here.runs) == 4


def test_a_test_sees_what_it_needs_and_nothing_else(two: Sides) -> None:
    """Given code and helpers travel; the student's other names stay out."""
    found = sources_of(two.table, two.question("1"))
    assert [len(found.given), len(found.helpers)] == [1, 2]
    assert found.own == ("Base", "SIZE")
    assert found.asked == ("double", "total", "other")
    assert len(sources_of(two.table, two.question("2")).helpers) == 1
    spoils = RIGHT + "\ndef twice(x):\n    return 0 * x\n\ndef gap(a, b):\n    return 7\n"
    assert set(verdicts(two.findings(spoils)).values()) == {Verdict.PASSED}


def test_an_answer_whose_form_nobody_foresaw_is_the_students() -> None:
    """The test stumbles over the answer but not over the solution's: no points, and a sentence that names it."""
    made = sides(asked(TEST.replace('double(x)', 'double(x) + torch.ones(3)')))
    found = made.findings(RIGHT.replace("return 2 * x", "return (x, x)"))
    assert found["double"].verdict is Verdict.FAILED
    text = found["double"].message.render("en")
    assert text.startswith("the test cannot go on with the value that double returned: TypeError")
    hidden = made.findings(RIGHT.replace("return 2 * x", "return (x, x)"), 1)["double"].message.render("en")
    assert hidden == "your code returned something that cannot be judged"


@pytest.mark.parametrize(
    ("signature", "words"),
    [("double()", "takes 0 positional arguments"), ("double(x, y)", "missing 1 required positional argument: 'y'")],
)
def test_a_function_that_cannot_be_called_is_named(signature: str, words: str) -> None:
    """The student reads that the arguments are the task's."""
    found = sides(asked()).findings(RIGHT.replace("double(x)", signature))
    text = found["double"].message.render("en")
    assert found["double"].verdict is Verdict.RAISED
    assert text.startswith("double cannot be called as the task says: ")
    assert words in text


def test_a_frame_has_the_line_of_the_notebook(two: Sides) -> None:
    """A line that the notebook does not have is empty."""
    student = two.student("a = 1\nb = 2  ")
    lines = [student.trace_line(Frame(cell, line)).source for cell, line in ((1, 2), (1, 3), (2, 1), (1, 0))]
    assert lines == ["b = 2", "", "", ""]
