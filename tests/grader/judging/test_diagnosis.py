"""Known mistakes lose points in their question and are named, and a right answer gets no name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest
import torch

from grader.assignment import load
from grader.assignment.cases import Case, Draw
from grader.assignment.spec import FLOAT32, Misconception, Probe
from grader.errors import StudentRaised
from grader.judging.checks import Values
from grader.judging.checks.check import checks_of
from grader.judging.compare import compare
from grader.judging.diagnosis import Explanation, diagnosed, explain
from grader.judging.evidence import Evidence
from grader.judging.judge import Judge
from grader.judging.local_implementation import LocalImplementation
from grader.judging.reference_side import ReferenceSide
from grader.judging.scoring import fraction
from grader.judging.student_side import StudentSide
from grader.judging.suspects import KnownRuns, changes_of
from grader.messages import Text
from grader.results import Finding
from grader.sandbox.verbs import Implementation
from grader.self_check import old_recorded_assignment as recorded_assignment
from reference.tarea2.mistakes.decisions import decided

ASSIGNMENT = load.load_assignment(load.default_folder())
# Without the questions that train on real data after an attempt, and without figures: they need a notebook.
QUESTIONS = tuple(q for q in ASSIGNMENT.questions if (q.points and not q.attempted) or q.id == "0")
EXPECTED: dict[tuple[Probe, Case], Mapping[str, Any]] = {}  # the reference's results are the same in all tests
KNOWN: KnownRuns = {}


@dataclass(frozen=True)
class Outcome:
    """The outcome of one question: the share of its points and its findings."""

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


class Student:
    """An implementation in this process whose errors arrive as they do from the worker."""

    def __init__(self, target: LocalImplementation) -> None:
        self._target = target

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        method = getattr(self._target, verb)

        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return method(*args, **kwargs)
            except Exception as error:
                raise StudentRaised(type(error).__name__, str(error)) from error

        return call


def judged(changes: Mapping[str, Callable[..., Any]], *only: str) -> dict[str, Outcome]:
    """Judge these questions (all without any) with the reference and these changes in the student's place."""
    ids = frozenset(q.id for q in ASSIGNMENT.questions)
    student = cast(Implementation, Student(reference().changed(changes)))
    right_side = ReferenceSide(reference, "salt", ids, EXPECTED, KNOWN)
    right = ids - set(only) if only else frozenset()
    outcomes = {}
    for question in QUESTIONS:
        if only and question.id not in only:
            continue
        mistakes = [m for m in ASSIGNMENT.misconceptions if m.question == question.id]
        sides = StudentSide(student, right_side, right=right)
        entries = [
            check.judge(sides, case)
            for check in question.checks
            for case in check.cases
        ]
        entries = diagnosed(entries, mistakes, right_side)
        findings = tuple(f for entry in entries for f in entry.findings)
        outcomes[question.id] = outcome = Outcome(fraction(entries), findings)
        if outcome.right:
            right |= {question.id}
    return outcomes


def test_a_right_answer_is_given_no_misconception() -> None:
    """The reference in the student's place has full points and no mistake."""
    outcomes = judged({})
    assert len(outcomes) >= 12
    for id, outcome in outcomes.items():
        assert outcome.share == 1.0, id
        assert outcome.right, id
        assert not outcome.named, id


@pytest.mark.parametrize(
    "names",
    [
        # In different results, and in one result in which neither produces the student's value.
        ("training-drops-last-batch", "training-returns-mean"),
        ("training-never-steps", "training-loss-negative"),
        ("training-loss-negative", "training-returns-sums"),
        ("training-one-epoch-less", "training-loss-divided-again"),
        ("training-batches-of-1", "training-returns-running-sums"),
        ("training-steps-twice", "training-fixed-cpu"),
        ("backward-no-mean", "backward-bias-first-example"),
        ("backward-sign", "backward-sig-at-h"),
        ("parameter-mean", "parameter-slope-at-one"),
        ("d-swish-without-beta", "d-celu-alpha-sign"),
        # In one function.
        ("softmax-over-first", "softmax-of-minus"),
        ("forward-first-activation", "forward-without-output-bias"),
        ("d-swish-without-chain", "d-swish-term-subtracted"),
        ("d-celu-alpha-sign", "d-celu-alpha-everywhere"),
        ("celoss-sum", "celoss-swapped"),
        ("celoss-sign", "celoss-base-2"),
        ("celoss-mean-of-all", "celoss-never-stable"),
        ("categorical-sum", "categorical-sign"),
        ("categorical-from-one", "categorical-never-stable"),
        ("slope-no-mean", "slope-opposite-sign"),
        ("output-divided-again", "output-bias-mean"),
        ("hidden-at-h", "hidden-bias-mean"),
        ("sgd-lr-squared", "sgd-skips-last"),
        ("check-one-norm", "check-divided-by-epsilon"),
    ],
    ids=" and ".join,
)
def test_two_mistakes_in_one_question_are_both_named(names: tuple[str, str]) -> None:
    """These two names are found, and no others."""
    mistakes = [next(m for m in ASSIGNMENT.misconceptions if m.name == name) for name in names]
    changes = changes_of(*mistakes)
    assert changes is not None
    outcome = judged(changes, mistakes[0].question)[mistakes[0].question]
    assert outcome.named == set(names)


# The search itself -----------------------------------------------------------------------------------------------

CASE = Case(Text("caso", "case"), seed=1)
X = torch.tensor([1.0, 2.0, 3.0])
NAMES: dict[str, Callable[..., Any]] = {"double": lambda x: 2 * x, "square": lambda x: x * x}


def probe(f: Implementation, draw: Draw) -> dict[str, Any]:
    return {"double": f.call("double", X), "square": f.call("square", X)}


def nested(f: Implementation, draw: Draw) -> dict[str, Any]:
    return {"nested": f.call("double", f.call("square", X))}


def fails(x: torch.Tensor) -> torch.Tensor:
    raise ZeroDivisionError


def known(name: str, **changes: Callable[..., Any]) -> Misconception:
    return Misconception(name, "1", Text(f"{name}: pista.", f"{name}: hint."), changes)


TRIPLES = known("triples", double=lambda x: 3 * x)
CUBES = known("cubes", square=lambda x: x * x * x)
BOTH = known("both", double=lambda x: 3 * x, square=lambda x: x)
RAISES = known("raises", double=fails)
SHORT = known("short", double=lambda x: x[:2])
NAN = known("nan", double=lambda x: x * math.nan)


def local() -> LocalImplementation:
    return LocalImplementation(NAMES, {})


def found(
    actual: Mapping[str, Any],
    *misconceptions: Misconception,
    probe: Probe = probe,
    given: dict[str, Any] | None = None,
    runs: KnownRuns | None = None,
) -> dict[str, tuple[str, ...]]:
    """The names that explain each wrong result of `actual`."""
    draw = Draw(CASE, given=given)
    right = probe(local(), Draw(CASE, given=given))
    wrong = [n for n, v in actual.items() if not compare(n, v, right[n], FLOAT32).passed]
    evidence = Evidence(probe, draw, actual, right, wrong, FLOAT32)
    explanations = explain(misconceptions, evidence, local(), {} if runs is None else runs)
    return {name: explanation.names for name, explanation in explanations.items()}


def test_the_mistake_that_gives_the_same_values_is_found() -> None:
    """The mistake may be anywhere in the list; the first one that fits counts."""
    actual = {"double": 3 * X, "square": X * X}
    assert found(actual, TRIPLES) == {"double": ("triples",)}
    assert found(actual, SHORT, BOTH, TRIPLES) == {"double": ("triples",)}
    assert found(actual, TRIPLES, known("again", double=lambda x: x + 2 * x)) == {"double": ("triples",)}


def test_a_mistake_has_to_explain_every_result() -> None:
    """A mistake that also changes a right result of the student does not count."""
    assert found({"double": 3 * X, "square": X * X}, BOTH) == {}
    assert found({"double": 3 * X, "square": X}, TRIPLES) == {}
    assert found({"double": 3 * X, "square": X}, TRIPLES, BOTH) == {"double": ("both",), "square": ("both",)}


def test_two_mistakes_in_two_results_are_named_each_in_its_own() -> None:
    """A student with two mistakes reads two hints, each at its result."""
    actual = {"double": 3 * X, "square": X * X * X}
    assert found(actual, BOTH, CUBES, TRIPLES) == {"double": ("triples",), "square": ("cubes",)}


def test_two_mistakes_have_to_explain_all_that_is_wrong() -> None:
    """If neither mistake explains a third result, no result is explained."""

    def three(f: Implementation, draw: Draw) -> dict[str, Any]:
        return {**probe(f, draw), "same": X}

    actual = {"double": 3 * X, "square": X * X * X, "same": X}
    assert set(found(actual, TRIPLES, CUBES, probe=three)) == {"double", "square"}
    assert found({**actual, "same": -X}, TRIPLES, CUBES, probe=three) == {}


def test_two_mistakes_that_meet_in_one_result_are_named_together() -> None:
    """A pair is found if neither mistake alone produces the student's value."""
    actual = {"nested": 3 * X * X * X}
    assert found(actual, TRIPLES, CUBES, probe=nested) == {"nested": ("cubes", "triples")}
    assert found(actual, TRIPLES, SHORT, probe=nested) == {}


# Names that remain after all cases are compared --------------------------------------------------------------------

ASKED: dict[str, Callable[..., Any]] = {"value": lambda x: x.sum()}
CASES = tuple(Case(Text(str(n), str(n)), seed=n, sizes={"x": [1.0, *range(2, 2 + n)]}) for n in (1, 2, 3))


def value(f: Implementation, draw: Draw) -> dict[str, Any]:
    return {"value": f.call("value", torch.tensor(draw["x"]))}


VALUE = Values(Text("valor", "value"), value, CASES, hint=Text("en general", "in general"))
MEAN = known("mean", value=lambda x: x.mean())
HALF = known("half", value=lambda x: x.sum() / 2)
THIRD = known("third", value=lambda x: x.sum() / 3)
NOTHING = known("nothing", value=lambda x: x.sum() * math.nan)


def stands(student: Callable[..., Any], *misconceptions: Misconception) -> list[tuple[str, ...]]:
    """The names in each case for this student, after all cases are compared."""
    side = cast(Implementation, Student(LocalImplementation(ASKED, {}).changed({"value": student})))
    sides = StudentSide(side, ReferenceSide(lambda: LocalImplementation(ASKED, {}), "salt"))
    entries = [VALUE.judge(sides, case) for case in CASES]
    return [f.misconceptions for e in diagnosed(entries, misconceptions, sides.reference) for f in e.findings]


def test_a_mistake_that_fits_one_case_by_its_size_is_not_named() -> None:
    """A mean over two entries is half of their sum; over three it is not."""
    assert stands(lambda x: x.mean(), HALF, MEAN) == [("mean",)] * 3
    assert stands(lambda x: x.mean(), HALF) == [()] * 3
    assert stands(lambda x: x.sum() / 2, MEAN, THIRD) == [()] * 3


def test_a_mistake_that_would_show_where_the_student_is_right_is_not_named() -> None:
    """A student who is wrong only for three entries did not take the mean."""
    assert stands(lambda x: x.sum() / 3 if len(x) == 3 else x.sum(), MEAN, THIRD) == [()] * 3


def test_nan_names_nothing_where_something_else_is_unexplained() -> None:
    """One NaN looks like another; a student whose every answer is NaN made the mistake that always leads to NaN."""
    assert stands(lambda x: x.sum() * math.nan, NOTHING) == [("nothing",)] * 3
    strange = known("strange", value=lambda x: x.sum() * math.nan if len(x) == 2 else x.sum())
    assert stands(lambda x: x.sum() * math.nan if len(x) == 2 else x.sum() + 7, strange) == [()] * 3


def test_one_number_names_nothing_where_something_else_is_unexplained() -> None:
    """One equal number may be chance."""
    strange = known("strange", value=lambda x: x.sum() + 1 if len(x) == 2 else x.sum())
    assert stands(lambda x: x.sum() + 1 if len(x) == 2 else x.sum(), strange) == [("strange",), (), ()]
    assert stands(lambda x: x.sum() + (1 if len(x) == 2 else 7), strange) == [()] * 3


@decided
def summed(*, sign: int = 1, divisor: int = 1) -> Callable[..., Any]:
    return lambda x: sign * x.sum() / divisor


def test_a_pair_for_one_number_needs_a_second_one() -> None:
    """Among many pairs, one may produce a single number by chance."""
    minus, fifth = known("minus", value=summed(sign=-1)), known("fifth", value=summed(divisor=5))
    assert stands(lambda x: -x.sum() / 5, minus, fifth) == [("fifth", "minus")] * 3
    assert stands(lambda x: -x.sum() / 5 if len(x) == 2 else x.sum(), minus, fifth) == [()] * 3


def test_a_name_that_does_not_stand_leaves_the_hint_of_the_check() -> None:
    """Without a confirmed name, the check's hint remains."""
    side = cast(Implementation, Student(LocalImplementation(ASKED, {}).changed({"value": lambda x: x.sum() / 2})))
    sides = StudentSide(side, ReferenceSide(lambda: LocalImplementation(ASKED, {}), "salt"))
    entries = [VALUE.judge(sides, case) for case in CASES]
    (alone,) = diagnosed(entries[:1], (MEAN,), sides.reference)
    assert alone.findings[0].misconceptions == ("mean",)
    assert {f.hint.en for e in diagnosed(entries, (MEAN,), sides.reference) for f in e.findings} == {"in general"}


@pytest.mark.parametrize(("size", "named"), [(5, {"double": ("triples",)}), (3, {})])
def test_a_known_mistake_is_named_beside_an_unknown_one(size: int, named: dict[str, tuple[str, ...]]) -> None:
    """The mistake is named if it produces many of the numbers: a few may agree by chance."""
    x = torch.arange(1.0, size + 1)

    def two(f: Implementation, draw: Draw) -> dict[str, Any]:
        return {name: f.call(name, x) for name in ("double", "square")}

    assert found({"double": 3 * x, "square": x + 7}, CUBES, TRIPLES, probe=two) == named


def test_two_hints_follow_each_other() -> None:
    """The two hints are joined in both languages."""
    hint = Explanation((TRIPLES, CUBES)).hint
    assert hint == Text("triples: pista. cubes: pista.", "triples: hint. cubes: hint.")


def test_other_wrong_values_are_explained_by_nothing() -> None:
    """The diagnosis does not guess."""
    everything = (TRIPLES, BOTH, SHORT, RAISES, CUBES)
    assert found({"double": 3 * X + 0.1, "square": X * X}, *everything) == {}
    assert found({"double": X * math.nan, "square": X * X}, *everything) == {}
    assert found({"double": 3 * X, "square": X * X + 0.1}, *everything) == {}


def test_nan_is_explained_by_a_mistake_that_gives_nan() -> None:
    """The NaN entries must be in the same places."""
    assert found({"double": X * math.nan, "square": X * X}, TRIPLES, NAN) == {"double": ("nan",)}
    partly = torch.tensor([math.nan, 4.0, 6.0])
    assert found({"double": partly, "square": X * X}, NAN) == {}


def test_right_values_need_no_explanation() -> None:
    """Nothing is named even if a mistake reproduces the right values."""
    assert found(probe(local(), Draw(CASE)), known("same", double=lambda x: x + x)) == {}


def test_a_mistake_that_raises_explains_nothing() -> None:
    """The search continues after such a mistake."""
    assert found({"double": 3 * X, "square": X * X}, RAISES, TRIPLES) == {"double": ("triples",)}


def test_a_result_that_the_student_lacks_plays_no_role() -> None:
    """The results that exist are explained."""
    assert found({"double": 3 * X}, BOTH) == {"double": ("both",)}


def test_what_a_mistake_gives_is_computed_once_for_all_students() -> None:
    """The results of a mistake are shared as long as the probe takes no data from the student."""
    calls: list[str] = []

    def counted(x: torch.Tensor) -> torch.Tensor:
        calls.append("called")
        return 3 * x

    runs: KnownRuns = {}
    for actual in (3 * X, 3 * X, 5 * X):
        found({"double": actual, "square": X * X}, known("counted", double=counted), runs=runs)
    assert calls == ["called"]


def test_a_mistake_is_tried_with_what_the_student_showed() -> None:
    """The mistake uses the student's order of the examples and does not change it."""

    def ordered(f: Implementation, draw: Draw) -> dict[str, Any]:
        if "order" in draw.given:  # the reference's side
            return {"y": 2 * X[draw.given["order"]]}
        order = draw.given["order"] = draw.seen.get("order", [0, 1, 2])
        return {"y": f.call("double", X[order])}

    given = {"order": [2, 0, 1]}
    assert found({"y": 3 * X[[2, 0, 1]]}, TRIPLES, given=given, probe=ordered) == {"y": ("triples",)}
    assert given == {"order": [2, 0, 1]}


def test_nothing_is_named_where_the_reference_itself_would_be_wrong() -> None:
    """A probe may look at effects that only the sandbox shows: then every mistake looks like the student's answer."""

    def watched(f: Implementation, draw: Draw) -> dict[str, Any]:
        if "moves" in draw.given:
            return {"y": True}
        draw.given["moves"] = f.moves()
        return {"y": bool(draw.given["moves"])}

    assert found({"y": False}, TRIPLES, given={"moves": ()}, probe=watched) == {}


# Mistakes that are known alone, as in the public checks ---------------------------------------------------------------

CHECKS = Path(__file__).parents[3] / "student_template" / "checks"


@pytest.fixture(scope="module")
def self_check() -> Judge:
    return recorded_assignment.load_checks(CHECKS).judge()


@pytest.mark.parametrize(
    "names",
    [
        # Half of the pair produces the values of a third mistake in some results.
        ("output-divided-again", "output-bias-mean"),
        ("hidden-without-slope", "hidden-weight-transposed"),
        ("backward-mean-twice", "backward-bias-mean"),
        # A third mistake fits another check of the same question.
        ("check-root", "check-half-quotient"),
        ("dataset-length-of-features", "dataset-swapped-sizes"),
        ("categorical-sum", "categorical-first-row"),
        # Each mistake shows in results of its own.
        ("parameter-mean", "d-celu-alpha-sign"),
        ("parameter-mean", "parameter-not-in-slope"),
    ],
    ids=" and ".join,
)
def test_of_two_mistakes_the_self_check_names_no_third_one(names: tuple[str, str], self_check: Judge) -> None:
    """The self-check names one of the two or nothing: the public checks do not have their combined results."""
    mistakes = [next(m for m in ASSIGNMENT.misconceptions if m.name == name) for name in names]
    changes = changes_of(*mistakes)
    assert changes is not None
    student = cast(Implementation, Student(reference().changed(changes)))
    id = mistakes[0].question
    right = self_check.reference
    side = StudentSide(student, right, right=right.questions - {id})
    known = [m for m in self_check.assignment.misconceptions if m.question == id]
    question = self_check.assignment.question(id)
    entries = [c.judge(side, case) for c in checks_of(question) for case in c.cases]
    findings = [f for entry in diagnosed(entries, known, right) for f in entry.findings]
    assert any(f.scored and not f.passed for f in findings)
    assert {name for f in findings for name in f.misconceptions} <= set(names)


def two_results(f: Implementation, draw: Draw) -> dict[str, Any]:
    x = torch.arange(1.0, 6.0)
    return {**dict(zip(("first", "second"), f.call("both", x), strict=True)), "third": f.call("other", x)}


TWO: dict[str, Callable[..., Any]] = {"both": lambda x: (2 * x, x * x), "other": lambda x: -x}
FIRST = Misconception("first", "1", Text(), {"both": lambda x: (3 * x, x * x)})
SECOND = Misconception("second", "1", Text(), {"both": lambda x: (2 * x, x**3)})


def named_beside(student: Mapping[str, Callable[..., Any]], *misconceptions: Misconception) -> set[str]:
    check = Values(Text("valor", "value"), two_results, (CASE,))
    side = cast(Implementation, Student(LocalImplementation(TWO, {}).changed(student)))
    student = StudentSide(side, ReferenceSide(lambda: LocalImplementation(TWO, {}), "salt"))
    entries = diagnosed([check.judge(student, CASE)], misconceptions, student.reference)
    return {name for e in entries for f in e.findings for name in f.misconceptions}


def test_a_mistake_known_alone_is_not_named_where_two_may_have_been_made() -> None:
    """A wrong result is not explained, and another mistake in the same function spoils it."""
    unknown = {"both": lambda x: (3 * x, x + 7)}
    assert named_beside(unknown, FIRST, SECOND) == {"first"}
    alone = [replace(m, alone=True) for m in (FIRST, SECOND)]
    assert named_beside(unknown, *alone) == set()
    assert named_beside({"both": lambda x: (3 * x, x * x)}, *alone) == {"first"}
    assert named_beside({**FIRST.changes, "other": lambda x: x + 7}, *alone) == {"first"}


def test_mistakes_known_alone_are_not_tried_together() -> None:
    """The two changes are not combined, in one function or in two."""
    other = known("other", other=lambda x: x)
    assert changes_of(FIRST, other) is not None
    assert changes_of(replace(FIRST, alone=True), other) is None
    assert changes_of(replace(FIRST, alone=True)) == FIRST.changes
