"""A notebook of the author is judged only where it differs from the solution."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from grader.judging.judge import Judge
from grader.judging.reading import read_file
from grader.judging.unchanged import unchanged
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level
from grader.sandbox.limits import Limits

from .in_process import assignment
from .test_carried_forward import EARLIER, GIVEN, LATER

APART = """# %% question 3: Three
# points: 1
# %% solution
def thrice(x):
    return 3 * x
# %% test values
@public(n=4)
@hidden(n=5)
def test(d):
    return {"thrice": thrice(d.normal(d.n))}
"""
SOLUTION = """import torch
def slope(x):
    return 2 * x
def value(x):
    return x
def twice(x):
    return slope(x)
def alone(x):
    return x + 1
def thrice(x):
    return 3 * x
"""
TABLE = assignment(GIVEN, EARLIER, LATER, APART)
SOLVED = read_file(SOLUTION.encode(), "solution.py", TABLE)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("", "", {"1", "2", "3"}),
        ("return 3 * x", "return 4 * x", {"1", "2"}),
        ("return x + 1", "return x - 1", {"1", "3"}),
        ("return 2 * x", "return 2 + x", {"3"}),  # `twice` uses it
        ("def thrice", "torch.set_default_dtype(torch.float64)\ndef thrice", set()),
        ("import torch", "import torch\nimport math", set()),
        ("def thrice", "slope = thrice = abs\ndef thrice", set()),
    ],
)
def test_a_change_reaches_the_questions_that_use_it(old: str, new: str, same: set[str]) -> None:
    """Directly or through other functions; a setting of torch reaches all."""
    text = SOLUTION.replace(old, new, 1) if old else SOLUTION
    before, now = (read_file(t.encode(), "a.py", TABLE).program for t in (SOLUTION, text))
    assert unchanged(TABLE, before, now) == same
    # The process that reads submissions sends no trees.
    sent = replace(now, statements=tuple(replace(s, node=ast.Pass()) for s in now.statements))
    assert unchanged(TABLE, before, sent) == same


def test_a_question_whose_test_names_what_was_changed_is_judged() -> None:
    """The answer itself does not use it."""
    table = assignment(GIVEN, EARLIER, APART.replace('{"thrice": thrice', '{"thrice": value(torch.ones(1)) * thrice'))
    before, now = (
        read_file(t.encode(), "a.py", table).program for t in (SOLUTION, SOLUTION.replace("return x\n", "return -x\n"))
    )
    assert unchanged(table, before, now) == set()


@contextmanager
def counted(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The questions whose tests are sent."""
    from grader.judging.student_side import StudentSide

    asked: list[str] = []
    original = StudentSide._all

    def all_(self: StudentSide, *, public: bool) -> Iterator[object]:
        if public:
            asked.append(self.question.id)
        return original(self, public=public)

    monkeypatch.setattr(StudentSide, "_all", all_)
    yield asked


def test_only_what_a_change_reaches_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other questions have the solution's results, and wrong ones are judged as ever."""
    judge = Judge(TABLE, "salt", solved=SOLVED)
    wrong = read_file(SOLUTION.replace("return 3 * x", "return 4 * x").encode(), "a.py", TABLE)
    with Lane(Level.NONE, Limits()) as lane, counted(judge, monkeypatch) as asked:
        changed = judge.judge_changes(wrong, lane, (), change="3")
        assert asked == ["1", "2", "3", "3"]
        plain = judge.judge(wrong, lane)
    assert [(q.id, q.points) for q in changed.questions] == [(q.id, q.points) for q in plain.questions]
    assert [q.points for q in changed.questions] == [1.0, 1.0, 0.0]


def test_a_helper_counts_where_a_test_names_it() -> None:
    """Directly or through another helper. Docstrings and comments do not count, and texts do: `d.own("value")`."""
    helpers = """# %% helper second
def second(x):
    return first(x)
# %% helper first
def first(x):
    return value(x)
# %% helper other
def other(d):
    \"\"\"As value(x) does.\"\"\"
    return d.own("alone")  # not value
"""
    third = APART.replace("thrice(d", "HELPER(d")
    before, now = (
        read_file(t.encode(), "a.py", TABLE).program for t in (SOLUTION, SOLUTION.replace("return x\n", "return -x\n"))
    )
    for helper, same in (("second", False), ("other", True), ("thrice", True)):
        table = assignment(GIVEN, helpers, EARLIER, third.replace("HELPER", helper))
        assert ("3" in unchanged(table, before, now)) is same
    table = assignment(GIVEN, helpers, EARLIER, third.replace("HELPER", "other"))
    now = read_file(SOLUTION.replace("return x + 1", "return x - 1").encode(), "a.py", TABLE).program
    assert "3" not in unchanged(table, before, now)


def test_what_a_repair_replaces_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later question that is right with one mistake repaired is right with another one that looks the same to it."""
    judge = Judge(TABLE, "salt", solved=SOLVED)
    changes = ("return 2", "return 3"), ("return 2", "return 4"), ("(x):\n    return 2", "(x, *y):\n    return 3")
    with Lane(Level.NONE, Limits()) as lane, counted(judge, monkeypatch) as asked:
        first, second, third = (
            judge.judge_changes(
                read_file(SOLUTION.replace(old, new).encode(), "a.py", TABLE), lane, (), change="1"
            )
            for old, new in changes
        )
    assert asked == ["1", "2", "3", "1", "2", "2", "1", "1", "2", "2"]  # repaired, 2 is run once more
    for judgement in (first, second, third):
        assert [(q.id, q.points, all(f.passed for f in q.findings)) for q in judgement.questions] == [
            ("1", 0.5, False), ("2", 0.88, True), ("3", 1.0, True)
        ]  # fmt: skip


def test_the_tests_of_a_question_that_was_not_answered_are_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """They may train for long."""
    table = assignment(GIVEN, APART.replace("# points: 1\n", "# points: 1\n# attempted: thrice\n"))
    judge = Judge(table, "salt")
    with Lane(Level.NONE, Limits()) as lane, counted(judge, monkeypatch) as asked:
        (question,) = judge.judge(read_file(b"x = 1\n", "a.py", table), lane).questions
    assert question.points == 0
    assert asked == []


SHARED = LATER.replace("question 2", "question 4").replace("twice", "double").replace("alone", "single")


def test_questions_with_the_same_repairs_share_one_program() -> None:
    """The program starts once as it is and once repaired, however many questions build on the wrong answer."""
    table = assignment(GIVEN, EARLIER, LATER, SHARED)
    source = SOLUTION.replace("return 2 * x", "return -x") + "def double(x):\n    return slope(x)\n"
    source += "def single(x):\n    return x + 1\n"
    begun = []

    class Counting(Lane):
        def begin(self, *files):  # type: ignore[no-untyped-def]
            begun.append(1)
            return super().begin(*files)

    with Counting(Level.NONE, Limits()) as lane:
        judgement = Judge(table, "salt").judge(read_file(source.encode(), "a.py", table), lane)
    assert len(begun) == 2
    assert [f.carried for q in judgement.questions[1:] for f in q.findings if f.result in ("twice", "double")] == [
        0.75, 0.75, 0.75, 0.75,
    ]  # fmt: skip
