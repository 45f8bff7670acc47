"""Comparing two values: the passes, the failures, and the messages about the difference."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment.tolerance import FLOAT32, Tolerance
from grader.judging.compare import PICTURE, Comparison, compare, relative_error, summary
from grader.results import Verdict
from grader.sandbox.inside.wire import Kind

TOLERANCE = Tolerance(rtol=1e-4, atol=1e-6)
SIZES = {"B": 7, "C": 5, "shape": (7, 5), "estable": True}


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def against(actual: Any, expected: Any, sizes: dict[str, Any] | None = None) -> Comparison:
    return compare("y", actual, expected, TOLERANCE, sizes)


def cause(actual: Any, expected: Any, sizes: dict[str, Any] | None = None) -> str:
    found = against(actual, expected, sizes).cause
    return "" if found is None else found.render("en")


def said(comparison: Comparison) -> str:
    return comparison.message.render("en")


E = normal(7, 5)

# Values that pass ------------------------------------------------------------------------------------------------

SAME: list[tuple[str, Any, Any]] = [
    ("itself", E, E),
    ("float32 against float64", E.float(), E),
    ("a graph attached", E.clone().requires_grad_() * 1, E),
    ("another memory layout", E.T.contiguous().T, E),
    ("a bool mask as numbers", torch.tensor([True, False]), torch.tensor([1.0, 0.0])),
    ("integers as numbers", torch.tensor([2, 0]), torch.tensor([2.0, 0.0])),
    ("uint8 against float64", torch.tensor([255], dtype=torch.uint8), torch.tensor([255.0])),
    ("a Python float for a 0-d tensor", 0.5, torch.tensor(0.5)),
    ("a Python int for a 0-d tensor", 2, torch.tensor(2.0)),
    ("(1,) for a 0-d tensor", torch.tensor([0.5]), torch.tensor(0.5)),
    ("(1, 1) for a 0-d tensor", torch.tensor([[0.5]]), torch.tensor(0.5)),
    ("a list of one number for a 0-d tensor", [0.5], torch.tensor(0.5)),
    ("a list of numbers for a vector", [1, 2.5, True], torch.tensor([1.0, 2.5, 1.0])),
    ("a tuple of one tensor", (E,), E),
    ("a 0-d tensor for a Python float", torch.tensor(0.5), 0.5),
    ("(1,) for a Python float", torch.tensor([0.5]), 0.5),
    ("an int for a Python float", 2, 2.0),
    ("equal infinities", torch.tensor([math.inf, -math.inf, 1.0]), torch.tensor([math.inf, -math.inf, 1.0])),
    ("True", True, True),
    ("1 for True", 1, True),
    ("a tensor of one bool for True", torch.tensor([True]), True),
    ("a 0-d tensor for an int", torch.tensor(3), 3),
    ("a text", "(4, 3)", "(4, 3)"),
    ("None where None is expected", None, None),
    ("a tuple of tensors", (E, 0.5), (E, torch.tensor(0.5))),
    ("a list for a tuple", [E, 1.0], (E, 1.0)),
]


@pytest.mark.parametrize(("actual", "expected"), [s[1:] for s in SAME], ids=[s[0] for s in SAME])
def test_equal_values_pass(actual: Any, expected: Any) -> None:
    """Neither precision nor the kind of container costs points."""
    found = against(actual, expected)
    assert found.passed, said(found)
    assert found.compared > 0
    assert found.cause is None


def test_a_gap_passes_up_to_the_tolerance_and_no_further() -> None:
    """The rule is |a - e| <= atol + rtol |e|, entry by entry."""
    e = torch.tensor([0.0, 2.0], dtype=torch.float64)
    allowed = TOLERANCE.atol + TOLERANCE.rtol * e.abs()
    assert against(e + 0.99 * allowed, e).passed
    assert against(e - 0.99 * allowed, e).passed
    for i in range(2):
        off = e.clone()
        off[i] += 1.01 * allowed[i]
        assert not against(off, e).passed


def test_float32_is_promoted_before_it_is_compared() -> None:
    """A gap that float32 cannot resolve at 1e8 still counts."""
    e = torch.tensor([100_000_001.0], dtype=torch.float64)
    assert not compare("y", torch.tensor([1e8]), e, Tolerance(rtol=0.0, atol=0.5)).passed
    assert compare("y", torch.tensor([1e8]), e, Tolerance(rtol=0.0, atol=1.5)).passed


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 9))
def test_comparing_counts_every_entry(rows: int, columns: int, seed: int) -> None:
    """`compared` has the number of entries, which a pass needs."""
    e = normal(rows, columns, seed=seed)
    assert against(e, e).compared == rows * columns
    assert against(e + 1, e).compared == rows * columns


def test_a_pass_needs_something_that_was_compared() -> None:
    """A comparison of nothing is not a pass, whatever its verdict."""
    message = against(E, E).message
    assert not Comparison(Verdict.PASSED, message, message, compared=0).passed
    assert not Comparison(Verdict.FAILED, message, message, compared=1).passed


# Values that fail ------------------------------------------------------------------------------------------------

DIFFERENT: list[tuple[str, Any, Any, str]] = [
    ("off", E + torch.eye(7, 5), E, "y is off in 5 of 35 entries; the largest gap is 1.0e+00 at ("),
    ("off in a vector", [1, 2, 4], torch.tensor([1.0, 2.0, 3.0]), "y is off in 1 of 3 entries; the largest gap is "
     "1.0e+00 at (2), 3.0e-04 is allowed"),
    ("a number", 0.25, torch.tensor(0.5), "y is 0.25, expected 0.5 (± 5.1e-05)"),
    ("a Python number", 0.25, 0.5, "y is 0.25, expected 0.5 (± 5.1e-05)"),
    ("shape", E.T, E, "y has shape (5, 7), expected (7, 5)"),
    ("a vector for a number", torch.ones(3), torch.tensor(1.0), "y has shape (3,), expected ()"),
    ("a number for a vector", torch.tensor(1.0), torch.ones(3), "y has shape (), expected (3,)"),
    ("empty", torch.empty(0), E, "y has shape (0,), expected (7, 5)"),
    ("empty against empty", torch.empty(0), torch.empty(0), "y is empty"),
    ("an object", Kind("FFNN"), E, "y should be a tensor of shape (7, 5), but its type is FFNN"),
    ("a complex tensor stays an object", Kind("complex64 tensor"), E, "but its type is complex64 tensor"),
    ("a text", "0.5", torch.tensor(0.5), "y should be a tensor of shape (), but its type is str"),
    ("an empty list", [], E, "y should be a tensor of shape (7, 5), but its type is list"),
    ("a pair", (E, E), E, "y should be a tensor of shape (7, 5), but its type is tuple"),
    ("a text for a float", "0.5", 0.5, "y is 0.5, expected 0.5"),
    ("an object for a float", Kind("Loss"), 0.5, "but its type is Loss"),
    ("False", False, True, "expected: y; it is not so"),
    ("an object for True", Kind("FFNN"), True, "y is FFNN, expected yes"),
    ("a text for True", "True", True, "y is True, expected yes"),
    ("a text for another", "(3,)", "(4,)", "y is (3,), expected (4,)"),
    ("a number for a text", 3, "3", "y is 3, expected 3"),
    ("an int", 4, 3, "y is 4, expected 3"),
    ("nothing", None, E, "y is None: nothing was computed"),
    ("something for nothing", 0, None, "y is 0, expected None"),
    ("a pair for three", (E, E), (E, E, E), "the number of values of y is 2, expected 3"),
    ("a tensor for a pair", E, (E, E), "y should have 2 values, but it is (7, 5) float64 ["),
    ("the second of a pair", (E, 1.0), (E, 2.0), "y[1] is 1, expected 2 "),
    ("None inside a pair", (E, None), (E, 2.0), "y[1] is None: nothing was computed"),
]  # fmt: skip


@pytest.mark.parametrize(("actual", "expected", "message"), [d[1:] for d in DIFFERENT], ids=[d[0] for d in DIFFERENT])
def test_different_values_fail_and_it_is_said_how(actual: Any, expected: Any, message: str) -> None:
    """The sentence names the actual value, the expected value, the place, and the allowed gap."""
    found = against(actual, expected)
    assert not found.passed
    assert found.verdict in (Verdict.FAILED, Verdict.MISSING)
    assert message in said(found)


@pytest.mark.parametrize("factor", [1.0 + 2e-4, 0.9989, 1.008])
def test_a_factor_near_1_is_no_cause(factor: float) -> None:
    """A factor near 1 does not lead to a repair."""
    assert cause(factor * E, E) == ""


def test_a_factor_that_fits_most_entries_is_no_cause() -> None:
    """A factor is named only if it fits all entries."""
    uneven = torch.linspace(0.9979, 0.9992, E.numel(), dtype=torch.float64).reshape(E.shape)
    assert cause(3 * uneven * E, E) == ""


def test_where_nan_is_expected_it_is_not_said_to_be_expected() -> None:
    """A training that repeats a student's NaN expects NaN; NaN still fails."""
    comparison = against(math.nan, torch.tensor(math.nan))
    assert not comparison.passed
    assert said(comparison) == "y has 1 of 1 entries that are nan or inf; the first is nan at ()"


@pytest.mark.parametrize("verdict", [Verdict.MISSING])
def test_none_is_missing_rather_than_wrong(verdict: Verdict) -> None:
    """A function without a return has not answered."""
    assert against(None, E).verdict is verdict
    assert against(None, 0.5).verdict is verdict
    assert against(None, True).verdict is verdict


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("expected", [1.0, torch.tensor(1.0), E, (E, E), 3, True])
def test_nan_and_inf_never_pass(bad: float, expected: Any) -> None:
    """NaN and inf fail whatever is expected and whatever container they are in."""
    assert not against(bad, expected).passed
    assert not against(torch.tensor(bad), expected).passed
    assert not against(torch.full_like(E, bad), expected).passed
    assert not against((torch.full_like(E, bad),) * 2, expected).passed


def test_nan_is_not_even_equal_to_nan() -> None:
    """A reference with NaN is a fault of the grader and must not lead to points."""
    nan = torch.full((3,), math.nan)
    assert not against(nan, nan).passed
    assert not against(math.nan, math.nan).passed


def test_an_infinite_reference_does_not_hand_out_points() -> None:
    """An infinite value has a finite tolerance, so that not every value passes."""
    assert not against(torch.tensor([1.0]), torch.tensor([math.inf])).passed
    assert not against(torch.tensor([-math.inf]), torch.tensor([math.inf])).passed


def test_a_number_that_is_nan_has_no_place() -> None:
    """A single number has no entries to count: the message has the actual and the expected value."""
    assert said(against(math.nan, 9.5)) == "y is nan, expected 9.5"
    assert against(math.nan, 9.5).largest_gap == math.inf


def test_the_first_nan_is_named_with_its_place() -> None:
    """A student looks first at the place where NaN starts."""
    a = E.clone()
    a[2, 3], a[4, 0] = math.nan, math.inf
    found = against(a, E)
    assert said(found) == "y has 2 of 35 entries that are nan or inf; the first is nan at (2, 3)"
    assert found.largest_gap == math.inf
    assert found.relative_error == 1.0


def test_the_category_gives_no_values_away() -> None:
    """The message for a hidden case has no number and no place."""
    for _, actual, expected, _ in DIFFERENT:
        category = against(actual, expected).category.render("en")
        assert not any(c.isdigit() for c in category.replace("y[1]", "y")), category


def test_the_largest_gap_is_counted_in_tolerances() -> None:
    """A gap of 1 is just allowed."""
    e = torch.zeros(2, dtype=torch.float64)
    assert against(torch.tensor([0.0, 5e-6]), e).largest_gap == pytest.approx(5.0)
    assert against(torch.tensor([0.0, 5e-7]), e).largest_gap == pytest.approx(0.5)


# Causes ----------------------------------------------------------------------------------------------------------

SQUARE = normal(4, 4, seed=1)
POSITIVE = normal(7, 5).abs() + 0.5
CAUSES: list[tuple[str, Any, Any, str]] = [
    ("keepdim", E.reshape(7, 1, 5), E, "the entries are right, but the shape is not"),
    ("transposed", E.T, E, "the result is the transpose of the right answer"),
    ("transposed shape", normal(5, 7, seed=9), E, "the shape is the transpose of the expected one"),
    ("transposed square", SQUARE.T, SQUARE, "the result is the transpose of the right answer"),
    ("not summed", E, E.sum(0), "the sum of the result over dimension 0 is the right answer"),
    ("not summed over 1", E, E.sum(1), "the sum of the result over dimension 1 is the right answer"),
    ("not averaged", E, E.mean(1), "the mean of the result over dimension 1 is the right answer"),
    ("a number not summed", E, E.sum(), "the sum of all entries is the right answer"),
    ("a number not averaged", E, E.mean(), "the mean of all entries is the right answer"),
    ("zero", torch.zeros(7, 5), E, "every entry is zero"),
    ("zero, a number", 0.0, torch.tensor(2.0), "every entry is zero"),
    ("sign", -E, E, "every entry has the opposite sign"),
    ("times B", 7 * E, E, "every entry is B = 7 times the right one"),
    ("over C", E / 5, E, "every entry is 1/C times the right one"),
    ("times B C", 35 * E, E, "every entry is B·C = 35 times the right one"),
    ("over B C", E / 35, E, "every entry is 1/(B·C) times the right one"),
    ("minus over B", -E / 7, E, "every entry is -1/B times the right one"),
    ("twice", 2 * E, E, "every entry is 2 times the right one"),
    ("half", E / 2, E, "every entry is 1/2 times the right one"),
    ("a number times B", 3.5, torch.tensor(0.5), "every entry is B = 7 times the right one"),
    ("another factor", 1.37 * E, E, "every entry is 1.37 times the right one"),
    ("shifted values", E + 0.7, E, "every entry is off by the same amount"),
    ("shifted by a row", E.roll(1, 0), E, "the result is shifted by one along dimension 0"),
    ("shifted by a column", E.roll(-1, 1), E, "the result is shifted by one along dimension 1"),
    ("another order", E.flip(0), E, "the values are right, but they are in another order"),
    ("averaged over the batch", E.mean(0, keepdim=True).expand_as(E), E, "the result was averaged over dimension 0"),
    ("averaged over columns", POSITIVE.mean(1, keepdim=True).expand_as(E), POSITIVE, "averaged over dimension 1"),
]  # fmt: skip


@pytest.mark.parametrize(("actual", "expected", "said"), [c[1:] for c in CAUSES], ids=[c[0] for c in CAUSES])
def test_a_cause_is_named_that_explains_every_entry(actual: Any, expected: Any, said: str) -> None:
    """The message has the likely cause next to the numbers."""
    assert said in cause(actual, expected, SIZES)
    assert not against(actual, expected, SIZES).passed


def test_a_shift_that_lost_its_ends_is_no_permutation() -> None:
    """A cause must explain everything: a shift with one foreign row explains nothing."""
    shifted = E.roll(1, 0)
    shifted[0] = normal(5, seed=5)
    assert cause(shifted, E) == ""


@pytest.mark.parametrize(
    "actual", [normal(7, 5, seed=3), E + 0.1 * normal(7, 5, seed=4), E * (1 + (torch.arange(7.0)[:, None] == 0))]
)
def test_no_cause_is_named_that_does_not_explain_every_entry(actual: torch.Tensor) -> None:
    """Unrelated values, noise and a factor in one row only have no generic cause."""
    found = against(actual, E, SIZES)
    assert found.verdict is Verdict.FAILED
    assert found.cause is None


def test_an_unnamed_factor_of_one_or_two_entries_is_no_cause() -> None:
    """Any two numbers differ by some factor."""
    assert cause(0.8, torch.tensor(0.5), SIZES) == ""
    assert cause(0.8, torch.tensor(0.5)) == ""


def test_nan_has_no_generic_cause() -> None:
    """The message already names the place where NaN starts."""
    assert cause(torch.full_like(E, math.nan), E, SIZES) == ""


# Pictures, errors, short forms -----------------------------------------------------------------------------------


def test_the_picture_shows_gaps_in_tolerances() -> None:
    """In the picture 0 is equal, and -1 is NaN or inf."""
    e = torch.zeros(2, 3, dtype=torch.float64)
    a = e.clone()
    a[0, 1], a[1, 2] = 3e-6, math.nan
    picture = against(a, e).difference
    assert picture is not None
    assert picture.rows == ((0.0, 3.0, 0.0), (0.0, 0.0, -1.0))
    assert (picture.shape, picture.cut) == ((2, 3), False)


def test_a_large_picture_is_cut_and_says_so() -> None:
    """The page shows a corner of a large tensor; more dimensions become rows."""
    picture = against(torch.ones(3, 20, 30), torch.zeros(3, 20, 30)).difference
    assert picture is not None
    assert (len(picture.rows), len(picture.rows[0]), picture.cut) == (PICTURE, PICTURE, True)
    assert picture.shape == (3, 20, 30)


def test_a_number_has_no_picture() -> None:
    """A single entry is described, not drawn."""
    assert against(0.25, torch.tensor(0.5)).difference is None
    vector = against([1.0, 2.0], torch.zeros(2)).difference
    assert vector is not None
    assert len(vector.rows) == 1


@pytest.mark.parametrize(
    ("a", "e", "error"),
    [([1, 2], [1, 2], 0.0), ([0], [0], 0.0), ([0], [2], 1.0), ([1], [-1], 2.0), ([2], [1], 0.2)],
)
def test_the_relative_error_is_that_of_a_gradient_check(a: list[int], e: list[int], error: float) -> None:
    """The error is |a - e|^2 / (|a|^2 + |e|^2), and 0 for two zeros."""
    assert relative_error(torch.tensor(a), torch.tensor(e)) == pytest.approx(error)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (torch.tensor(0.5), "0.5"),
        (torch.tensor([1, 2]), "(2,) int64 [1, 2]"),
        (torch.zeros(2, 4), "(2, 4) float32 [0, 0, 0, 0, 0, 0, ...]"),
        (torch.tensor([True]), "(1,) bool [True]"),
        (Kind("FFNN"), "FFNN"),
        (1 / 3, "0.333333"),
        ((1.5, None, "x"), "(1.5, None, 'x')"),
        (math.nan, "nan"),
    ],
)
def test_a_summary_is_short_and_says_the_shape(value: Any, text: str) -> None:
    """A summary has the shape, the dtype and the first entries."""
    assert summary(value) == text


@pytest.mark.parametrize("value", ["x" * 5000, [0.123456789] * 500, {"k" * 900: 1}, torch.rand(40, 40)])
def test_no_summary_is_long(value: Any) -> None:
    """A page has no room for a whole tensor."""
    assert len(summary(value)) <= 200


def test_the_default_tolerance_is_that_of_float32() -> None:
    """One float32 rounding passes, a thousandth does not."""
    assert compare("y", E.float(), E, FLOAT32).passed
    assert not compare("y", E * 1.001, E, FLOAT32).passed
