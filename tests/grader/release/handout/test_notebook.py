"""The students' notebook of an assignment file runs as it is, asks for everything, and earns nothing."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from grader.assignment.load import load_assignment
from grader.assignment.new import write_new
from grader.assignment.spec import Assignment
from grader.errors import UsageError
from grader.judging.judge import Judge
from grader.release.handout.notebook import notebook_text, notebooks, selected
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level

from ....in_lane import judge_bytes

STUB = "def check(*questions):\n    print('checked', *questions)\n"
MAIN = """# %% assignment course: Curso | Course
# parts: one.py, two.py

# %% text es [markdown]
# Bienvenida
# %% text en [markdown]
# Welcome
# %% given
import torch
from torch import nn
# %% text es [markdown]
# Notación: $x$
# %% text en [markdown]
# Notation: $x$
"""
ONE = """# %% text es [markdown]
# ## Parte 1
# %% text en [markdown]
# ## Part 1

# %% question 0: Red | Network
# points: 0
# names: twice Net
# %% text es [markdown]
# Está dada.
# %% text en [markdown]
# It is given.
# %% template
def twice(x):
    return 2 * x
# %% template
class Net(nn.Module):
    def forward(self, x):
        return twice(x)
# %% solution
def twice(x):
    return x + x


class Net(nn.Module):
    def forward(self, x):
        return twice(x)

    def back(self, x):
        return 3 * twice(x)
# %% test red | network
@public(n=3)
def test(d):
    yield "y", Net()(d.normal(d.n))

# %% question 1a: Suma y media | Sum and mean
# points: 1 + 0.5 by hand
# forbidden: losses
# %% text es [markdown]
# Escribe `add` y explica.
# %% text en [markdown]
# Write `add` and explain.
# %% solution
def helper(x):
    return x.sum()


def add(x: torch.Tensor):
    '''Suma de x | Sum of x'''
    total = 0  # empieza aquí | start here  # keep
    return helper(x) + total
# %% rubric
# 0.5: La explicación | The explanation
# %% test suma | sum
@public(n=3)
@hidden(n=4)
def test(d):
    yield "sum", add(d.normal(d.n))
"""
TWO = """# %% text es [markdown]
# ## Parte 2
# %% text en [markdown]
# ## Part 2
# %% given
import math

# %% question 2a: Volver | Back
# points: 1
# names: Net Net.back
# %% text es [markdown]
# Completa `Net`.
# %% text en [markdown]
# Complete `Net`.
# %% template
class Net(nn.Module):
    def forward(self, x):
        return twice(x)

    def back(self, x):
        # Tu respuesta a 2a | Your answer to 2a
        pass
# %% solution
class Net(nn.Module):
    def forward(self, x):
        return twice(x)

    def back(self, x):
        y = twice(x)
        return 3 * y + 0 * y * y
# %% test vuelta | back
@public(n=3)
@hidden(n=4)
def test(d):
    yield "back", Net().back(d.normal(d.n))

# %% question 2b: Derivada | Derivative
# points: 1
# inputs: x y
# outputs: dx dy
# %% text es [markdown]
# Encuentra `dx` y `dy`.
# %% text en [markdown]
# Find `dx` and `dy`.
# %% solution
dx = 2 * x
dy = 2 * y
# %% test valores | values
@public(n=3)
@hidden(n=4)
def test(d):
    yield from d.snippet(x=d.normal(d.n), y=d.normal(d.n))

# %% question 2c: Gráfico | Plot
# points: 0.5 by hand
# figures: 1
# needs: 2b (share 0)
# %% text es [markdown]
# Grafica.
# %% text en [markdown]
# Plot.

# %% question 2d: Ensayo | Essay
# points: 0.5 by hand
# bonus
# %% text es [markdown]
# Comenta.
# %% text en [markdown]
# Comment.
# %% text es [markdown]
# **Tu respuesta (ensayo):**
# %% text en [markdown]
# **Your answer (essay):**
"""


@pytest.fixture
def course(tmp_path: Path) -> Assignment:
    for name, text in (("assignment.py", MAIN), ("one.py", ONE), ("two.py", TWO)):
        (tmp_path / name).write_text(text)
    return load_assignment(tmp_path)


@pytest.fixture
def new(tmp_path: Path) -> Assignment:
    return load_assignment(write_new(tmp_path / "first.py"))


def cells(assignment: Assignment, language: str = "en", ids: Sequence[str] = ()) -> dict[str, str]:
    """The cells by id."""
    found = json.loads(notebook_text(assignment, language, ids))["cells"]
    assert len({cell["id"] for cell in found}) == len(found)
    return {cell["id"]: "".join(cell["source"]) for cell in found}


def outputs(assignment: Assignment, language: str, folder: Path) -> list[str]:
    """The output of the notebook in a fresh kernel, cell by cell; a cell that raises is an error."""
    (folder / "grader.py").write_text(STUB)
    notebook = nbformat.reads(notebook_text(assignment, language), as_version=4)
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
    return [output["text"] for cell in notebook.cells for output in cell.get("outputs", ())]


def points(assignment: Assignment, language: str) -> dict[str, float]:
    """The points of the notebook as students get it."""
    judge = Judge(assignment, "salt")
    judge.prepare()
    lane = Lane(Level.NONE, assignment.limits, sources=judge.sources(), files=[])
    try:
        result = judge_bytes(judge, notebook_text(assignment, language).encode(), "x.ipynb", lane)
    finally:
        lane.close()
    return {question.id: question.points for question in result.questions}


# As it is ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["es", pytest.param("en", marks=pytest.mark.nightly)])
def test_the_notebook_of_a_new_assignment_runs_and_earns_nothing(
    new: Assignment, language: str, tmp_path: Path
) -> None:
    """It runs from top to bottom; only the check prints."""
    assert outputs(new, language, tmp_path) == ["checked standardise\n"]
    assert points(new, language) == {"standardise": 0}


def test_the_notebook_of_a_course_runs_and_earns_nothing(course: Assignment, tmp_path: Path) -> None:
    """All kinds of questions: given, with holes, a snippet, with figures, read by a person."""
    printed = outputs(course, "es", tmp_path)
    assert printed == [f"checked {id}\n" for id in ("1a", "0", "2a", "2b", "2c", "2d")]
    assert set(points(course, "es").values()) == {0}


def test_the_same_text_on_every_call(course: Assignment) -> None:
    """The text is valid, says its language, and does not change; ids do not depend on the other questions."""
    assert notebook_text(course, "es") == notebook_text(course, "es")
    assert nbformat.reads(notebook_text(course, "en"), as_version=4).metadata["language"] == "en"
    assert cells(course, "es").keys() == cells(course, "en").keys()
    assert cells(course, ids=("1a",)).keys() < cells(course).keys() | {"q0-check"}


def test_a_notebook_for_each_language(course: Assignment, new: Assignment) -> None:
    """The first is in the language asked for; an assignment in one language has one."""
    files = notebooks(course, "es", ("1a",))
    assert list(files) == ["course.ipynb", "course_en.ipynb"]
    assert files["course_en.ipynb"] == notebook_text(course, "en", ("1a",)).encode()
    english = replace(new, languages=("en",))
    assert list(notebooks(english, "en")) == ["first.ipynb"]
    with pytest.raises(UsageError, match="the assignment is not in 'es': give --lang en"):
        notebooks(english, "es")


# The cells ---------------------------------------------------------------------------------------------------------


def test_the_order_of_the_cells(course: Assignment) -> None:
    """Introduction, set-up, points, the other cells; then part by part, question by question."""
    assert list(cells(course)) == [
        "intro-1", "set-up", "points", "intro-2", "intro-3",
        "q0-before-1", "q0-1", "q0-3", "q0-4",
        "q1a-1", "q1a-answer", "q1a-words", "q1a-check",
        "q2a-before-1", "q2a-before-2", "q2a-1", "q2a-3", "q0-check", "q2a-check",
        "q2b-1", "q2b-answer", "q2b-check",
        "q2c-1", "q2c-answer", "q2c-words", "q2c-check",
        "q2d-1", "q2d-3", "q2d-check",
    ]  # fmt: skip


def test_titles_have_points_and_the_level_below_their_part(course: Assignment) -> None:
    """The text of a question is below its title, in one cell; the part's heading has its own."""
    english, spanish = cells(course), cells(course, "es")
    assert english["intro-1"] == "# Course\n\nWelcome"
    assert english["q2a-before-1"] == "## Part 2"
    assert english["q2a-before-2"] == "import math"
    assert english["q2a-1"] == "### 2a. Back (1 point)\n\nComplete `Net`."
    assert spanish["q1a-1"].startswith("### 1a. Suma y media (1 punto, y 0,5 que da una persona)\n\nEscribe `add`")
    assert spanish["q1a-check"] == 'check("1a")  # Autoevaluación'


def test_a_text_with_a_title_of_its_own_gets_no_other(new: Assignment) -> None:
    """The first text of `grade new` begins with a heading."""
    assert cells(new)["intro-1"].startswith("# First assignment\n\nWrite your answers")
    assert cells(new)["qstandardise-1"].startswith("## standardise. Standardise the columns (1 point)\n\n`standardise")


def test_the_points_say_what_is_forbidden(course: Assignment) -> None:
    """A table of points, and one of the names that may not be used."""
    text = cells(course, "es")["points"]
    assert "| 1a | Suma y media | 1 punto, y 0,5 que da una persona |" in text
    assert "| Preguntas | No se puede usar |" in text
    assert "| 1a | `cross_entropy`, `nll_loss`" in text


def test_a_hole_asks_for_the_names_of_the_question(course: Assignment) -> None:
    """The signature with its docstring and kept lines, in the notebook's language; no helper of the solution."""
    body = "def add(x: torch.Tensor):\n    '''{}'''\n    total = 0  # {}"
    assert cells(course)["q1a-answer"] == "# Your answer to 1a\n" + body.format("Sum of x", "start here")
    assert cells(course, "es")["q1a-answer"] == "# Tu respuesta a 1a\n" + body.format("Suma de x", "empieza aquí")
    assert cells(course)["q2b-answer"] == "# Your answer to 2b\n# Given: x, y\ndx = None\ndy = None"
    assert not any("helper" in source for source in cells(course).values())


def test_answers_in_words_have_a_place(course: Assignment) -> None:
    """A text cell where a person reads, unless the author wrote one; a code cell for a figure."""
    spanish = cells(course, "es")
    assert spanish["q1a-words"] == spanish["q2c-words"] == "**Tu respuesta:**"
    assert spanish["q2d-3"] == "**Tu respuesta (ensayo):**"
    assert spanish["q2c-answer"] == "# Tu respuesta a 2c"


def test_a_class_is_given_once(course: Assignment) -> None:
    """Question 2a gives the network again, with the method to write; without 2a it is in question 0."""
    whole = cells(course)
    assert whole["q0-4"] == "`Net`: further below, in question 2a."
    assert "# Your answer to 2a\n" in whole["q2a-3"]
    some = cells(course, ids=("0",))
    assert some["q0-4"].startswith("class Net")
    assert list(some)[-1] == "q0-check"


def test_selected_questions_bring_what_they_use(course: Assignment) -> None:
    """Those that are needed, those whose names are used; the part's heading and given code come with the first one."""
    assert selected(course, ("2a",)) == ("0", "2a")
    assert selected(course, ("2c",)) == ("2b", "2c")
    assert selected(course) == ("0", "1a", "2a", "2b", "2c", "2d")
    some = cells(course, ids=("2c",))
    assert [id for id in some if id.startswith("q")] == [
        "q2a-before-1", "q2a-before-2", "q2b-1", "q2b-answer", "q2b-check",
        "q2c-1", "q2c-answer", "q2c-words", "q2c-check",
    ]  # fmt: skip
    assert "| 1a |" not in some["points"]
    # Given code of a part that is left out may be used by later ones.
    other = TWO.replace("# needs: 2b (share 0)\n", "")
    (course.folder / "two.py").write_text(other)  # type: ignore[operator]
    assert [id for id in cells(load_assignment(course.folder), ids=("1a",)) if "before" in id] == ["q0-before-1"]  # type: ignore[arg-type]


MODULE = """from __future__ import annotations

import torch
from torch import Tensor


class Deep(torch.nn.Module):
    def __init__(self, n: int) -> None:
        super().__init__()  # keep
        self.n = n

    def forward(self, x: Tensor) -> Tensor:
        return self._inner(x) * self.n

    def _inner(self, x: Tensor) -> Tensor:
        return x

    def back(self, x: Tensor) -> Tensor:
        return x + self.n
"""
SHARED = """# %% assignment shared: Shared
# languages: en
# %% given
import torch
# %% question 1: Forward
# points: 1
# names: Deep
# %% solution deep.py
# %% test value
@public(n=2)
@hidden(n=3)
def test(d):
    yield "y", Deep(2)(d.normal(d.n))
# %% question 2: Back
# points: 1
# names: Deep.back
# %% solution deep.py
# %% test value
@public(n=2)
@hidden(n=3)
def test(d):
    yield "y", Deep(2).back(d.normal(d.n))
# %% question 3: Again
# points: 1
# names: Deep Deep.back
# %% solution deep.py
# %% test other value
@public(n=4)
@hidden(n=5)
def test(d):
    yield "y", Deep(1).back(d.normal(d.n))
"""


def test_questions_that_share_a_module(tmp_path: Path) -> None:
    """A later method is not in the first hole, extends the class in its own, and is asked for once."""
    (tmp_path / "deep.py").write_text(MODULE)
    (tmp_path / "shared.py").write_text(SHARED)
    shared = load_assignment(tmp_path / "shared.py")
    found = cells(shared)
    assert found["q1-answer"].startswith(
        "from torch import Tensor\n\n\n# Your answer to 1\nclass Deep(torch.nn.Module):"
    )
    assert [node.name for node in ast.walk(ast.parse(found["q1-answer"])) if isinstance(node, ast.FunctionDef)] == [
        "__init__",
        "forward",
    ]
    assert found["q2-answer"] == (
        "# Your answer to 2\nclass Deep(Deep):\n    def back(self, x: Tensor) -> Tensor:\n        pass"
    )
    assert found["q3-answer"].startswith("# Your answer to 3. Leave the cell as it is")
    assert outputs(shared, "en", tmp_path) == ["checked 1\n", "checked 2\n", "checked 3\n"]
    assert set(points(shared, "en").values()) == {0}
