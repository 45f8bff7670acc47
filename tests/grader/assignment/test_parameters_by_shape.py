"""Parameters are found by their shapes, whatever their names and orientation."""

from __future__ import annotations

import pytest
import torch

from grader.assignment.parameters_by_shape import in_canonical_shape, recognise_by_shape
from grader.sandbox.verbs import Parameter

SHAPES = {"W1": (3, 5), "b1": (5,), "U": (5, 2), "c": (2,)}


def parameter(name: str, *shape: int) -> Parameter:
    return Parameter(name, torch.arange(float(torch.Size(shape).numel())).reshape(shape), None)


def found(*parameters: Parameter) -> dict[str, tuple[str, bool]]:
    """Canonical name -> (the student's name, transposed)."""
    return {name: (p.name, turned) for name, (p, turned) in recognise_by_shape(parameters, SHAPES).items()}


def test_names_and_order_mean_nothing() -> None:
    """The first parameter may be the last bias, and W1 may be called U."""
    mixed = (parameter("W1", 2), parameter("U", 3, 5), parameter("x", 5, 2), parameter("y", 5))
    assert found(*mixed) == {"W1": ("U", False), "b1": ("y", False), "U": ("x", False), "c": ("W1", False)}


def test_a_weight_may_be_transposed() -> None:
    """torch.nn.Linear's weight, for instance, is (out, in)."""
    assert found(parameter("fc.weight", 5, 3)) == {"W1": ("fc.weight", True)}


@pytest.mark.parametrize("shape", [(5,), (1, 5), (5, 1)])
def test_a_bias_may_be_a_row_or_a_column(shape: tuple[int, ...]) -> None:
    """Neither counts as transposed: only the number of dimensions differs."""
    assert found(parameter("b", *shape)) == {"b1": ("b", False)}


def test_what_is_missing_or_has_another_size_is_absent() -> None:
    """A weight with one row too many, and a bias as large as the weight that it belongs to, are not recognised."""
    assert found() == {}
    assert found(parameter("W1", 4, 5), parameter("b1", 3, 5, 1), parameter("c", 2)) == {"c": ("c", False)}


def test_of_two_parameters_of_a_shape_the_first_counts() -> None:
    """All widths of a case differ, so a second one is not part of the network that was asked for."""
    assert found(parameter("b", 5), parameter("spare", 5)) == {"b1": ("b", False)}


@pytest.mark.parametrize(("shape", "asked"), [((3, 5), (3, 5)), ((5,), (5,)), ((1, 5), (5,)), ((5, 1), (5,))])
def test_a_value_takes_the_canonical_shape(shape: tuple[int, ...], asked: tuple[int, ...]) -> None:
    """The entries keep their order."""
    value = parameter("p", *shape).value
    assert torch.equal(in_canonical_shape(value, False, asked), value.reshape(asked))


def test_a_transposed_value_is_turned_back() -> None:
    """The entry (i, j) becomes (j, i); the value is not only reshaped."""
    value = parameter("p", 5, 3).value
    assert torch.equal(in_canonical_shape(value, True, (3, 5)), value.T)


def test_a_value_of_another_size_stays_as_it_came() -> None:
    """The comparison then names the shape of the student's gradient."""
    value = parameter("p", 4, 5).value
    assert in_canonical_shape(value, True, (3, 5)) is value
