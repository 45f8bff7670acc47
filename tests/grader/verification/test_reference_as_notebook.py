"""A solution as a notebook: the reference earns everything, and a misconception loses in its question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import load
from grader.assignment.spec import Assignment
from grader.errors import AssignmentError
from grader.judging.judge import Judge
from grader.notebook.read import read_notebook
from grader.results import QuestionResult, Verdict
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level
from grader.sandbox.limits import Limits
from grader.verification.reference_as_notebook import notebook_of

TABLE = """
import math
import functools

import torch

from grader.authoring import Assignment, Case, Misconception, Question, Scale, Snippet, Text, Values

TITLE = Text("t", "t")
TWICE = TITLE and 2  # needs the grader, and is not needed by an answer


class Line:
    def __init__(self, slope):
        self.slope = slope

    def at(self, x):
        return self.slope * x


def double(t):
    return Line(2).at(t)


def halved(x):
    return {"half": x / 2}


def backwards(self, x):
    return -self.slope * x


def thirds(x):
    return {"half": x / 3}


twice_the_sine = functools.partial(double)


def named(f, draw):
    return {"double": f.call("double", draw.normal("t", 3))}


def line(f, draw):
    return {"at": f.invoke(f.new("Line", 3.0), "at", draw.normal("x", 3))}


def half(f, draw):
    return f.evaluate("half", {"x": draw.normal("x", 3)}, ["half"])


CASES = (Case(TITLE, 1, public=True),)
ASSIGNMENT = Assignment(
    name="small",
    title=TITLE,
    questions=(
        Question("1", TITLE, (Values(TITLE, named, CASES),), points=1, names=("double",)),
        Question("2", TITLE, (Values(TITLE, line, CASES),), points=1, names=("Line",)),
        Question("3", TITLE, (Values(TITLE, half, CASES),), points=1, snippets={"half": Snippet(("half",), ("x",))}),
    ),
    scale=Scale("ten", 0, 10),
    reference={"double": double, "Line": Line},
    snippets={"half": halved},
    misconceptions=(
        Misconception("backwards", "2", TITLE, {"Line.at": backwards}),
        Misconception("thirds", "3", TITLE, {"half": thirds}),
        Misconception("nameless", "1", TITLE, {"double": lambda t: t}),
        Misconception("borrowed", "1", TITLE, {"double": torch.tanh}),
        Misconception("of-the-library", "1", TITLE, {"double": math.sin}),
        Misconception("partial", "1", TITLE, {"double": twice_the_sine}),
    ),
)
"""


@pytest.fixture(scope="module")
def lane() -> Iterator[Lane]:
    with Lane(Level.BWRAP, Limits()) as lane:
        yield lane


@pytest.fixture(scope="module")
def tarea2() -> Assignment:
    return load.load_assignment(load.default_folder())


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    folder = tmp_path_factory.mktemp("small")
    (folder / "assignment.py").write_text(TABLE, encoding="utf-8")
    return load.load_assignment(folder)


def judged(assignment: Assignment, lane: Lane, *names: str, only: tuple[str, ...] = ()) -> dict[str, QuestionResult]:
    """The judged questions of the reference, or of the misconception with one of these names."""
    misconception = next((m for m in assignment.misconceptions if m.name in names), None)
    notebook = read_notebook(notebook_of(assignment, misconception), "solution.py")
    found = {q.id: q for q in Judge(assignment, "salt", only).judge(notebook, lane).questions}
    lane.end()
    return found


def lost(questions: dict[str, QuestionResult]) -> set[str]:
    return {id for id, q in questions.items() if q.points < q.possible}


# In the sandbox -------------------------------------------------------------------------------------------------


@pytest.mark.bwrap
def test_the_reference_has_full_points(tarea2: Assignment, lane: Lane) -> None:
    """Every question has full points, optional ones included; readings wait for a person."""
    questions = judged(tarea2, lane)
    assert lost(questions) == set()
    assert sum(q.points for q in questions.values()) == sum(q.points for q in tarea2.questions)
    assert {q.verdict for q in questions.values() if q.possible} == {Verdict.PASSED}


@pytest.mark.bwrap
@pytest.mark.parametrize("question", ["1b", "2a", "3a", "4a"])  # a function, a snippet, two kinds of methods
def test_a_misconception_loses_in_its_question(question: str, tarea2: Assignment, lane: Lane) -> None:
    """The misconception is named in its question, and loses elsewhere only if its row allows it."""
    misconception = next(m for m in tarea2.misconceptions if m.question == question)
    questions = judged(tarea2, lane, misconception.name)
    assert question in lost(questions) <= {question, *misconception.also}
    assert misconception.name in {n for f in questions[question].findings for n in f.misconceptions}


@pytest.mark.bwrap
@pytest.mark.parametrize(("name", "questions"), [("", set()), ("backwards", {"2"}), ("thirds", {"3"})])
def test_a_function_a_class_and_a_snippet(name: str, questions: set[str], small: Assignment, lane: Lane) -> None:
    """Statements that need the grader are left out of the notebook's program, and the rest of the file runs.

    A function still uses the unchanged class, so the mistake in the class costs only its own question.
    """
    assert lost(judged(small, lane, name)) == questions


@pytest.mark.bwrap
def test_an_assignment_of_snippets_alone(small: Assignment, lane: Lane) -> None:
    """The assignment's folder is found although no function leads to it."""
    alone = replace(small, questions=small.questions[2:], reference={}, misconceptions=small.misconceptions[1:2])
    assert lost(judged(alone, lane)) == set()
    assert lost(judged(alone, lane, "thirds")) == {"3"}


# The text --------------------------------------------------------------------------------------------------------


def test_the_notebook_is_python_of_many_cells(small: Assignment) -> None:
    """There is one cell per name, after the two that load the sources; a change follows the name that it changes."""
    notebook = read_notebook(notebook_of(small, small.misconceptions[0]), "solution.py")
    cells = [cell.source.strip() for cell in notebook.cells]
    module = small.reference["double"].__module__
    assert cells[2:] == [
        f"double = modules[{module!r}].double",
        f"Line = modules[{module!r}].Line",
        f"class Line(Line):\n    at = modules[{module!r}].backwards",
        f"half = modules[{module!r}].halved(x=x).get('half')",
    ]


def test_it_carries_the_modules_that_it_needs(tarea2: Assignment) -> None:
    """Neither the table nor other files of mistakes; the reference brings what an optional question is known by."""
    mistake = next(m for m in tarea2.misconceptions if m.name == "celoss-sign")
    text = notebook_of(tarea2, mistake).decode()
    assert "load_digits" in notebook_of(tarea2).decode()
    assert ".mistakes.losses'" in text
    for other in ("load_digits", "ASSIGNMENT", "sgd_momentum"):
        assert other not in text


def test_it_holds_no_path_of_this_machine(tarea2: Assignment) -> None:
    """The sandbox could not read the assignment's folder in any case."""
    assert str(Path(__file__).parents[3]).encode() not in notebook_of(tarea2)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nameless", "has no name in its module assignment_[0-9a-f]+.assignment: give it one there"),
        ("borrowed", "is not defined in the assignment's folder: define a function there"),
        ("of-the-library", "is not defined in the assignment's folder: define a function there"),
        ("partial", "is not defined in the assignment's folder: define a function there"),
    ],
)
def test_a_change_that_cannot_be_written_down_is_said_in_one_sentence(name: str, why: str, small: Assignment) -> None:
    """The change is a function without a name, one of torch's or Python's, or an object that can only be called."""
    misconception = next(m for m in small.misconceptions if m.name == name)
    with pytest.raises(AssignmentError, match=why) as raised:
        notebook_of(small, misconception)
    assert "\n" not in str(raised.value)
