"""Cases, and the inputs that are drawn for them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment.cases import Case, Draw
from grader.messages import Text

TITLE = Text("título", "title")
PUBLIC = Case(Text("pública", "public"), seed=1, public=True, sizes={"B": 4})
HIDDEN = Case(Text("oculta", "hidden"), seed=1, sizes={"B": 4})


def everything(draw: Draw) -> dict[str, torch.Tensor]:
    return {
        "normal": draw.normal("a", 4, 3),
        "away": draw.away_from_zero("b", 50),
        "probabilities": draw.probabilities("c", 4, 3),
        "classes": draw.classes("d", 40, 3),
        "one_hot": draw.one_hot("e", 40, 3),
    }


def same(a: Mapping[str, torch.Tensor], b: Mapping[str, torch.Tensor]) -> list[bool]:
    return [torch.equal(a[name], b[name]) for name in a]


def test_the_salt_changes_hidden_cases_and_no_public_one() -> None:
    """Students see the public inputs, and nobody can compute the hidden ones in advance."""
    assert all(same(everything(Draw(PUBLIC, "one")), everything(Draw(PUBLIC, "two"))))
    assert not any(same(everything(Draw(HIDDEN, "one")), everything(Draw(HIDDEN, "two"))))


def test_the_same_salt_gives_the_same_inputs() -> None:
    """A regrade draws the same inputs."""
    assert all(same(everything(Draw(HIDDEN, "one")), everything(Draw(HIDDEN, "one"))))


def test_another_seed_gives_other_inputs() -> None:
    """Cases of one shape differ by their seeds."""
    other = Case(TITLE, seed=2, public=True)
    assert not any(same(everything(Draw(PUBLIC)), everything(Draw(other))))


@given(st.permutations(["a", "b", "c", "d"]))
def test_draws_do_not_depend_on_their_order(names: list[str]) -> None:
    """Each name has its own stream: a student who skips a question does not shift another question's inputs."""
    expected = {name: Draw(HIDDEN, "salt").normal(name, 5) for name in "abcd"}
    draw = Draw(HIDDEN, "salt")
    assert all(torch.equal(draw.normal(name, 5), expected[name]) for name in names)


def test_draws_leave_the_global_generator_alone() -> None:
    """Draws share no state with other code."""
    state = torch.random.get_rng_state()
    everything(Draw(PUBLIC))
    assert torch.equal(torch.random.get_rng_state(), state)


def test_different_names_have_different_values() -> None:
    """x and y of one case are different tensors."""
    draw = Draw(PUBLIC)
    assert not torch.equal(draw.normal("x", 5), draw.normal("y", 5))


@given(st.integers(0, 10**6), st.floats(0.05, 1.0))
def test_entries_stay_away_from_the_kinks(seed: int, gap: float) -> None:
    """At 0 the derivative of relu is a matter of choice, so no case draws a 0."""
    drawn = Draw(Case(TITLE, seed)).away_from_zero("T", 30, gap=gap)
    assert (drawn.abs() >= gap * (1 - 1e-6)).all()


def test_both_sides_of_the_kink_are_asked() -> None:
    """A function that is right on one side only must not pass."""
    for seed in range(20):
        drawn = Draw(Case(TITLE, seed)).away_from_zero("T", 4, 3)
        assert (drawn < 0).any()
        assert (drawn > 0).any()


@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(2, 8))
def test_probabilities_are_distributions_without_zeros(seed: int, rows: int, classes: int) -> None:
    """The logarithm of each entry is finite."""
    drawn = Draw(Case(TITLE, seed)).probabilities("Q", rows, classes)
    assert drawn.shape == (rows, classes)
    assert torch.allclose(drawn.sum(1), torch.ones(rows))
    assert (drawn > 1e-3).all()


def test_one_hot_rows_hold_a_single_one() -> None:
    """The tensor is float32, as the network's outputs are."""
    drawn = Draw(PUBLIC).one_hot("y", 50, 4)
    assert drawn.dtype == torch.float32
    assert ((drawn == 0) | (drawn == 1)).all()
    assert (drawn.sum(1) == 1).all()
    assert drawn.sum(0).count_nonzero() == 4


def test_classes_are_indices() -> None:
    """The indices are long, from 0 to C - 1, and many of them include every class."""
    drawn = Draw(PUBLIC).classes("y", 50, 4)
    assert drawn.dtype == torch.int64
    assert set(drawn.tolist()) == {0, 1, 2, 3}


def test_a_drawn_tensor_is_known_by_its_name() -> None:
    """The name belongs to this very tensor, not to a tensor that equals it."""
    draw = Draw(PUBLIC)
    x = draw.normal("x", 3)
    assert draw.name_of(x) == "x"
    assert draw.name_of(x.clone()) == ""
    assert draw["B"] == 4


def test_a_scale_of_the_draw_is_its_standard_deviation() -> None:
    """The standard deviation is right within the error that 10,000 entries allow."""
    drawn = Draw(PUBLIC).normal("x", 10_000, scale=3.0)
    assert math.isclose(float(drawn.std()), 3.0, rel_tol=0.03)
