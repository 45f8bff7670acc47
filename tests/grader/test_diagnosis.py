"""Known mistakes: each costs points where it belongs and is named, and a right answer is given none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from grader import assignments
from grader.checks import Sides
from grader.diagnosis import explain
from grader.implementation import Implementation, LocalImplementation
from grader.messages import Text
from grader.results import Finding
from grader.scoring import Judged, fraction
from grader.spec import FLOAT32, Case, Draw, Misconception, Probe

ASSIGNMENT = assignments.load(assignments.default_folder())
# Without the questions that train on real data once they were attempted, and without figures: they need a notebook.
QUESTIONS = tuple(q for q in ASSIGNMENT.questions if (q.points and not q.attempted) or q.id == "0")
# Which device is used is seen by the worker's recorders only.
ONLY_IN_THE_WORKER = ("device",)
EXPECTED: dict[tuple[Probe, Case], Mapping[str, Any]] = {}  # the reference's results are the same in all tests

# Questions whose probes exercise the very same method.
SHARED = {"3a": {"3b"}}


@dataclass(frozen=True)
class Outcome:
    """What one question said: the share of its points and its findings."""

    share: float
    findings: tuple[Finding, ...]

    @property
    def right(self) -> bool:
        return all(f.passed for f in self.findings if f.scored) and bool(self.findings)

    @property
    def named(self) -> set[str]:
        return {name for f in self.findings for name in f.misconceptions}


def reference() -> LocalImplementation:
    return LocalImplementation(ASSIGNMENT.reference, ASSIGNMENT.snippets, ASSIGNMENT.supplies)


def judged(student: LocalImplementation) -> dict[str, Outcome]:
    """All questions of the assignment, as the judge does: later ones know which earlier ones were right."""
    ids = frozenset(q.id for q in ASSIGNMENT.questions)
    sides = Sides(student, reference, "salt", questions=ids, expected=EXPECTED)
    outcomes = {}
    for question in QUESTIONS:
        sides.misconceptions = tuple(m for m in ASSIGNMENT.misconceptions if m.question == question.id)
        entries = [
            Judged(check, number, check.judge(sides, case))
            for check in question.checks
            if check.title.en not in ONLY_IN_THE_WORKER
            for number, case in enumerate(check.cases)
        ]
        findings = tuple(f for entry in entries for f in entry.findings)
        outcomes[question.id] = outcome = Outcome(fraction(entries), findings)
        if outcome.right:
            sides.right |= {question.id}
    return outcomes


@pytest.mark.parametrize("mistake", ASSIGNMENT.misconceptions, ids=lambda m: m.name)
def test_a_misconception_loses_points_in_its_question_and_is_named(mistake: Misconception) -> None:
    """And it costs nothing in any other question."""
    outcomes = judged(reference().changed(mistake.changes))
    lost = {id for id, outcome in outcomes.items() if not outcome.right}
    assert mistake.question in lost
    assert outcomes[mistake.question].share < 1
    assert mistake.name in outcomes[mistake.question].named
    assert lost - {mistake.question} <= SHARED.get(mistake.question, set())
    hints = {f.hint for f in outcomes[mistake.question].findings if mistake.name in f.misconceptions}
    assert hints == {mistake.hint}


def test_a_right_answer_is_given_no_misconception() -> None:
    """The reference, as a student, has full points and not a word about mistakes."""
    outcomes = judged(reference())
    assert len(outcomes) >= 12
    for id, outcome in outcomes.items():
        assert outcome.share == 1.0, id
        assert outcome.right, id
        assert not outcome.named, id


@pytest.mark.parametrize("mistake", ASSIGNMENT.misconceptions, ids=lambda m: m.name)
def test_a_hint_is_given_in_both_languages(mistake: Misconception) -> None:
    """And leads to the repair in a sentence."""
    assert mistake.hint.es.endswith((".", "?"))
    assert mistake.hint.en.endswith((".", "?"))
    assert mistake.hint.es != mistake.hint.en


def test_every_question_that_is_scored_knows_mistakes() -> None:
    """What was seen in real submissions is written down where it can be named."""
    without = {q.id for q in QUESTIONS} - {m.question for m in ASSIGNMENT.misconceptions}
    assert without <= {"4b", "4c"}  # their checks say each fact by its name


# The search itself -----------------------------------------------------------------------------------------------

CASE = Case(Text("caso", "case"), seed=1)
X = torch.tensor([1.0, 2.0, 3.0])


def probe(f: Implementation, draw: Draw) -> dict[str, Any]:
    return {"double": f.call("double", X), "square": f.call("square", X)}


NAMES = {"double": lambda x: 2 * x, "square": lambda x: x * x}
RIGHT = {"double": NAMES["double"](X), "square": NAMES["square"](X)}


def fails(x: torch.Tensor) -> torch.Tensor:
    raise ZeroDivisionError


def known(name: str, **changes: Callable[..., Any]) -> Misconception:
    return Misconception(name, "1", Text("pista", "hint"), changes)


TRIPLES = known("triples", double=lambda x: 3 * x)
BOTH = known("both", double=lambda x: 3 * x, square=lambda x: x)
RAISES = known("raises", double=fails)
HALF = known("half", double=lambda x: x[:2])


def found(
    actual: Mapping[str, Any], *misconceptions: Misconception, given: dict[str, Any] | None = None, probe: Probe = probe
) -> str:
    """The name of what explains `actual`; "" for nothing."""
    wrong = [name for name, value in actual.items() if not torch.equal(torch.as_tensor(value), RIGHT[name])]
    draw = Draw(CASE, given=given)
    mistake = explain(misconceptions, probe, draw, LocalImplementation(NAMES, {}), actual, RIGHT, wrong, FLOAT32)
    return mistake.name if mistake else ""


def test_the_mistake_that_gives_the_same_values_is_found() -> None:
    """In whatever place of the list it is."""
    actual = {"double": 3 * X, "square": X * X}
    assert found(actual, TRIPLES) == "triples"
    assert found(actual, HALF, BOTH, TRIPLES) == "triples"


def test_a_mistake_has_to_explain_every_result() -> None:
    """One that also changes what the student has right is not the student's."""
    assert found({"double": 3 * X, "square": X * X}, BOTH) == ""
    assert found({"double": 3 * X, "square": X}, TRIPLES) == ""
    assert found({"double": 3 * X, "square": X}, TRIPLES, BOTH) == "both"


def test_other_wrong_values_are_explained_by_nothing() -> None:
    """A diagnosis is not a guess."""
    assert found({"double": 3 * X + 0.1, "square": X * X}, TRIPLES, BOTH, HALF, RAISES) == ""
    assert found({"double": X * math.nan, "square": X * X}, TRIPLES, BOTH, HALF, RAISES) == ""




def test_right_values_need_no_explanation() -> None:
    """Even where a mistake reproduces them."""
    same = known("same", double=lambda x: x + x)
    assert found(RIGHT, same) == ""


def test_a_mistake_that_raises_explains_nothing() -> None:
    """The search goes on."""
    assert found({"double": 3 * X, "square": X * X}, RAISES, TRIPLES) == "triples"


def test_a_result_that_the_student_lacks_plays_no_role() -> None:
    """What is there is explained."""
    assert found({"double": 3 * X}, BOTH) == "both"


def test_a_mistake_sees_what_the_student_showed_and_changes_nothing_of_it() -> None:
    """Each mistake gets a copy of `given`."""

    def showing(f: Implementation, draw: Draw) -> dict[str, Any]:
        order = draw.given.setdefault("order", "from the mistake")
        draw.given["spoiled"] = True
        return {"double": f.call("double", X) if order == "from the student" else X, "square": X * X}

    given = {"order": "from the student"}
    assert found({"double": 3 * X, "square": X * X}, TRIPLES, given=given, probe=showing) == "triples"
    assert given == {"order": "from the student"}
