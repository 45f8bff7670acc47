"""The public checks give the verdicts, points and single names of the instructor's run, without the reference."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
import torch

from grader.assignment import load
from grader.assignment.cases import Draw
from grader.assignment.spec import Assignment
from grader.judging.judge import Judge, Judgement
from grader.messages import Text
from grader.notebook.read import read_notebook
from grader.release.old_record import public_part
from grader.results import Verdict
from grader.sandbox.lane import Lane
from grader.sandbox.lane_without_fork import OwnLane
from grader.sandbox.levels import Level
from grader.self_check import old_recorded_assignment as recorded_assignment
from grader.verification.reference_as_notebook import notebook_of

pytestmark = pytest.mark.bwrap

ROOT = Path(__file__).parents[1]
CHECKS = ROOT / "student_template" / "checks"
SUBMISSIONS = ROOT / "tests" / "submissions" / "tarea2"
ASSIGNMENT = load.load_assignment(load.default_folder())

FILES = {f"{f.parent.name} {f.stem}": f for kind in ("right", "wrong") for f in (SUBMISSIONS / kind).glob("*.py")}
# Submissions that never return reach a time limit on each side, which says nothing about recorded values.
NAMES = sorted(FILES.keys() - {"wrong loops_forever"}) + [f"misconception {m.name}" for m in ASSIGNMENT.misconceptions]
# The ordinary run takes a quarter of the submissions, the nightly run all of them.
# Two mistakes in one question: the instructor's run names both, the self-check names single mistakes.
PAIRS = {
    "wrong loss_swapped_and_summed",
    "wrong backward_two_mistakes",
    "wrong training_drops_last_and_returns_mean",
    "wrong training_negative_sums",
}
# Nothing is written in its 4b. The instructor's run has tried all pairs and names a single mistake beside results that
# nothing explains; the self-check cannot know that no two were made, and names nothing.
UNEXPLAINED = {"wrong template_left_empty"}
SAMPLE = NAMES if os.environ.get("GRADER_NIGHTLY") else sorted({*NAMES[::4], *PAIRS})



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


@pytest.fixture(scope="module")
def public() -> Assignment:
    return public_part(ASSIGNMENT)


@pytest.fixture(scope="module")
def instructor(public: Assignment) -> Judge:
    judge = Judge(public, salt="")
    judge.prepare()
    return judge


@pytest.fixture(scope="module")
def student() -> Judge:
    return recorded_assignment.load_checks(CHECKS).judge()


@pytest.fixture(scope="module")
def lane() -> Iterator[Lane]:
    with Lane(Level.BWRAP, ASSIGNMENT.limits) as lane:
        yield lane


def submission(name: str) -> bytes:
    kind, _, rest = name.partition(" ")
    if kind != "misconception":
        return FILES[name].read_bytes()
    return notebook_of(ASSIGNMENT, next(m for m in ASSIGNMENT.misconceptions if m.name == rest))


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
    expected: Mapping[Key, Said], actual: Mapping[Key, Said], *, unexplained: bool = False
) -> dict[Key, object]:
    """The findings in which the self-check differs from the instructor's run.

    In a question where that run names two mistakes together, the self-check may name nothing, or one of the names that
    the finding has there, and then its hint is another one. `unexplained` allows this in every question.
    """
    paired = {question for (question, *_), theirs in expected.items() if len(theirs.names) > 1}
    found: dict[Key, object] = {}
    for key in expected.keys() | actual.keys():
        theirs, ours = expected.get(key), actual.get(key)
        if theirs and ours and (unexplained or key[0] in paired) and set(ours.names) < set(theirs.names):
            theirs = theirs._replace(names=ours.names, hint=ours.hint)
        if theirs != ours:
            found[key] = (theirs, ours)
    return found


@pytest.mark.parametrize("name", SAMPLE)
def test_the_recorded_values_say_what_the_reference_says(
    name: str, instructor: Judge, student: Judge, lane: Lane
) -> None:
    """Verdicts, points, sentences, hints and single names are the reference's, for right and wrong answers."""
    notebook = read_notebook(submission(name), f"{name}.py")
    expected, actual = (judge.judge(notebook, lane) for judge in (instructor, student))
    assert points(actual) == points(expected)
    assert not different(said(expected), said(actual), unexplained=name in UNEXPLAINED)


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_two_mistakes_together_are_named_by_the_instructors_run_only(
    name: str, instructor: Judge, student: Judge, lane: Lane
) -> None:
    """The public checks hold the results of each single mistake."""
    notebook = read_notebook(submission(name), f"{name}.py")
    expected, actual = (said(judge.judge(notebook, lane)).values() for judge in (instructor, student))
    assert max(len(theirs.names) for theirs in expected) == 2
    assert max(len(ours.names) for ours in actual) <= 1


def test_another_name_or_a_lost_single_name_is_seen() -> None:
    """The comparison accepts no difference except one missing name of two."""
    one = Said(Verdict.FAILED, "wrong", "", "hint", ("a",), Text("y", "y"), None, "")
    both = one._replace(names=("a", "b"))
    key, beside = ("1b", "value", "case", "y"), ("1b", "value", "case", "z")
    assert not different({key: both}, {key: one})
    assert not different({key: both}, {key: one._replace(names=())})
    assert not different({key: one, beside: both}, {key: one._replace(names=()), beside: one})
    assert different({key: both}, {key: one._replace(names=("c",))})
    assert different({key: both}, {key: one._replace(message="other")})
    assert different({key: one}, {key: one._replace(names=())})
    assert different({key: one}, {key: both})


# A student reads checks.json and answers the public cases by looking the inputs up.
LOOKED_UP = """
import torch
KNOWN = {known}

def CELoss(Q, P, estable=True, epsilon=1e-8):
    for q, p, value in KNOWN:
        if Q.shape == torch.tensor(q).shape and torch.allclose(Q, torch.tensor(q), atol=1e-5):
            return torch.tensor(value)
    return torch.tensor(0.0)
"""


def test_hard_coded_public_values_fail_the_hidden_cases(student: Judge, lane: Lane) -> None:
    """An answer that looks up the recorded values passes the public checks of 1b and fails the hidden ones."""
    known = []
    for check in public_part(ASSIGNMENT, ("1b",)).question("1b").checks:
        for case in check.cases:
            seen = Seen(ASSIGNMENT)
            expected = check.probe(seen, Draw(case))  # type: ignore[attr-defined]
            pairs = zip(seen.args, expected.values(), strict=True)
            known += [(Q.tolist(), P.tolist(), float(value)) for (Q, P), value in pairs]
    notebook = read_notebook(LOOKED_UP.replace("{known}", repr(known)).encode(), "looked_up.py")
    public, whole = (
        next(q for q in judge.judge(notebook, lane).questions if q.id == "1b")
        for judge in (student, Judge(ASSIGNMENT, salt="a salt"))
    )
    assert public.points == public.possible
    hidden = [f for f in whole.findings if not f.public and f.scored]
    assert hidden
    assert not any(f.passed for f in hidden)
    assert whole.points == 0.0  # a result counts when it is right in every case


class Seen:
    """The reference's CELoss, which notes what it is given."""

    def __init__(self, assignment: Assignment) -> None:
        self.args: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._right = assignment.reference["CELoss"]

    def call(self, name: str, Q: torch.Tensor, P: torch.Tensor, **options: object) -> object:
        self.args.append((Q, P))
        return self._right(Q, P, **options)


@pytest.mark.parametrize("name", sorted(n for n in FILES if n.startswith("right "))[::6])
def test_who_passes_in_public_passes_in_private(name: str, student: Judge, lane: Lane) -> None:
    """A right solution that passes the public checks of a question passes the hidden ones, whatever the salt."""
    notebook = read_notebook(FILES[name].read_bytes(), f"{name}.py")
    public = {q.id for q in student.judge(notebook, lane).questions if all(f.passed for f in q.findings if f.scored)}
    whole = Judge(ASSIGNMENT, salt=name).judge(notebook, lane).questions
    assert len(public) > 5
    assert [q.id for q in whole if q.id in public and not all(f.passed for f in q.findings if f.scored)] == []


def test_the_comparison_sees_another_answer(instructor: Judge, student: Judge, lane: Lane) -> None:
    """Two submissions with different mistakes are not said to be equal."""
    first, second = (
        said(judge.judge(read_notebook(FILES[name].read_bytes(), name + ".py"), lane))
        for judge, name in ((instructor, "wrong loss_base_two"), (student, "wrong loss_sum_for_mean"))
    )
    assert first != second


@pytest.mark.parametrize("name", ["right parameter_lists", "wrong loss_sum_for_mean", "wrong training_running_sum"])
def test_without_a_sandbox_it_says_the_same(name: str, student: Judge, lane: Lane) -> None:
    """On a student's own machine the same program gives the same findings as in the sandbox."""
    notebook = read_notebook(FILES[name].read_bytes(), f"{name}.py")
    with OwnLane(ASSIGNMENT.limits, ASSIGNMENT.forbidden) as own:
        assert said(student.judge(notebook, own)) == said(student.judge(notebook, lane))
