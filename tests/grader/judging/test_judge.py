"""The judge takes the questions of one notebook in order, with the questions that they build on, within the time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from grader.assignment.cases import Case, Draw
from grader.assignment.spec import Assignment, Probe, Question, Scale
from grader.errors import AssignmentError
from grader.judging.checks import Values
from grader.judging.judge import Judge
from grader.messages import Text
from grader.notebook.read import Notebook, read_notebook
from grader.results import Finding, QuestionResult, Verdict
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level
from grader.sandbox.limits import Limits
from grader.sandbox.verbs import Implementation

T = Text("t", "t")
CASES = tuple(Case(Text(f"caso {n}", f"case {n}"), n, public=True) for n in range(1, 5))
# Generous, since the machine may be busy.
LIMITS = Limits(call_s=60, load_s=60, submission_s=600)
DOUBLE = "def double(t):\n    return 2 * t\n"
ENDLESS = "def double(t):\n    while True:\n        pass\n"


def doubled(f: Implementation, draw: Draw) -> Mapping[str, Any]:
    return {"double": f.call("double", draw.normal("t", 3))}


def question(id: str = "1", probe: Probe = doubled, cases: tuple[Case, ...] = CASES[:1], **more: Any) -> Question:
    return Question(id, T, (Values(Text("valores", "values"), probe, cases),), 2, names=("double",), **more)


def assignment(*questions: Question, limits: Limits = LIMITS) -> Assignment:
    return Assignment("small", T, questions, Scale("chile", 1, 7), {"double": lambda t: 2 * t}, limits=limits)


@pytest.fixture(scope="module")
def lane() -> Iterator[Lane]:
    with Lane(Level.NONE, LIMITS) as lane:
        yield lane


@pytest.fixture
def fresh(lane: Lane) -> Iterator[Lane]:
    yield lane
    lane.end()


def read(source: str) -> Notebook:
    return read_notebook(source.encode(), "a.py")


def judged(table: Assignment, source: str, lane: Lane, *only: str) -> dict[str, QuestionResult]:
    return {q.id: q for q in Judge(table, "salt", only).judge(read(source), lane).questions}


def said(question: QuestionResult) -> list[tuple[Verdict, str]]:
    return [(f.verdict, f.message.render("en")) for f in question.findings]


@pytest.mark.parametrize(("source", "right"), [(DOUBLE, {"1"}), ("def double(t):\n    return t\n", set())])
def test_what_a_question_builds_on_is_judged_and_not_shown(source: str, right: set[str], fresh: Lane) -> None:
    """The probe of the chosen question knows which of the earlier answers are right."""
    known: list[frozenset[str]] = []

    def builds(f: Implementation, draw: Draw) -> Mapping[str, Any]:
        known.append(draw.right)
        return doubled(f, draw)

    table = assignment(question(), question("2", builds, needs=("1",)), question("3"))
    assert list(judged(table, source, fresh, "2")) == ["2"]
    # The first call is the reference's, whose answers are all right.
    assert known[:2] == [{"1", "2", "3"}, right]


def test_after_two_calls_without_an_answer_a_question_is_not_tried_again(fresh: Lane) -> None:
    """The other cases get the same verdict at once; the next question is still run."""
    table = assignment(question(cases=CASES), question("2"), limits=replace(LIMITS, call_s=0.2))
    first, second = judged(table, ENDLESS, fresh).values()
    assert {verdict for verdict, _ in said(first)} == {Verdict.TIMED_OUT}
    assert [message for _, message in said(first)][2:] == ["not tried again after 2 calls without an answer"] * 2
    assert "no answer within" in said(second)[0][1]


def test_when_the_time_of_a_notebook_is_used_up_nothing_more_is_tried(fresh: Lane) -> None:
    """The student reads the reason, and no check counts as passed."""
    table = assignment(question(), limits=replace(LIMITS, submission_s=0))
    (result,) = judged(table, DOUBLE, fresh).values()
    assert said(result) == [(Verdict.TIMED_OUT, "the time for the whole notebook was used up before this check")]
    assert result.points == 0


def test_a_question_that_was_not_attempted_is_not_run(fresh: Lane) -> None:
    """A question may define an attempt; without one no probe runs on the student's side."""
    asked: list[str] = []

    def counting(f: Implementation, draw: Draw) -> Mapping[str, Any]:
        asked.append("asked")
        return doubled(f, draw)

    table = assignment(question(probe=counting, attempted=r"double\(3"))
    (result,) = judged(table, DOUBLE, fresh).values()
    assert said(result) == [(Verdict.MISSING, "not answered")]
    assert asked == ["asked"]  # by the reference, for the names of the results
    (result,) = judged(table, DOUBLE + "double(3)\n", fresh).values()
    assert result.verdict is Verdict.PASSED


def test_the_reference_is_computed_before_any_student_code(fresh: Lane) -> None:
    """Questions that few students attempt are the exception."""
    table = assignment(question(), question("2", lambda f, draw: doubled(f, draw), attempted="double"))
    judge = Judge(table, "salt")
    judge.prepare()
    assert [probe for probe, _ in judge.expected] == [doubled]


def test_an_exception_of_a_probe_says_where_it_was_raised(fresh: Lane) -> None:
    """The bug report names the question, the check and the case."""

    def broken(f: Implementation, draw: Draw) -> Mapping[str, Any]:
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError) as caught:
        judged(assignment(question(probe=broken)), DOUBLE, fresh)
    assert caught.value.__notes__ == ["in check 'values', case 'case 1'", "while judging question 1"]


def test_a_similar_name_is_pointed_out(fresh: Lane) -> None:
    """A similar name does not count as the answer."""
    (result,) = judged(assignment(question()), DOUBLE.replace("double", "Double"), fresh).values()
    assert result.verdict is Verdict.MISSING
    assert "Double in cell 1 has a similar name" in result.notes[0].render("en")


def test_a_finding_is_kept_for_each_case_of_each_check(fresh: Lane) -> None:
    """The findings are in the order of the table."""
    (result,) = judged(assignment(question(cases=CASES)), DOUBLE, fresh).values()
    found: tuple[Finding, ...] = result.findings
    assert [f.case for f in found] == [case.title for case in CASES]
    assert all(f.passed and f.compared == 3 for f in found)


def test_a_key_that_is_not_ascii_is_refused_before_any_student_code_runs() -> None:
    """The error names the question, the check and the key."""

    def accented(f: Implementation, draw: Draw) -> Mapping[str, Any]:
        return {"pérdida": f.call("double", draw.normal("t", 3))}

    with pytest.raises(AssignmentError, match=r"question 1, check 'values': the key 'pérdida' .* is not ASCII"):
        Judge(assignment(question(probe=accented)), salt="").prepare()
