"""No function of the solution leaves in any kind of cell that students get."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment.read import read_assignment
from grader.errors import AssignmentError
from grader.release.handout.leaks import check_leaks

HEAD = """# %% assignment toy: Toy
# languages: en
"""
QUESTION = """# %% question 1: Centre
# points: 1
# %% text en [markdown]
# Write `centre(X)`.
# %% solution
def centre(X):
    '''The rows of X around their mean.'''
    return X - X.mean(dim=0)


class Line:
    def __init__(self, w):
        self.w = w

    def at(self, x):
        # the product
        return self.w * x + self.w * self.w * x * x
# %% test values
@public(N=3)
@hidden(N=4)
def test(d):
    yield "X", centre(d.normal(d.N, 2))
    yield "at", Line(2.0).at(3.0)
"""
OTHER = """# %% question 2: Nothing
# points: 1 by hand
"""
COPY = "def centre(X):\n    return X - X.mean(dim=0)\n"
RENAMED = "def middle(rows: list):\n    '''Other words.'''\n    return rows - rows.mean(dim=0)  # the same\n"
METHOD = "def parabola(self, t):\n    return self.w * t + self.w * self.w * t * t\n"
ASKS = '    yield "c", centre(d.normal(d.N, 2))\n'
OTHERWISE = "def centre(X):\n    return X - X.sum(0) / len(X)\n"


def comments(code: str) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in code.splitlines())


def leaks(folder: Path, text: str) -> str:
    """The complaint of `check_leaks`; "" if it finds nothing."""
    file = folder / "toy.py"
    file.write_text(HEAD + text)
    assignment = read_assignment(file)
    try:
        check_leaks(assignment)
    except AssignmentError as error:
        return str(error)
    return ""


def cell(kind: str, code: str) -> str:
    """The assignment with one more cell, which holds the code."""
    match kind:
        case "text":
            return "# %% text en [markdown]\n# So:\n# ```python\n" + comments(code) + "# ```\n" + QUESTION
        case "given code":
            return "# %% given\n" + code + QUESTION
        case "helper":
            return "# %% helper " + code.split("(")[0].split()[1] + "\n" + code + QUESTION
        case "template":
            return QUESTION + OTHER + "# %% template\nimport torch\n" + code
        case "a comment":
            return QUESTION + OTHER + "# %% template\nimport torch\n" + comments(code)
        case "stand-in":
            return QUESTION + "# %% stand-in centre\n" + code
        case _:
            inner = "".join(f"    {line}\n" for line in code.splitlines())
            return QUESTION + "# %% test more\n@hidden(N=2)\ndef test(d):\n" + inner + ASKS


KINDS = ("text", "given code", "helper", "template", "a comment", "stand-in", "test")


@pytest.mark.parametrize("code", [COPY, RENAMED, METHOD], ids=["copy", "renamed", "method"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_function_of_the_solution_is_found(kind: str, code: str, tmp_path: Path) -> None:
    """Also under another name, with other arguments, words and comments, and for a method."""
    if kind == "stand-in" and code is not COPY:
        code += OTHERWISE
    found = leaks(tmp_path, cell(kind, code))
    name = "Line.at" if code.startswith(METHOD) else "centre"
    shown = "template" if kind == "a comment" else kind
    assert f"the {shown} holds {name} of the solution of question 1" in found
    line = int(found.split("line ")[1].split(",")[0].split(":")[0])
    text = (tmp_path / "toy.py").read_text().splitlines()
    assert found.startswith("toy.py, line ")
    begins = "# %% text" if kind == "text" else "def "
    assert any(begins in near for near in text[line - 1 : line + 1]), (found, text[line - 1])


@pytest.mark.parametrize("kind", KINDS)
def test_other_code_may_leave(kind: str, tmp_path: Path) -> None:
    """A function that does the same in another way is not a leak, nor is an emptied one."""
    assert leaks(tmp_path, cell(kind, OTHERWISE)) == ""
    if kind != "stand-in":
        assert leaks(tmp_path, cell(kind, "def centre(X):\n    '''Words.'''\n    pass\n")) == ""


def test_a_stand_in_that_stays_home_may_be_the_solution(tmp_path: Path) -> None:
    """It is not released."""
    assert leaks(tmp_path, QUESTION + "# %% stand-in centre\n# stays home\n" + COPY) == ""


def test_a_question_without_points_may_be_given(tmp_path: Path) -> None:
    """Its template holds the right answer on purpose."""
    free = QUESTION.replace("points: 1", "points: 0")
    text = free + "# %% template\n" + COPY + OTHER
    assert leaks(tmp_path, text) == ""
    assert "centre" in leaks(tmp_path, text.replace("points: 0", "points: 1"))
