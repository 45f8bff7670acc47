"""Every file of tests/submissions is graded as its first line says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import assignments
from grader.judge import Judge, Judgement
from grader.notebook import read_notebook
from grader.results import QuestionResult, Status, SubmissionResult, Verdict, to_json
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level

pytestmark = pytest.mark.bwrap

SUBMISSIONS = Path(__file__).parent / "submissions" / "tarea2"
RIGHT = sorted((SUBMISSIONS / "right").glob("*.py"))
WRONG = sorted((SUBMISSIONS / "wrong").glob("*.py"))
HOSTILE = sorted((SUBMISSIONS / "hostile").glob("*.py"))
NEIGHBOUR = SUBMISSIONS / "right" / "parameter_lists.py"

EXPECTATION = re.compile(r'(?P<question>\w+) (?P<verdict>\w+)(?: "(?P<text>[^"]*)")?')


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(assignments.load(assignments.default_folder()), salt="tests")


@pytest.fixture(scope="module")
def lane(judge: Judge) -> Iterator[Lane]:
    with Lane(Level.BWRAP, judge.assignment.limits) as lane:
        yield lane


def judged(file: Path, judge: Judge, lane: Lane) -> Judgement:
    return judge.judge(read_notebook(file.read_bytes(), file.name), lane)


def said(question: QuestionResult) -> str:
    """All that the page says about a question, in English."""
    said = [text for f in question.findings for text in (f.message, f.cause, f.hint) if text]
    return " ".join(text.render("en") for text in (*said, *question.notes))


def complaint(question: QuestionResult) -> str:
    """For a failing test: what the question lost its points for."""
    lost = [
        f"{f.check.en}/{f.case.en}/{f.result}: {f.verdict} {f.message.render('en')}"
        for f in question.findings
        if not f.passed
    ]
    return f"{question.id} {question.verdict} {question.points}/{question.possible}: " + "; ".join(lost[:4])


def assert_as_expected(file: Path, judgement: Judgement) -> None:
    """The first line of a file: questions with their verdicts, and a text that the page has to show."""
    line = file.read_text(encoding="utf-8").splitlines()[0].removeprefix("# expect: ")
    questions = {q.id: q for q in judgement.questions}
    for part in line.split(";"):
        expected = EXPECTATION.fullmatch(part.strip())
        assert expected is not None, f"{file.name}: cannot read {part!r}"
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
    """A moved folder must not leave the tests below without anything to test."""
    assert len(RIGHT) >= 12
    assert len(WRONG) >= 25
    assert len(HOSTILE) >= 24


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
    """Who hands in the notebook as it was given has no points in any question."""
    template = Path(__file__).parents[1] / "student_template" / "tarea2.ipynb"
    earned = {q.id: q.points for q in judged(template, judge, lane).questions}
    assert earned == dict.fromkeys(earned, 0.0)


@pytest.mark.verified
@pytest.mark.parametrize("file", WRONG, ids=lambda f: f.stem)
def test_a_mistake_costs_what_its_first_line_says(file: Path, judge: Judge, lane: Lane) -> None:
    """A mistake costs points in the question that it belongs to, and the page says what its author would look for."""
    assert_as_expected(file, judged(file, judge, lane))


@pytest.fixture(scope="module")
def alone(judge: Judge) -> bytes:
    """The neighbour's questions, graded in a lane in which no other submission has run."""
    with Lane(Level.BWRAP, judge.assignment.limits) as fresh:
        return questions_of(judged(NEIGHBOUR, judge, fresh))


def test_what_a_neighbour_gets_can_differ(judge: Judge, lane: Lane, alone: bytes) -> None:
    """The comparison below would see an answer that is graded in another way."""
    assert questions_of(judged(SUBMISSIONS / "wrong" / "loss_base_two.py", judge, lane)) != alone


@pytest.mark.parametrize("file", HOSTILE, ids=lambda f: f.stem)
def test_a_hostile_notebook_earns_what_its_first_line_says(file: Path, judge: Judge, lane: Lane, alone: bytes) -> None:
    """An attack earns no points and ends no run, and who is graded after it in the same lane gets what is theirs."""
    judgement = judged(file, judge, lane)
    assert questions_of(judged(NEIGHBOUR, judge, lane)) == alone
    assert_as_expected(file, judgement)
