"""A notebook of another assignment is recognised by its names; an empty template and answers of one's own are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment.load import load_assignment
from grader.assignment.spec import Assignment
from grader.judging.misplaced import Misplaced, asked_names
from grader.judging.reading import read_file
from grader.release.handout.notebook import notebook_text

from ...tiny import DOUBLE, NEGATE, cell, grade, grades, notebook, records, write_assignment, write_class

Capture = pytest.CaptureFixture[str]

REFERENCE = Path(__file__).parents[3] / "reference"
OTHER = """
# %% assignment other: Otra tarea | Another assignment

# %% question 1: Cinco | Five
# points: 2
# names: alpha beta gamma delta epsilon
# %% solution
def alpha(): return 1
def beta(): return 2
def gamma(): return 3
def delta(): return 4
def epsilon(): return 5
# %% test valores | values
@public("a | a", n=1)
@hidden("b | b", n=2)
def test(d):
    return {"sum": alpha() + beta() + gamma() + delta() + epsilon() + d.n * 1.0}
"""
SOLVED = "".join(f"def {name}(): return {k}\n" for k, name in enumerate(("alpha", "beta", "gamma", "delta", "zeta")))
UNKNOWN = "".join(f"def step_{k}(x): return x\n" for k in "abcde")


@pytest.fixture(scope="module")
def tarea2() -> Assignment:
    return load_assignment(REFERENCE / "tarea2")


def found(data: bytes, assignment: Assignment) -> Misplaced | None:
    return read_file(data, "a.ipynb", assignment).misplaced


@pytest.mark.parametrize("name", ["redes", "clase2"])
def test_a_template_of_another_course_is_recognised(name: str, tarea2: Assignment) -> None:
    """Also when nothing in it is solved; the sentence names the assignment."""
    other = load_assignment(REFERENCE / name)
    there = found(notebook_text(other, "es").encode(), tarea2)
    assert there is not None
    assert there.likely == other.title
    assert other.title.es in there.told().render("es")


@pytest.mark.parametrize("name", ["tarea2", "redes", "clase2"])
def test_an_empty_template_is_not_another_assignment(name: str) -> None:
    """Nor is one in which a single question was kept."""
    own = load_assignment(REFERENCE / name)
    assert found(notebook_text(own, "es").encode(), own) is None


@pytest.mark.parametrize(
    "cells",
    [
        ["x = 1\nprint(x)"],  # little of anything
        ["relu = lambda x: x\ndef tanh(x): return x\n", UNKNOWN],  # some of what is asked
        ["def my_relu(T): pass\ndef soft_max(T): pass\ndef swish_fn(T): pass\n", UNKNOWN],  # similar names
        ["class Tarea:\n    def relu(s, T): pass\n    def swish(s, T): pass\n    def celu(s, T): pass\n", UNKNOWN],
        ["dL_dU = 1\ndL_dL = 1\nyp = 3\ndL_dc = 2\n", UNKNOWN],  # the variables of a snippet question
        ["def relu(T):\n    pass\ndef swish(T, beta):\n    pass\nx = = 1\ndef celu(T)\n", UNKNOWN],  # broken
        ["import a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p"],
    ],
)
def test_answers_of_this_assignment_are_not_misplaced(cells: list[str], tarea2: Assignment) -> None:
    assert found(notebook(*cells), tarea2) is None


def test_answers_in_text_cells_are_not_misplaced(tarea2: Assignment) -> None:
    """They are told to change the cell, not to hand in another notebook."""
    text = cell("def relu(T):\n    return T\n\ndef tanh(T):\n    return T\n", "markdown")
    assert found(notebook(UNKNOWN, text), tarea2) is None


def test_much_else_is_functions_or_variables(tarea2: Assignment) -> None:
    """One asked name may be there by chance, and the assignment need not be known."""
    assert found(notebook(UNKNOWN, "def softmax(x): return x\n"), tarea2) == Misplaced(
        likely=type(tarea2.title)(), found=1, asked=len(asked_names(tarea2))
    )
    assert found(notebook("".join(f"column_{k} = {k}\n" for k in range(20))), tarea2) is not None


@pytest.mark.bwrap
def test_the_student_gets_a_sentence_and_the_instructor_a_list(capsys: Capture, tmp_path: Path) -> None:
    """Nobody waits for a person, and the class page has one list."""
    table = write_assignment(tmp_path / "course" / "tiny")
    (tmp_path / "course" / "other").mkdir()
    (tmp_path / "course" / "other" / "assignment.py").write_text(OTHER)
    (tmp_path / "course" / "broken").mkdir()
    (tmp_path / "course" / "broken" / "assignment.py").write_text("# %% assignment\n")
    folder = write_class(
        tmp_path / "class", ana=notebook(DOUBLE, NEGATE), bea=notebook(SOLVED), eva=notebook(UNKNOWN)
    )
    out = tmp_path / "out"
    said = grade(capsys, folder, "--assignment", table, "--out", out, "--lang", "en")
    assert said.status == 0
    assert "2 submissions for another assignment, it seems: bea (Another assignment), eva\n" in said.out
    assert "1 submission waits for a person" in said.out
    assert {name: row["total"] for name, row in grades(out).items()} == {"ana": "5", "bea": "0", "eva": "0"}
    page = (out / "index.html").read_text()
    assert page.count("These seem to belong to another assignment") == 1
    sentence = "This seems to belong to another assignment, Another assignment: it defines 0 of the 2 names"
    assert sentence in (out / "students" / "bea.html").read_text()
    assert "This seems to belong to another assignment: it defines" in (out / "students" / "eva.html").read_text()
    assert records(out)["bea"]["pending"] == 0
    assert not records(out)["ana"]["misplaced"]
