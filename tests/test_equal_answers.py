"""The public checks give a student the verdicts and diagnoses of the instructor's grader, without the reference."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from grader import assignments, released
from grader.judge import Judge, Judgement
from grader.notebook import read_notebook
from grader.public_part import public_part
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level
from grader.sandbox.own import OwnLane
from grader.solution import notebook_of
from grader.spec import Assignment

pytestmark = pytest.mark.bwrap

ROOT = Path(__file__).parents[1]
CHECKS = ROOT / "student_template" / "checks"
SUBMISSIONS = ROOT / "tests" / "submissions" / "tarea2"
ASSIGNMENT = assignments.load(assignments.default_folder())

FILES = {f"{f.parent.name} {f.stem}": f for kind in ("right", "wrong") for f in (SUBMISSIONS / kind).glob("*.py")}
# Those that never return take a time limit on each side, which says nothing about recorded values.
NAMES = sorted(FILES.keys() - {"wrong loops_forever"}) + [f"misconception {m.name}" for m in ASSIGNMENT.misconceptions]
# A tenth in the ordinary run, all in the nightly one; each run takes another tenth of the same list.
SAMPLE = NAMES if os.environ.get("GRADER_NIGHTLY") else NAMES[::10]

Said = Mapping[tuple[str, str, str, str], tuple[object, ...]]


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
    return released.load(CHECKS).judge()


@pytest.fixture(scope="module")
def lane() -> Iterator[Lane]:
    with Lane(Level.BWRAP, ASSIGNMENT.limits) as lane:
        yield lane


def submission(name: str) -> bytes:
    kind, _, rest = name.partition(" ")
    if kind != "misconception":
        return FILES[name].read_bytes()
    return notebook_of(ASSIGNMENT, next(m for m in ASSIGNMENT.misconceptions if m.name == rest))


def said(judgement: Judgement) -> Said:
    """All that a student acts on: verdict, message, cause, hint and diagnosis of each finding."""
    return {
        (q.id, f.check.en, f.case.en, f.result): (
            f.verdict,
            f.message.render("es"),
            f.cause.render("es") if f.cause else "",
            f.hint.es,
            f.misconceptions,
            f.carried,
            f.reproduce,
        )
        for q in judgement.questions
        for f in q.findings
    } | {(q.id, "", "", ""): (q.verdict, q.points) for q in judgement.questions}


@pytest.mark.parametrize("name", SAMPLE)
def test_the_recorded_values_say_what_the_reference_says(
    name: str, instructor: Judge, student: Judge, lane: Lane
) -> None:
    """Verdicts, sentences, hints and diagnoses are those of the reference, for right, wrong and mistaken answers."""
    notebook = read_notebook(submission(name), f"{name}.py")
    expected, actual = (said(judge.judge(notebook, lane)) for judge in (instructor, student))
    different = {key: (expected.get(key), actual.get(key)) for key in expected.keys() | actual.keys()
                 if expected.get(key) != actual.get(key)}  # fmt: skip
    assert not different


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
