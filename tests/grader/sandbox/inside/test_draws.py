"""The inputs of a case: equal on both sides, and keyed so that one draw does not shift another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
import torch

from grader.sandbox.inside.draws import Draws

from .here import equal

KINDS: dict[str, Callable[[Any], Any]] = {
    "normal": lambda d: d.normal(3, 4, scale=2.0),
    "uniform": lambda d: d.uniform(3, 4, low=2, high=3),
    "away_from_zero": lambda d: d.away_from_zero(30),
    "probabilities": lambda d: d.probabilities(5, 3),
    "classes": lambda d: d.classes(9, 3),
    "integers": lambda d: d.integers(9, low=-2, high=2),
    "permutation": lambda d: d.permutation(9),
    "one_hot": lambda d: d.one_hot(9, 3),
}
RIGHT: dict[str, Callable[[torch.Tensor], bool]] = {
    "normal": lambda t: t.shape == (3, 4) and 0.5 < float(t.std()) < 4,
    "uniform": lambda t: t.shape == (3, 4) and bool(((t >= 2) & (t < 3)).all()),
    "away_from_zero": lambda t: t.shape == (30,) and float(t.abs().min()) >= 0.1 and bool((t < 0).any()),
    "probabilities": lambda t: bool(torch.allclose(t.sum(1), torch.ones(5, dtype=t.dtype))) and float(t.min()) > 1e-3,
    "classes": lambda t: t.dtype is torch.long and t.shape == (9,) and set(t.tolist()) <= {0, 1, 2},
    "integers": lambda t: t.dtype is torch.long and set(t.tolist()) <= {-2, -1, 0, 1},
    "permutation": lambda t: sorted(t.tolist()) == list(range(9)),
    "one_hot": lambda t: t.sum(1).tolist() == [1.0] * 9 and set(t.flatten().tolist()) == {0.0, 1.0},
}


@pytest.mark.parametrize("kind", KINDS)
def test_both_sides_draw_the_same_numbers(kind: str) -> None:
    """The student's side draws in float32 and ours in float64, whatever the default dtype and torch's own seed are."""
    theirs = KINDS[kind](Draws(7))
    torch.manual_seed(5)
    torch.set_default_dtype(torch.float64)
    try:
        ours = KINDS[kind](Draws(7, torch.float64))
    finally:
        torch.set_default_dtype(torch.float32)
    assert equal(theirs, ours)
    whole = not theirs.is_floating_point()
    assert (theirs.dtype, ours.dtype) == ((torch.long,) * 2 if whole else (torch.float32, torch.float64))
    assert RIGHT[kind](theirs)
    assert not equal(theirs, KINDS[kind](Draws(8)))


def test_a_draw_leaves_the_generator_of_torch_alone() -> None:
    """A student's own random numbers do not depend on what the test draws."""
    before = torch.get_rng_state()
    for draw in KINDS.values():
        draw(Draws(1))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_student_who_replaces_torchs_functions_changes_no_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws are made by the functions from before the student's code."""
    before = [draw(Draws(1)) for draw in KINDS.values()]
    for name in ("rand", "randn", "randint", "randperm", "eye", "where", "manual_seed"):
        monkeypatch.setattr(torch, name, None)
    assert all(torch.equal(draw(Draws(1)), t) for draw, t in zip(KINDS.values(), before, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_one_draw_more_shifts_no_other(kind: str) -> None:
    """A stream is keyed by kind, shape and count: only the next draw of the same kind and shape continues it."""
    draw = KINDS[kind]
    d = Draws(3)
    first, second = draw(d), draw(d)
    assert not equal(first, second)
    mixed = Draws(3)
    mixed.normal(3, 4), mixed.normal(2, scale=2.0), mixed.uniform(3, 4), mixed.classes(9, 4), mixed.integers(9)
    assert equal(draw(mixed), first)
    mixed.normal(3, 4), mixed.permutation(8), mixed.one_hot(9, 4), mixed.probabilities(5, 4)
    assert equal(draw(mixed), second)


def test_shape_and_parameters_are_part_of_the_key() -> None:
    """Draws of other shapes or other parameters are not parts of each other."""
    d = Draws(3)
    flat, wide, scaled = d.normal(4), d.normal(1, 4), d.normal(4, scale=1.5)
    assert not torch.equal(flat, wide[0])
    assert not torch.allclose(scaled, 1.5 * flat)


def test_numpy_draws_are_the_same_as_arrays() -> None:
    """`d.numpy` has every kind of draw."""
    for draw in KINDS.values():
        array = draw(Draws(2).numpy)
        assert type(array) is numpy.ndarray
        assert equal(torch.from_numpy(array), draw(Draws(2)))
    pair = Draws(2).numpy.until(lambda a: (a, a + 1), lambda a, b: True, (2,))
    assert [type(part) for part in pair] == [numpy.ndarray] * 2


def test_until_draws_until_the_condition_holds() -> None:
    """Both sides accept the same draw, since both look at it in float64; the result has the precision of the side."""
    seen: list[torch.dtype] = []

    def make(a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        seen.append(a.dtype)
        return a @ b, b

    def ok(product: torch.Tensor, b: torch.Tensor) -> bool:
        return float(product.min()) > 0.5

    theirs = Draws(1).until(make, ok, (2, 3), (3, 1))
    ours = Draws(1, torch.float64).until(make, ok, (2, 3), (3, 1))
    assert len(seen) > 2
    assert set(seen) == {torch.float64}
    assert [t.dtype for t in (*theirs, *ours)] == [torch.float32] * 2 + [torch.float64] * 2
    assert all(torch.equal(a, b.float()) for a, b in zip(theirs, ours, strict=True))
    assert float(ours[0].min()) > 0.5


def test_until_gives_up() -> None:
    """A condition that never holds is an author's slip, and no endless loop."""
    with pytest.raises(ValueError, match="the condition does not hold in 1000 draws"):
        Draws(1).until(lambda a: (a,), lambda a: False, (1,))


def test_recorded_draws_replace_streams() -> None:
    """A released case keeps its numbers with another torch; streams that are not recorded are drawn."""
    first = Draws(5)
    first.normal(2), first.classes(4, 3)
    known = {key: tensor + 1 for key, tensor in first.drawn.items()}
    again = Draws(6, torch.float64, recorded=known)
    assert again.normal(2).tolist() == known["normal (2,) 1.0 #1"].tolist()
    assert again.classes(4, 3).tolist() == known["classes 4 3 #1"].tolist()
    assert equal(again.normal(2), Draws(6).until(lambda a, b: (b,), lambda b: True, (2,), (2,))[0])


def test_what_was_drawn_stays_as_it_was() -> None:
    """An answer that changes its input in place changes neither what is kept of the case nor what was recorded."""
    recorded = {"classes 3 2 #1": torch.tensor([1, 1, 1])}
    d = Draws(5, recorded=recorded)
    a, b, c = d.normal(3), d.classes(3, 5), d.classes(3, 2)
    kept = {key: tensor.clone() for key, tensor in d.drawn.items()}
    for tensor in (a, b, c):
        tensor.add_(1)
    assert all(torch.equal(d.drawn[key], kept[key]) for key in kept)
    assert recorded["classes 3 2 #1"].tolist() == [1, 1, 1]


def test_real_leaves_indices_and_facts_as_they_are() -> None:
    """Numbers get the precision of the side; integers and bools stay."""
    d = Draws(1, torch.float64)
    assert [d.real(x).dtype for x in (1.5, [1.0], torch.ones(1), 3, [True])] == [
        torch.float64, torch.float64, torch.float64, torch.int64, torch.bool,
    ]  # fmt: skip
