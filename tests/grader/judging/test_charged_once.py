"""A known mistake that a student repeats in a later question costs only a share of the points there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from grader.assignment.spec import Assignment
from grader.judging.judge import Judge
from grader.results import QuestionResult
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level
from grader.sandbox.limits import Limits

from ...in_lane import judge_bytes
from .in_process import assignment

LIMITS = Limits(call_s=60, load_s=60, submission_s=600)
QUESTION = """# %% question {id}: {id}
# points: {points}
# again: 0.25
# %% solution
def {name}(x):
    y = x.mean(0)
    return {factor} * y
# %% test values
@public(n=4)
@hidden(n=5)
def test(d):
    return {{"y": {name}(d.normal(d.n, 3))}}
# %% wrong {name}-sum: A mean. [raw]
{repeats}# - mean
# + sum
# %% wrong {name}-other: Another factor. [raw]
# - return {factor}
# + return 9
"""


def question(id: str, name: str, factor: int, repeats: str = "", points: float = 2) -> str:
    header = repeats and f"# repeats: {repeats}\n"
    return QUESTION.format(id=id, name=name, factor=factor, repeats=header, points=points)


def answer(name: str, factor: int, mean: str = "mean") -> str:
    return f"def {name}(x):\n    return {factor} * x.{mean}(0)\n"


def table(points: float = 2) -> Assignment:
    made = assignment(
        question("1", "one", 1, points=points), question("2", "two", 2, "one-sum"), question("3", "three", 3, "two-sum")
    )
    return replace(made, limits=LIMITS)


@pytest.fixture(scope="module")
def lane() -> Iterator[Lane]:
    with Lane(Level.NONE, LIMITS) as lane:
        yield lane


def judged(made: Assignment, lane: Lane, source: str, *only: str) -> dict[str, QuestionResult]:
    try:
        judgement = judge_bytes(Judge(made, "salt", only), source.encode(), "a.py", lane)
        return {q.id: q for q in judgement.questions}
    finally:
        lane.end()


ALL_SUMS = answer("one", 1, "sum") + answer("two", 2, "sum") + answer("three", 3, "sum")
SENTENCE = "the mistake of 1 is here again: it costs 25 percent of the points here"


def test_the_first_question_pays_in_full_and_the_others_a_share(lane: Lane) -> None:
    """The page of a later question says where the mistake was charged, and the hint stays."""
    found = judged(table(), lane, ALL_SUMS)
    assert {id: q.points for id, q in found.items()} == {"1": 0, "2": 1.5, "3": 1.5}
    assert [[note.render("en") for note in q.notes] for q in found.values()] == [[], [SENTENCE], [SENTENCE]]
    assert all(f.hint.en == "A mean." for q in found.values() for f in q.findings)


def test_a_question_alone_gives_the_same_points(lane: Lane) -> None:
    """The earlier questions are judged too, and not shown."""
    found = judged(table(), lane, ALL_SUMS, "3")
    assert {id: q.points for id, q in found.items()} == {"3": 1.5}


def test_a_mistake_is_charged_in_full_where_it_comes_first(lane: Lane) -> None:
    """The first of these questions may be right."""
    found = judged(table(), lane, answer("one", 1) + answer("two", 2, "sum") + answer("three", 3, "sum"))
    assert {id: q.points for id, q in found.items()} == {"1": 2, "2": 0, "3": 1.5}
    assert "the mistake of 2" in found["3"].notes[0].render("en")


def test_another_mistake_is_charged_in_full(lane: Lane) -> None:
    """So is the same mistake together with another one."""
    found = judged(table(), lane, answer("one", 1, "sum") + answer("two", 9) + answer("three", 9, "sum"))
    assert {id: q.points for id, q in found.items()} == {"1": 0, "2": 0, "3": 0}
    assert not found["2"].notes


def test_a_question_without_points_charges_nothing(lane: Lane) -> None:
    """The next question pays in full."""
    found = judged(table(points=0), lane, ALL_SUMS)
    assert {id: q.points for id, q in found.items()} == {"1": 0, "2": 0, "3": 1.5}


def test_a_mistake_that_spoils_a_later_question_too_is_charged_once(lane: Lane) -> None:
    """Two questions ask for the same class, and `also` names the second one."""
    made = table()
    first, second, third = made.questions
    code = "def test(d):\n    return {'z': one(d.normal(d.n, 2))}"
    test = replace(third.tests[0], source=replace(third.tests[0].source, code=code))
    both = replace(third, names=("one",), solution=first.solution, tests=(test,))
    mistakes = tuple(replace(m, also=("3",)) if m.name == "one-sum" else m for m in made.mistakes if m.question != "3")
    found = judged(replace(made, questions=(first, second, both), mistakes=mistakes), lane, answer("one", 1, "sum"))
    assert (found["1"].points, found["3"].points) == (0, 1.5)
    assert [note.render("en") for note in found["3"].notes] == [SENTENCE]
