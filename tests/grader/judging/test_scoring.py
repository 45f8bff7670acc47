"""Scoring: from findings to points, from points to the grade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from grader.assignment.cases import Case
from grader.assignment.spec import Question, Scale
from grader.errors import EmptyCheck
from grader.judging.checks.check import Judged
from grader.judging.scoring import fraction, grade_of, points, total, verdict
from grader.judging.student_side import StudentSide
from grader.messages import Text, say
from grader.results import Finding, QuestionResult, Verdict

TITLE = Text("título", "title")
PASSED, FAILED = Verdict.PASSED, Verdict.FAILED
CHILE = Scale("Chile", low=1.0, high=7.0)


@dataclass(frozen=True, eq=False)
class Line:
    """A line of a table, with the fields that scoring reads."""

    title: Text = TITLE
    cases: tuple[Case, ...] = ()
    share: float = 1.0
    per_case: bool = False
    weights: Mapping[str, float] = field(default_factory=dict)

    def weight(self, result: str) -> float:
        return self.weights.get(result, 1.0)

    hint: Text = Text()
    refines: bool = False

    def judge(self, student: StudentSide, case: Case) -> Judged:
        raise NotImplementedError

    def refuse(self, student: StudentSide, case: Case, finding: Finding) -> Judged:
        raise NotImplementedError


def finding(verdict: Verdict, result: str = "y", **more: object) -> Finding:
    return Finding(verdict, say("x"), compared=int(verdict is PASSED), result=result).with_(**more)


def judged(check: Line, *cases: Mapping[str, Verdict]) -> list[Judged]:
    return [
        Judged(check, Case(TITLE, seed=number), tuple(finding(v, result) for result, v in case.items()))
        for number, case in enumerate(cases)
    ]


def question(**more: object) -> Question:
    return Question("1", TITLE, **({"points": 2.0} | more))  # type: ignore[arg-type]


# Fractions -------------------------------------------------------------------------------------------------------


def test_everything_right_is_all_the_points() -> None:
    """All right results earn all points, and all wrong ones earn none."""
    assert fraction(judged(Line(), {"y": PASSED}, {"y": PASSED})) == 1.0
    assert fraction(judged(Line(), {"y": FAILED}, {"y": FAILED})) == 0.0


@pytest.mark.parametrize("wrong", [v for v in Verdict if v is not PASSED])
def test_only_a_pass_earns(wrong: Verdict) -> None:
    """Skipped and pending findings and faults of the grader earn nothing by themselves."""
    assert fraction(judged(Line(), {"a": PASSED, "b": wrong})) == 0.5


def test_a_pass_that_compared_nothing_earns_nothing() -> None:
    """A finding without comparisons does not pass."""
    empty = Finding(PASSED, say("x"), compared=0, result="y")
    assert fraction([Judged(Line(), 0, (empty,))]) == 0.0


def test_an_error_carried_forward_earns_its_share() -> None:
    """The worst case counts, as for any result."""
    carried, whole = finding(PASSED, carried=0.5), finding(PASSED)
    assert fraction([Judged(Line(), 0, (carried,))]) == 0.5
    line = Line()
    assert fraction([Judged(line, 0, (whole,)), Judged(line, 1, (carried,))]) == 0.5
    assert fraction([Judged(line, 0, (carried,)), Judged(line, 1, (finding(FAILED),))]) == 0.0
    both = Line(per_case=True, weights={"y": 2.0})
    assert fraction([Judged(both, 0, (whole,)), Judged(both, 1, (carried,))]) == 0.75


def test_a_result_has_to_hold_in_every_case() -> None:
    """A case that fails costs the named result, and only that result."""
    assert fraction(judged(Line(), {"a": PASSED, "b": PASSED}, {"a": PASSED, "b": FAILED})) == 0.5
    assert fraction(judged(Line(), {"a": FAILED, "b": PASSED}, {"a": PASSED, "b": FAILED})) == 0.0


def test_per_case_each_case_is_worth_a_part() -> None:
    """A gradient that is right for one architecture of three earns a third."""
    check = Line(per_case=True)
    assert fraction(judged(check, {"y": PASSED}, {"y": FAILED}, {"y": FAILED})) == pytest.approx(1 / 3)
    # A case counts in proportion to the number of its parameters.
    assert fraction(judged(check, {"a": PASSED}, {"a": PASSED, "b": FAILED, "c": FAILED})) == 0.5


def test_results_count_by_their_weight() -> None:
    """A result without a weight counts as 1."""
    check = Line(weights={"a": 3.0})
    assert fraction(judged(check, {"a": PASSED, "b": FAILED})) == 0.75
    assert fraction(judged(check, {"a": FAILED, "b": PASSED})) == 0.25


def test_checks_count_by_their_share() -> None:
    """The share does not depend on the number of results and cases of a check."""
    large, small = Line(share=3.0), Line(share=1.0)
    right = judged(large, {"a": PASSED, "b": PASSED}, {"a": PASSED, "b": PASSED})
    assert fraction([*right, *judged(small, {"y": FAILED})]) == 0.75


def test_a_check_without_a_share_is_shown_and_costs_nothing() -> None:
    """Such a check neither adds nor takes points."""
    shown = judged(Line(share=0.0), {"y": FAILED})
    assert fraction([*shown, *judged(Line(), {"y": PASSED})]) == 1.0
    assert fraction(shown) == 0.0
    assert fraction([*judged(Line(share=0.0), {}), *judged(Line(), {"y": PASSED})]) == 1.0
    assert fraction([]) == 0.0


def test_two_checks_that_look_alike_are_two() -> None:
    """Checks are different lines of the table even if their titles are equal."""
    first, second = Line(), Line()
    assert fraction([*judged(first, {"y": PASSED}), *judged(second, {"y": FAILED})]) == 0.5


def test_a_check_that_was_not_tried_here_does_not_count() -> None:
    """Something that it needs is not installed: the other checks are worth all the points."""
    untried = judged(Line(), {"y": Verdict.SKIPPED}, {"y": Verdict.SKIPPED})
    assert fraction([*untried, *judged(Line(), {"y": PASSED})]) == 1.0
    assert fraction([*judged(Line(), {"y": Verdict.SKIPPED}, {"y": FAILED}), *judged(Line(), {"y": PASSED})]) == 0.5


def test_a_check_without_findings_is_our_fault() -> None:
    """The missing findings raise an error instead of a score."""
    with pytest.raises(EmptyCheck, match="title"):
        fraction(judged(Line(), {}))


# Verdicts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "verdicts", "expected"),
    [
        (1.0, [PASSED, PASSED], PASSED),
        (0.5, [PASSED, FAILED], FAILED),
        (0.5, [PASSED, Verdict.RAISED], FAILED),
        (0.0, [Verdict.RAISED, Verdict.RAISED], Verdict.RAISED),
        (0.0, [Verdict.MISSING, Verdict.MISSING], Verdict.MISSING),
        (0.0, [Verdict.MISSING, Verdict.TIMED_OUT], Verdict.TIMED_OUT),
        (0.0, [Verdict.CRASHED, FAILED], Verdict.CRASHED),
        (0.0, [Verdict.FORBIDDEN, PASSED], Verdict.FORBIDDEN),
        (0.5, [Verdict.FORBIDDEN, FAILED], Verdict.FORBIDDEN),
    ],
)
def test_the_verdict_of_a_question(share: float, verdicts: list[Verdict], expected: Verdict) -> None:
    """The verdict is right, partly wrong, or the first failure if nothing was earned."""
    assert verdict(question(), share, [finding(v) for v in verdicts]) is expected


def test_findings_that_cost_nothing_do_not_decide() -> None:
    """A guide that fails next to right values leaves the question right."""
    assert verdict(question(), 1.0, [finding(FAILED, scored=False), finding(PASSED)]) is PASSED


def test_where_nothing_is_scored_what_is_shown_decides() -> None:
    """A question without points still has a verdict."""
    free = question(points=0.0)
    assert verdict(free, 0.0, [finding(FAILED, scored=False)]) is FAILED
    assert verdict(free, 0.0, [finding(PASSED, scored=False)]) is PASSED


def test_a_question_that_only_a_person_reads_is_pending() -> None:
    """A missing answer is not pending."""
    read = question(points=0.0, reviewed=1.0)
    assert verdict(read, 0.0, [finding(PASSED, scored=False)]) is Verdict.PENDING
    assert verdict(read, 0.0, [finding(Verdict.MISSING, scored=False)]) is Verdict.MISSING


# Points and the grade --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("possible", "share", "earned"),
    [(2.0, 1.0, 2.0), (0.75, 0.0, 0.0), (0.75, 1 / 3, 0.25), (1.25, 0.5, 0.63), (1.0, 2 / 3, 0.67), (0.3, 1.0, 0.3)],
)
def test_points_have_two_decimals(possible: float, share: float, earned: float) -> None:
    """Half a hundredth is rounded up."""
    assert points(question(points=possible), share) == earned


@pytest.mark.parametrize(
    ("earned", "grade"),
    [(0, 1.0), (10, 7.0), (12, 7.0), (-1, 1.0), (5, 4.0), (7.08, 5.2), (7.0834, 5.3), (8.75, 6.3), (2.42, 2.5)],
)
def test_the_grade_rounds_half_up_and_stays_on_the_scale(earned: float, grade: float) -> None:
    """8.75 of 10 is 6.25, which schools call 6.3."""
    assert grade_of(earned, 10.0, CHILE) == grade


def test_every_grade_that_ends_in_a_half_rounds_up() -> None:
    """No multiple of 0.05 is rounded down, whatever the binary fractions of 1 + 6 k/40 are."""
    scale = Scale("tenths", low=0.0, high=10.0)
    for k in range(100):
        assert grade_of(k + 0.5, 100.0, scale) == pytest.approx((k + 1) / 10)


def test_a_scale_may_have_other_ends_and_decimals() -> None:
    """Argentina counts whole numbers to 10, France two decimals to 20."""
    assert grade_of(6.5, 10.0, Scale("whole", 0.0, 10.0, decimals=0)) == 7.0
    assert grade_of(1, 3.0, Scale("two decimals", 0.0, 20.0, decimals=2)) == 6.67


def result(**more: object) -> QuestionResult:
    return QuestionResult("1", TITLE, **({"points": 0.0, "possible": 0.0, "verdict": PASSED} | more))  # type: ignore[arg-type]


def test_a_bonus_counts_and_is_not_required() -> None:
    """A bonus adds to the points and not to the maximum."""
    bonus = result(points=0.5, possible=0.5, bonus=True)
    sums = total([result(points=4.0, possible=5.0), bonus], CHILE, 5.0, complete=True)
    assert (sums.points, sums.possible, sums.grade) == (4.5, 5.0, 6.4)


def test_a_bonus_never_lifts_the_grade_above_the_scale() -> None:
    """The points still show the bonus."""
    bonus = result(points=0.5, possible=0.5, bonus=True)
    sums = total([result(points=5.0, possible=5.0), bonus], CHILE, 5.0, complete=True)
    assert (sums.points, sums.grade) == (5.5, 7.0)


def test_what_a_person_still_has_to_give_is_pending() -> None:
    """The points are pending until a person has read the answer, unless there is no answer."""
    waiting = result(reviewed=1.0, verdict=Verdict.PENDING)
    missing = result(reviewed=0.5, verdict=Verdict.MISSING)
    given = result(reviewed=0.75, awarded=0.5, verdict=Verdict.PENDING)
    zero = result(reviewed=0.25, awarded=0.0, verdict=Verdict.PENDING)
    sums = total([waiting, missing, given, zero], CHILE, 2.5, complete=True)
    assert (sums.points, sums.possible, sums.pending) == (0.5, 2.5, 1.0)


def test_a_part_of_the_questions_has_no_grade() -> None:
    """The grade is for the whole assignment."""
    assert total([result(points=1.0, possible=1.0)], CHILE, 10.0, complete=False).grade is None
