"""The public checks give the verdicts, points and single names of the instructor's run, without the solution."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import pytest

from grader.assignment.patches import patched
from grader.assignment.spec import Assignment
from grader.judging.judge import Judge, Judgement
from grader.messages import Text
from grader.release.record import public_part
from grader.results import Verdict
from grader.sandbox.lane import Lane
from grader.sandbox.lane_without_fork import OwnLane
from grader.sandbox.levels import Level
from grader.self_check.checks_json import read, write
from grader.self_check.recorded_assignment import Released, released
from tests.grader.released import NOTEBOOKS, checks, small

from .in_lane import judge_bytes

# Its tests look at the rows of the student's own data set: what a mistake does there needs the solution.
OWN_ROWS = {"3"}
TWO = (*NOTEBOOKS["right"], "def standardise(X):\n    X = X - X.mean()\n    return X / X.pow(2).mean(0)")


class Said(NamedTuple):
    """All parts of a finding that a student acts on."""

    verdict: Verdict
    message: str
    cause: str
    hint: str
    names: tuple[str, ...]
    label: Text
    carried: float | None
    reproduce: str


Key = tuple[str, str, str, str]  # question, check, case, result


def solved(assignment: Assignment, mistake: str = "") -> tuple[str, ...]:
    """The solution as a notebook's cells, with one known mistake."""
    made = next((m for m in assignment.mistakes if m.name == mistake), None)
    cells = [source.code for source in assignment.given]
    for question in assignment.questions:
        mine = made is not None and made.question == question.id
        cells += [s.code for s in (patched(question, [made]) if mine else question.solution)]  # type: ignore[list-item]
    return tuple(cells)


CELLS = {**NOTEBOOKS, "the solution": solved(small()), "two mistakes": TWO}
CELLS |= {f"mistake {m.name}": solved(small(), m.name) for m in small().mistakes}


@contextlib.contextmanager
def judging(assignment: Assignment, salt: str) -> Iterator[Judge]:
    """A judge with the solution, whose process ends afterwards."""
    judge = Judge(assignment, salt=salt)
    judge.prepare()
    yield judge
    judge.references.author.close()  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def instructor() -> Iterator[Judge]:
    with judging(replace(public_part(small()), language="en"), "") as judge:
        yield judge


@pytest.fixture(scope="module")
def home() -> Released:
    return released(read(write(checks())))


@pytest.fixture(scope="module")
def lane(instructor: Judge) -> Iterator[Lane]:
    with Lane(Level.NONE, small().limits, sources=instructor.sources(), files=small().data_files) as lane:
        yield lane


def notebook(cells: tuple[str, ...]) -> bytes:
    code = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [
        {**code, "source": cell} for cell in cells
    ]}).encode()  # fmt: skip


def said(judgement: Judgement) -> Mapping[Key, Said]:
    """The texts of each finding."""
    return {
        (q.id, f.check.en, f.case.en, f.result): Said(
            f.verdict,
            # The address of a student's object is not part of an answer.
            re.sub(r"0x[0-9a-f]+", "0x", f.message.render("es")),
            f.cause.render("es") if f.cause else "",
            f.hint.es,
            f.misconceptions,
            f.label,
            f.carried,
            f.reproduce,
        )
        for q in judgement.questions
        for f in q.findings
    }


def points(judgement: Judgement) -> dict[str, tuple[Verdict, float]]:
    return {q.id: (q.verdict, q.points) for q in judgement.questions}


def different(
    expected: Mapping[Key, Said], actual: Mapping[Key, Said], own_rows: frozenset[str] | set[str] = frozenset()
) -> dict[Key, object]:
    """The findings in which the self-check differs from the instructor's run.

    In a question where that run names two mistakes together, the self-check may name nothing, or one of the names that
    the finding has there, and then its hint is another one. In the questions of `own_rows` it names nothing.
    """
    paired = {question for (question, *_), theirs in expected.items() if len(theirs.names) > 1}
    found: dict[Key, object] = {}
    for key in expected.keys() | actual.keys():
        theirs, ours = expected.get(key), actual.get(key)
        fewer = theirs and ours and set(ours.names) < set(theirs.names)
        if fewer and (key[0] in paired or (key[0] in own_rows and not ours.names)):
            theirs = theirs._replace(names=ours.names, hint=ours.hint)
        if theirs != ours:
            found[key] = (theirs, ours)
    return found


@pytest.mark.parametrize("name", CELLS)
def test_the_recorded_results_say_what_the_solution_says(
    name: str, instructor: Judge, home: Released, lane: Lane
) -> None:
    """Verdicts, points, sentences, hints and single names are the instructor's, for right and wrong answers."""
    data = notebook(CELLS[name])
    expected, actual = (judge_bytes(judge, data, f"{name}.ipynb", lane) for judge in (instructor, home.judge()))
    assert points(actual) == points(expected)
    assert not different(said(expected), said(actual), OWN_ROWS)


def test_single_mistakes_are_named_at_home(home: Released, lane: Lane) -> None:
    """The recorded results of a known mistake give its name and its hint."""
    for mistake in ("all-entries", "no-root", "no-noise"):
        found = judge_bytes(home.judge(), notebook(solved(small(), mistake)), "x.ipynb", lane)
        assert {name for theirs in said(found).values() for name in theirs.names} == {mistake}


def test_two_mistakes_together_are_named_by_the_instructors_run_only(
    instructor: Judge, home: Released, lane: Lane
) -> None:
    """The public checks hold the results of each single mistake."""
    judges = (instructor, home.judge())
    expected, actual = (said(judge_bytes(judge, notebook(TWO), "two.ipynb", lane)).values() for judge in judges)
    assert {theirs.names for theirs in expected} >= {("all-entries", "no-root")}
    assert max(len(ours.names) for ours in actual) <= 1


def test_what_is_checked_elsewhere_is_never_right(home: Released, lane: Lane) -> None:
    """Also the solution itself is not checked there, and earns nothing."""
    found = points(judge_bytes(home.judge(), notebook(solved(small())), "x.ipynb", lane))
    assert (found["4"], found["5"]) == ((Verdict.SKIPPED, 0.0), (Verdict.SKIPPED, 0.0))


def test_an_earlier_mistake_is_carried_forward_at_home(home: Released, lane: Lane) -> None:
    """A stand-in that travels replaces a wrong answer; one that stays home does not."""
    cells = (*NOTEBOOKS["right"], "def standardise(X):\n    return 7 * X + 5", "def mean_height(path):\n    return 3.0")
    found = judge_bytes(home.judge(), notebook(cells), "x.ipynb", lane)
    assert points(found)["2"] == (Verdict.PASSED, 0.67)  # a third never depends on question 1
    assert points(found)["7"] == (Verdict.FAILED, 0.0)


def test_another_name_or_a_lost_single_name_is_seen() -> None:
    """The comparison accepts only one missing name of two, and any missing name on the student's rows."""
    one = Said(Verdict.FAILED, "wrong", "", "hint", ("a",), Text("y", "y"), None, "")
    both = one._replace(names=("a", "b"))
    key, beside = ("1b", "value", "case", "y"), ("1b", "value", "case", "z")
    assert not different({key: both}, {key: one})
    assert not different({key: both}, {key: one._replace(names=())})
    assert not different({key: one, beside: both}, {key: one._replace(names=()), beside: one})
    assert not different({key: one}, {key: one._replace(names=())}, {"1b"})
    assert different({key: one}, {key: one._replace(names=("c",))}, {"1b"})
    assert different({key: both}, {key: one._replace(names=("c",))})
    assert different({key: both}, {key: one._replace(message="other")})
    assert different({key: one}, {key: one._replace(names=())})
    assert different({key: one}, {key: both})


def test_the_comparison_sees_another_answer(instructor: Judge, home: Released, lane: Lane) -> None:
    """Two submissions with different mistakes are not said to be equal."""
    first, second = (
        said(judge_bytes(judge, notebook(solved(small(), name)), "x.ipynb", lane))
        for judge, name in ((instructor, "all-entries"), (home.judge(), "no-root"))
    )
    assert different(first, second)


def test_hard_coded_public_values_fail_the_hidden_cases(home: Released, lane: Lane) -> None:
    """An answer that looks up the recorded results passes the public tests of 1 and fails the hidden ones."""
    recorded = [
        (case.reference.values["Z"]["tensor"][1], case.reference.values["Z"]["tensor"][2])
        for case in checks().questions[0].tests[0].cases
    ]
    cells = (
        "import torch",
        f"KNOWN = {recorded!r}\n\ndef standardise(X):\n    for shape, entries in KNOWN:\n"
        "        if list(X.shape) == shape:\n            return torch.tensor(entries).reshape(shape)\n"
        "    return torch.zeros_like(X)",
    )
    public = judge_bytes(home.judge(), notebook(cells), "looked_up.ipynb", lane).questions[0]
    with judging(small(), "a salt") as judge:
        whole = judge_bytes(judge, notebook(cells), "looked_up.ipynb", lane).questions[0]
    assert public.points == public.possible == 1.0
    hidden = [f for f in whole.findings if not f.public and f.scored]
    assert hidden
    assert any(not f.passed for f in hidden)
    assert whole.points < 1.0  # a result counts when it is right in every case


@pytest.mark.parametrize("name", ["right", "wrong", "blank"])
def test_without_a_fork_it_says_the_same(name: str, home: Released, lane: Lane) -> None:
    """On a system without forks the same program gives the same findings."""
    data, file = notebook(CELLS[name]), f"{name}.ipynb"
    judge = home.judge()
    with OwnLane(small().limits, small().forbidden, sources=judge.sources(), files=small().data_files) as own:
        assert said(judge_bytes(judge, data, file, own)) == said(judge_bytes(home.judge(), data, file, lane))
