"""Whether an answer that a person reads is as students were given it: then it waits for nobody, anywhere."""

from __future__ import annotations

import base64
import copy
import json
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("nh3")

from grader.assignment.load import load_assignment
from grader.release.handout.notebook import notebook_text
from grader.results import QuestionResult
from grader.run.answers import Answers, Given, plain
from grader.run.outputs import with_marks

from ...tiny import cell, notebook
from ..desk.rooms import CODE, HEADING, TABLE, answers, given_in, handed_in, result

NAME = cell("**Name:** Ana Araucaria, 12.345.678-9", "markdown")
PASTED = {
    **cell("![derivation](attachment:p.png)", "markdown"),
    "attachments": {"p.png": {"image/png": base64.b64encode(b"\x89PNG").decode()}},
}
UNTOUCHED = (cell(HEADING, "markdown"), cell("**Your answer:**", "markdown"), CODE)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Given:
    return given_in(tmp_path_factory.mktemp("table"))


def work(given: Given, folder: Path, data: bytes, **beside: bytes) -> Answers:
    """The submission of one student."""
    return Answers(handed_in(folder, data, **beside), given)


def judged(answers: Answers, question: str = "1a") -> QuestionResult:
    found = result("Ana", "ana", answers.given.assignment.questions).questions
    return next(q for q in found if q.id == question)


def test_the_same_answer_in_other_spaces(given: Given, tmp_path: Path) -> None:
    """White space and commands that change only the looks do not count; other letters do."""
    assert plain(r"\left( \dfrac{a}{b} \right)") == plain(r"(\frac ab)")
    assert plain("$X$") != plain("$x$")
    one = work(given, tmp_path / "1", answers("$$ -1 $$")).essence("1a", None)
    assert work(given, tmp_path / "2", answers("$-1$")).essence("1a", None) == one
    assert work(given, tmp_path / "3", answers("$-2$")).essence("1a", None) != one


@pytest.mark.parametrize(
    ("cells", "beside"),
    [
        ((NAME, *UNTOUCHED), {}),
        ((*UNTOUCHED, "x = 1  # a comment in the code of another question"), {}),
        (UNTOUCHED, {"net_py": b"# a module", "rows_csv": b"1,2"}),
    ],
    ids=["name", "code", "data"],
)
def test_texts_as_they_were_given_wait_for_nobody(
    given: Given, tmp_path: Path, cells: tuple[object, ...], beside: dict[str, bytes]
) -> None:
    """The student's name above, code, and data in files are no answer."""
    found = work(given, tmp_path, notebook(*cells), **beside)  # type: ignore[arg-type]
    assert found.untouched(judged(found))


def test_the_released_notebook_waits_for_nobody_until_somebody_writes_there(given: Given, tmp_path: Path) -> None:
    """Also with the student's name in the title, and where an earlier release had a line that this one has not."""
    released = json.loads(notebook_text(given.assignment, "en"))

    def untouched(name: str, before: str, after: str) -> bool:
        changed = copy.deepcopy(released)
        for one in changed["cells"]:
            one["source"] = "".join(one["source"]).replace(before, after)
        found = work(given, tmp_path / name, json.dumps(changed).encode())
        return found.untouched(judged(found))

    assert untouched("released", "", "")
    assert untouched("named", "# Small assignment", "# Small assignment\n\nName: Ana Araucaria")
    assert untouched("earlier", "| Question | Topic |", "| Question | Subject |")
    assert not untouched("written", "**Your answer:**", "**Your answer:** $-1$")


@pytest.mark.parametrize(
    ("cells", "beside"),
    [
        ((*UNTOUCHED, cell("# My derivation\n$-1$", "markdown")), {}),
        ((*UNTOUCHED, cell("# Notes\n" + "a long text " * 30, "markdown")), {}),
        ((cell("$f' = -1$", "markdown"), *UNTOUCHED), {}),
        ((*UNTOUCHED, "# the derivative is -1"), {}),
        ((*UNTOUCHED, 'def g():\n    """The derivative\n    is -1."""'), {}),
        ((PASTED, *UNTOUCHED), {}),
        (UNTOUCHED, {"notes_md": b"-1"}),
        (UNTOUCHED, {"photo_heic": b"\0"}),
    ],
    ids=["formula", "text", "above", "comment", "docstring", "pasted photo", "markdown", "photo"],
)
def test_words_elsewhere_are_read(
    given: Given, tmp_path: Path, cells: tuple[object, ...], beside: dict[str, bytes]
) -> None:
    """In another place of the notebook, above it, in a comment, or in a file that may hold words."""
    found = work(given, tmp_path, notebook(*cells), **beside)  # type: ignore[arg-type]
    assert not found.untouched(judged(found))


def test_a_plot_in_another_place_is_read(given: Given, tmp_path: Path) -> None:
    """Where figures are asked for, the check looks for them in the whole notebook, and what it finds is read."""
    found = work(given, tmp_path, notebook("plot()", *UNTOUCHED, cell("### 2. Plots", "markdown")))
    assert not found.untouched(judged(found, "2"))


def test_untouched_points_do_not_wait_in_the_sums(given: Given, tmp_path: Path) -> None:
    """The points are lost unless a person gives them all the same."""
    from dataclasses import replace

    from grader.run.marks import Mark

    found = result("Ana", "ana", given.assignment.questions)
    found = replace(found, questions=tuple(replace(q, untouched=q.id == "1a") for q in found.questions))
    marks = {"2": Mark(0.5)}
    assert with_marks(found, marks, given.assignment, complete=True).pending == 0.0
    assert with_marks(found, {**marks, "1a": Mark(1.0)}, given.assignment, complete=True).total == 2.5


def test_a_damaged_notebook_beside_the_template_is_no_part_of_it(tmp_path: Path) -> None:
    """What students were given is what can be read there."""
    (tmp_path / "assignment.py").write_text(TABLE, encoding="utf-8")
    template = tmp_path / "template.ipynb"
    template.write_bytes(notebook("x = 1"))
    (tmp_path / "old.ipynb").write_bytes(b'{"cells": [')
    assert "x = 1" in Given(replace(load_assignment(tmp_path), template=template)).texts
