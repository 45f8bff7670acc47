"""Every file of tests/submissions is graded as its first line says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from grader.assignment import load
from grader.judging.judge import Judge, Judgement
from grader.notebook.read import read_notebook
from grader.release.handout import cells
from grader.release.handout.notebook import notebook_text
from grader.results import QuestionResult, Status, SubmissionResult, Verdict, to_json
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level

from .in_lane import judge_bytes

pytestmark = pytest.mark.bwrap

SUBMISSIONS = Path(__file__).parent / "submissions" / "tarea2"
RIGHT = sorted((SUBMISSIONS / "right").glob("*.py"))
WRONG = sorted((SUBMISSIONS / "wrong").glob("*.py"))
NEIGHBOUR = SUBMISSIONS / "right" / "parameter_lists.py"

EXPECTATION = re.compile(r'(?P<question>\w+) (?P<verdict>\w+)(?: "(?P<text>[^"]*)")?')


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(load.load_assignment(load.default_folder()), salt="tests")


@pytest.fixture(scope="module")
def lane(judge: Judge) -> Iterator[Lane]:
    with Lane(Level.BWRAP, judge.assignment.limits, sources=judge.sources()) as lane:
        yield lane


def judged(file: Path, judge: Judge, lane: Lane) -> Judgement:
    return judge_bytes(judge, file.read_bytes(), file.name, lane)


def said(question: QuestionResult) -> str:
    """All texts of the page about a question, in English."""
    said = [text for f in question.findings for text in (f.message, f.cause, f.hint) if text]
    return " ".join(text.render("en") for text in (*said, *question.notes))


def complaint(question: QuestionResult) -> str:
    """For a failing test: the reasons why the question lost points."""
    lost = [
        f"{f.check.en}/{f.case.en}/{f.result}: {f.verdict} {f.message.render('en')}"
        for f in question.findings
        if not f.passed
    ]
    return f"{question.id} {question.verdict} {question.points}/{question.possible}: " + "; ".join(lost[:4])


def assert_as_expected(file: Path, judgement: Judgement) -> None:
    """The first line of a file: questions with their verdicts, and a text that the page has to show."""
    line = file.read_text(encoding="utf-8").splitlines()[0].removeprefix("# expect: ")
    expected_questions(file.name, line, {q.id: q for q in judgement.questions})


def expected_questions(name: str, line: str, questions: Mapping[str, QuestionResult]) -> None:
    for part in line.split(";"):
        expected = EXPECTATION.fullmatch(part.strip())
        assert expected is not None, f"{name}: cannot read {part!r}"
        question = questions[expected["question"]]
        if expected["verdict"] == "passed":
            assert question.points == question.possible, complaint(question)
            continue
        assert question.verdict is not Verdict.PASSED
        assert question.points < question.possible or not question.possible
        if expected["verdict"] != "failed":
            verdicts = {str(f.verdict) for f in question.findings}
            assert expected["verdict"] in verdicts, complaint(question)
        assert (expected["text"] or "") in said(question), complaint(question)


def questions_of(judgement: Judgement) -> bytes:
    """All that is recorded of the questions, as the gradebook keeps it."""
    result = SubmissionResult("", "", Status.GRADED, "tarea2", "es", judgement.questions)
    return to_json(result)


def test_there_are_submissions_of_each_kind() -> None:
    """If a folder is moved, the tests below must still have files to test."""
    assert len(RIGHT) >= 12
    assert len(WRONG) >= 25


@pytest.mark.verified
@pytest.mark.parametrize("file", RIGHT, ids=lambda f: f.stem)
def test_a_right_style_gets_full_points(file: Path, judge: Judge, lane: Lane) -> None:
    """A student's score does not depend on style."""
    expected = file.read_text(encoding="utf-8").splitlines()[0]
    assert expected.startswith("# expect: full")
    left_out = set(re.findall(r"\b\d[a-e]\b", expected))
    for question in judged(file, judge, lane).questions:
        if question.id in left_out:
            assert question.points == 0
        else:
            assert question.points == question.possible, complaint(question)
            assert question.verdict in (Verdict.PASSED, Verdict.PENDING), complaint(question)


def test_the_untouched_template_earns_nothing(judge: Judge, lane: Lane) -> None:
    """The notebook as students get it earns no points in any question."""
    template = Path(__file__).parents[1] / "student_template" / "tarea2.ipynb"
    earned = {q.id: q.points for q in judged(template, judge, lane).questions}
    assert earned == dict.fromkeys(earned, 0.0)


def test_the_self_check_between_the_cells_changes_nothing(judge: Judge, lane: Lane) -> None:
    """A right notebook with the set-up cell at its top and checks after each cell is graded as without them."""
    right = read_notebook(NEIGHBOUR.read_bytes(), NEIGHBOUR.name)
    checks = ['check("1b")', "%load_ext grader\n%check 3a", "from grader import check\nok = check()\nif ok: print(ok)"]
    sources = [cells.set_up("es", repository="https://example.org/a/b", folder="b")]
    for k, cell in enumerate(c for c in right.cells if c.kind == "code"):
        sources += [cell.source, checks[k % len(checks)]]
    assert len(sources) > 2 * len(checks)
    file = {"cells": [{"cell_type": "code", "source": source} for source in sources]}
    judgement = judge_bytes(judge, json.dumps(file).encode(), "a.ipynb", lane)
    before = judged(NEIGHBOUR, judge, lane)
    assert [(q.id, q.points, q.verdict) for q in judgement.questions] == [
        (q.id, q.points, q.verdict) for q in before.questions
    ]
    assert judgement.notes == before.notes


@pytest.mark.parametrize(("language", "address"), [("es", ""), ("en", "https://example.org/a/b")])
def test_a_released_notebook_earns_nothing_and_has_no_fault(
    language: str, address: str, judge: Judge, lane: Lane
) -> None:
    """In both languages, with both set-up cells for Colab: no points, and no note that looks as if something failed."""
    text = notebook_text(judge.assignment, language, repository=address)
    judgement = judge_bytes(judge, text.encode(), "tarea2.ipynb", lane)
    assert {q.points for q in judgement.questions} == {0.0}
    assert judgement.notes == ()


@pytest.mark.verified
@pytest.mark.parametrize("file", WRONG, ids=lambda f: f.stem)
def test_a_mistake_costs_what_its_first_line_says(file: Path, judge: Judge, lane: Lane) -> None:
    """A mistake costs points in the question that it belongs to, and the page shows the expected text."""
    assert_as_expected(file, judged(file, judge, lane))
