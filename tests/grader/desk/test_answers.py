"""The part of a submission that answers a question, as people see it."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("nh3")

from grader.desk.answers import Work
from grader.run.answers import Given

from ...tiny import cell, notebook
from .rooms import CODE, HEADING, given_in, handed_in


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Given:
    return given_in(tmp_path_factory.mktemp("table"))


def work(given: Given, folder: Path, data: bytes, **beside: bytes) -> Work:
    """The submission of one student."""
    return Work(handed_in(folder, data, **beside), given)


@pytest.mark.parametrize(
    "heading", [HEADING, "## 1a) opposite", "**Pregunta 1a**", "# Question 1 a", "## El opuesto", "### 1.a Opposite"]
)
def test_an_answer_is_what_is_below_its_heading(given: Given, tmp_path: Path, heading: str) -> None:
    """Headings as students write them; the next question or a heading of the same level ends the answer."""
    data = notebook("import torch", cell(heading, "markdown"), cell("words", "markdown"), CODE,
                    cell("## 2. Plots", "markdown"), "plot()", cell("# Appendix", "markdown"), "x = 1")  # fmt: skip
    ana = work(given, tmp_path, data)
    assert [c.number for c in ana.answer("1a", None) if not c.near] == [2, 3, 4]
    assert [c.number for c in ana.answer("2", None) if not c.near] == [5, 6]


def test_without_headings_everything_is_shown(given: Given, tmp_path: Path) -> None:
    """Nobody knows where the words are, so a person sees all cells, or those with plots and the texts around them.

    Where all cells are there, code is folded and its outputs are not, so that the words are on the first screen.
    """
    printed = [{"output_type": "stream", "text": ["a"]}]
    ana = work(given, tmp_path, notebook(CODE, cell("words", "markdown"), cell("print('a')", outputs=printed)))
    assert [(c.number, c.folded) for c in ana.answer("1a", None)] == [(1, True), (2, False), (3, True)]
    drawn = [{"output_type": "display_data", "data": {"image/png": "iVBORw0KGgoAAAA="}}]
    plotted = notebook(CODE, "x = 1", cell("plot()", outputs=drawn), cell("words", "markdown"), "y = 2")
    assert [c.number for c in work(given, tmp_path / "2", plotted).answer("2", None) if not c.near] == [3, 4]


def test_saved_outputs_pictures_and_files_are_there(given: Given, tmp_path: Path) -> None:
    """A plot, a table, a photo that was pasted, and the files beside the notebook; a false picture has no bytes."""
    outputs = [
        {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgoAAAA=", "text/plain": "<Figure>"}},
        {"output_type": "execute_result", "data": {"text/html": "<table onclick=a><tr><td>1</td></tr></table>"}},
        {"output_type": "stream", "text": ["a\n", "b"]},
        {"output_type": "display_data", "data": {"image/jpeg": "PHNjcmlwdD4="}},
        "nonsense",
    ]
    photo = cell("![](attachment:x.png)", "markdown", attachments={"x.png": {"image/png": "iVBORw0KGgoAAAA="}})
    data = notebook(cell(HEADING, "markdown"), photo, cell("plot()", outputs=outputs))
    ana = work(given, tmp_path, data, report_md=b"# Words $x$", **{"x_bin": b"\0"})
    _, pasted, plotted = ana.answer("1a", None)
    assert len(pasted.outputs) == 1
    assert [(o.picture, bool(o.html), o.text) for o in plotted.outputs] == [
        (0, False, ""), (None, True, ""), (None, False, "a\nb"), (1, False, ""),
    ]  # fmt: skip
    assert "onclick" not in plotted.outputs[1].html.text  # type: ignore[union-attr]
    assert ana.picture(0, 3, 0).content.startswith(b"\x89PNG")  # type: ignore[union-attr]
    assert ana.picture(0, 3, 1).content == b""  # type: ignore[union-attr]
    assert ana.picture(0, 99, 0) is None
    assert [(f.name, bool(f.html)) for f in ana.beside()] == [("report.md", True), ("x.bin", False)]


def test_the_nearest_cells_of_the_student_are_beside_the_answer(given: Given, tmp_path: Path) -> None:
    """One on each side, without a click; cells as they were given and the self-check are passed over."""
    data = notebook("far = 1", "near = 1", 'check("1a")', cell("**Your answer:**", "markdown"),
                    cell(HEADING, "markdown"), CODE, cell("## 2. Plots", "markdown"), "plot()")  # fmt: skip
    shown = work(given, tmp_path, data).answer("1a", None)
    assert [(c.number, c.near) for c in shown] == [(2, True), (5, False), (6, False), (8, True)]
