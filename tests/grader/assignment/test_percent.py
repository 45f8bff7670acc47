"""A percent file is split into cells, and Jupytext changes no line of it."""

from __future__ import annotations

from pathlib import Path

import jupytext
import pytest

from grader.assignment.new import TEMPLATE
from grader.assignment.percent import Cell, split
from grader.assignment.slips import Slips

from .percent_file import SOUND

ROOT = Path(__file__).parents[3]
PERCENT_FILES = [
    file for folder in ("reference", "tests/assignments") for file in sorted((ROOT / folder).rglob("*.py"))
    if file.read_text(encoding="utf-8").lstrip().startswith(("# %% assignment", "# %% question", "# %% text"))
]  # fmt: skip


def cells(text: str) -> list[Cell]:
    slips = Slips()
    found = split(text, "a.py", slips)
    slips.report()
    return found


@pytest.mark.parametrize("title", ["# %% text es [markdown]", "# %% [markdown] text es", "# %% text es [md]"])
def test_the_word_for_the_editor_stands_at_either_end(title: str) -> None:
    """VS Code writes it first, Jupytext last."""
    (cell,) = cells(f"{title}\n# hola\n")
    assert (cell.kind, cell.title, cell.raw, cell.body) == ("text", "es", False, "# hola")


def test_a_cell_knows_its_lines() -> None:
    """Header lines end at the first line that is not a comment."""
    (first, second) = cells("# %% given\nimport torch\n\n# %% question 1: a | b\n# points: 1\n# bonus\n\n# a note\n")
    assert (first.line, first.body_line, first.body) == (1, 2, "import torch")
    assert (second.headers, second.lines) == ({"points": (1, 0), "bonus": True}, {"points": 5, "bonus": 6})
    assert (second.title, second.body_line, second.body) == ("1: a | b", 7, "\n# a note")


def test_code_cells_have_no_headers() -> None:
    """A comment below the title of a solution is part of the code."""
    (cell,) = cells("# %% solution\n# points: of view\nx = 1\n")
    assert (cell.headers, cell.body) == ({}, "# points: of view\nx = 1")


def test_the_lines_of_a_diff_are_not_headers() -> None:
    """Headers of a mistake come first."""
    (cell,) = cells("# %% wrong a: b | c [raw]\n# also: 3b\n# - also: 1\n# + x\n")
    assert ([*cell.headers], cell.body) == (["also"], "# - also: 1\n# + x")


def test_comments_above_the_first_cell_are_ignored() -> None:
    """Jupytext puts its own header there, and a cell of comments alone."""
    (cell,) = cells("# ---\n# jupyter: x\n# ---\n\n# %%\n# a note\n\n# %% given\n")
    assert cell.kind == "given"


@pytest.mark.parametrize("text", [SOUND, TEMPLATE.read_text(encoding="utf-8"),
                                  *(file.read_text(encoding="utf-8") for file in PERCENT_FILES)])  # fmt: skip
def test_jupytext_changes_no_line(text: str) -> None:
    """A lecturer may open the file as a notebook and save it."""
    notebook = jupytext.reads(text, "py:percent")
    assert jupytext.writes(notebook, "py:percent") == text


@pytest.mark.parametrize(
    "title",
    ["stable=False", "a | stable=False", "x = 1", "a=1e-3", "lr=.5", "a='x'", 'a {x}', "dim=0", "(stable=False)",
     "f(x=1.)", "dims a=b, c=0", "stable: False", "a: `lr=0.1` | `lr=0.1` [raw]", "two  spaces", "x == y", "a=1.5 | b",
     "a=True c=0", "a=True with b=1", "a=True with | b=0.5", "stable=True with 0 | stable=True with 0", "a=None"],
)  # fmt: skip
def test_a_title_that_jupytext_would_change_is_a_slip(title: str) -> None:
    """Any other title comes back as it was."""
    text = f"# %% test {title}\n\n# x\n"
    same = jupytext.writes(jupytext.reads(text, "py:percent"), "py:percent") == text
    slips = Slips()
    split(text, "a.py", slips)
    assert bool(slips.sentences) is not same, slips.sentences


def test_jupytext_sees_texts_and_mistakes() -> None:
    """The kinds of the notebook's cells follow the words in the titles."""
    notebook = jupytext.reads(SOUND, "py:percent")
    assert {cell.cell_type for cell in notebook.cells} == {"code", "markdown", "raw"}
