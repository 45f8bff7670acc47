"""Bounds on time and on calls: they are relative to the solution, and can only take points away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from grader.errors import AssignmentError
from grader.judging.judge import Judge
from grader.judging.scoring import fraction
from grader.results import QuestionResult, Verdict
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level
from grader.sandbox.limits import Limits

from .grader.judging.in_process import asked, assignment, sides
from .in_lane import judge_bytes

LIMITS = Limits(call_s=60, load_s=60, submission_s=600)
SUMS = "import torch\n\ndef sums(x):\n    return x.cumsum(0)\n"
LOOP = """import torch

def sums(x):
    total, found = 0.0, []
    for number in x.tolist() * 1000:
        total += number
        found.append(total)
    return torch.tensor(found[: len(x)])
"""
FASTER = f"""# %% question 1: One
# points: 2
# %% solution
{SUMS}
# %% test values
# faster_than: 20 x reference
@hidden("hidden", n=5000)
def test(d):
    return {{"sums": sums(d.normal(d.n))}}
# %% wrong loop: Use cumsum. [raw]
# - return x.cumsum(0)
# + total, found = 0.0, []
# + for number in x.tolist() * 1000:
# +     total += number
# +     found.append(total)
# + return torch.tensor(found[: len(x)])
"""
SENTENCE = (
    "your code takes more than 20 times as long as the solution: is there a loop that one operation on whole tensors "
    "replaces?"
)


@pytest.fixture(scope="module")
def lane() -> Iterator[Lane]:
    with Lane(Level.NONE, LIMITS) as lane:
        yield lane


def judged(text: str, source: str, lane: Lane) -> QuestionResult:
    judge = Judge(replace(assignment(text), limits=LIMITS), "salt")
    try:
        (result,) = judge_bytes(judge, source.encode(), "a.py", lane).questions
    finally:
        lane.end()
        judge.references.author.close()  # type: ignore[attr-defined]
    return result


def test_a_slow_answer_loses_the_points_and_reads_why(lane: Lane) -> None:
    """A known mistake that is as slow gives its name and its hint."""
    result = judged(FASTER, LOOP, lane)
    assert result.points == 0
    assert {(f.verdict, f.message.render("en")) for f in result.findings} == {(Verdict.TIMED_OUT, SENTENCE)}
    assert {f.misconceptions for f in result.findings} == {("loop",)}
    assert result.findings[0].hint.en == "Use cumsum."


def test_an_answer_in_time_is_right(lane: Lane) -> None:
    """A short solution leaves at least a fifth of a second."""
    assert judged(FASTER, SUMS, lane).verdict is Verdict.PASSED


CALLS = """# %% test values
# calls: at most 3 of f, at most 1 of helped
@public("public", x=2.0)
@hidden("hidden", x=3.0)
def test(d):
    def f(x):
        return x**2

    return {"double": double(f, d.x)}
"""
HEAD = "# %% question 1: One\n# points: 1\n"
DOUBLE = "def helped(x):\n    return x\n\ndef double(f, x):\n    return helped(2 * f(x))\n"


def test_calls_are_counted_whatever_the_name() -> None:
    """The count of the function that the test passes, and of one of the answers; the page says both numbers."""
    made = sides(assignment(HEAD, f"# %% solution\n{DOUBLE}", CALLS))
    right = made.findings(DOUBLE)
    assert all(f.passed for f in right.values())
    assert right["calls_of_f"].message.render("en") == "calls of f is 1, as expected"
    often = DOUBLE.replace("2 * f(x)", "sum([g(x) for g in [f] * 12]) / 6")
    wrong = made.findings(often)
    assert [f.verdict for f in wrong.values()] == [Verdict.FAILED] * 3
    assert wrong["double"].message.render("en") == "calls of f is 12; at most 3 is allowed"
    assert made.findings(DOUBLE.replace("helped(2 * f(x))", "helped(helped(2 * f(x)))"))["double"].passed is False
    assert "12" not in str(made.findings(often, case=1)["double"].message.render("en"))


def test_the_count_earns_nothing() -> None:
    """An empty answer calls nothing, and gets no points for that."""
    made = sides(assignment(HEAD, f"# %% solution\n{DOUBLE}", CALLS))
    judged = made.judged("def double(f, x):\n    return None\n")
    assert any(f.passed for entry in judged for f in entry.findings)
    assert fraction(judged) == 0


def test_a_known_mistake_may_be_many_calls() -> None:
    """Its count is what it is known by."""
    mistake = "# %% wrong often: Once is enough. [raw]\n# - 2 * f(x)\n# + sum(f(x) for _ in range(12)) / 6\n"
    made = sides(assignment(HEAD, f"# %% solution\n{DOUBLE}", CALLS, mistake))
    (line,) = made.lines()
    ran = line.with_mistakes(line.cases[0], [("often",)])[0]
    assert ("calls_of_f", False) in [(key, passed) for key, passed, _ in ran.results]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("calls: at most 3 of double", "the solution calls double 4 times, `calls` allows 1 to 3"),
        ("calls: at most 3 of half", "the solution calls half 0 times, `calls` allows 1 to 3"),
    ],
)
def test_a_solution_beyond_its_own_bound_is_a_slip(written: str, sentence: str) -> None:
    """So is a function that the solution never calls."""
    test = f"# %% test values\n# {written}\n@public(n=4)\n@hidden(n=4)\ndef test(d):\n    "
    test += "def half(x):\n        return x\n\n    return {'y': [double(d.normal(d.n)) for _ in range(4)]}\n"
    made = sides(asked(test))
    with pytest.raises(AssignmentError, match=sentence):
        made.findings("")
