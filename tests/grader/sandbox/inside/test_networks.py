"""The parameters of a network, whatever their names, order and orientation."""

from __future__ import annotations

import pytest
import torch

from grader.sandbox.inside.networks import (
    Slot,
    Unrecognised,
    canonical,
    named,
    put,
    recognise,
    start_scale,
)


def parameters(**shapes: tuple[int, ...]) -> dict[str, torch.Tensor]:
    return {name: torch.zeros(shape) for name, shape in shapes.items()}


def test_parameters_are_recognised_by_shape() -> None:
    """Names play no part; a matrix may be transposed, and a vector may be a row or a column."""
    own = parameters(peso=(5, 3), sesgo=(1, 5), salida=(5, 2), otro=(2, 1))
    assert recognise(own, {"W": (3, 5), "b": (5,), "U": (5, 2), "c": (2,)}, {}) == [
        Slot("W", "peso", (3, 5), True), Slot("b", "sesgo", (5,)), Slot("U", "salida", (5, 2)), Slot("c", "otro", (2,)),
    ]  # fmt: skip


def test_equal_shapes_keep_the_order_of_the_network() -> None:
    """Each parameter is taken once."""
    own = parameters(a=(4, 4), b=(4, 4))
    assert [slot.own for slot in recognise(own, {"W": (4, 4), "U": (4, 4)}, {})] == ["a", "b"]


def test_missing_parameters_are_listed_with_their_shapes() -> None:
    """All that are missing stand in one text."""
    with pytest.raises(Unrecognised) as caught:
        recognise(parameters(a=(4, 4)), {"W": (4, 4), "U": (4, 4), "b": (7,)}, {})
    assert str(caught.value) == "U (4, 4), b (7,)"


def test_numbers_are_recognised_by_their_value() -> None:
    """A parameter of one number has no telling shape; a value is the same up to float32."""
    own = {"x": torch.tensor(1.0), "beta": torch.tensor([2.2]), "W": torch.zeros(2, 3)}
    assert recognise(own, {"W": (2, 3)}, {"beta1": 2.2}) == [
        Slot("beta1", "beta", (1,)), Slot("W", "W", (2, 3)),
    ]  # fmt: skip
    with pytest.raises(Unrecognised, match=r"beta1 = 2.5"):
        recognise(own, {"W": (2, 3)}, {"beta1": 2.5})


def test_without_shapes_all_parameters_are_taken_in_the_order_of_their_shapes() -> None:
    """Two networks with the same shapes in another order get the same values."""
    own = parameters(b=(5,), W=(3, 5), V=(2, 9), c=(5,))
    assert [(slot.name, slot.own) for slot in recognise(own, None, {})] == [
        ("θ1", "b"), ("θ2", "c"), ("θ3", "V"), ("θ4", "W"),
    ]  # fmt: skip


def test_parameters_outside_the_modules_attributes_are_found() -> None:
    """A network that only lists its parameters in `parameters()` has them all, each once."""

    class Listing(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a = torch.nn.Parameter(torch.zeros(1))
            self.layers = [torch.nn.Parameter(torch.zeros(2))]

        def parameters(self, recurse: bool = True) -> list[torch.nn.Parameter]:  # type: ignore[override]
            return [self.a, *self.layers]

    class Plain:
        def parameters(self) -> list[torch.Tensor]:
            return [torch.zeros(3)]

    assert {name: tuple(p.shape) for name, p in named(Listing()).items()} == {"a": (1,), "parameters()[1]": (2,)}
    assert list(named(Plain())) == ["parameters()[0]"]


@pytest.mark.parametrize(
    ("own", "slot"),
    [
        ((5, 3), Slot("W", "w", (3, 5), True)),
        ((3, 5), Slot("W", "w", (3, 5))),
        ((1, 4), Slot("b", "w", (4,))),
        ((4, 1), Slot("b", "w", (4,))),
    ],
)
def test_what_is_put_is_read_again(own: tuple[int, ...], slot: Slot) -> None:
    """A value in canonical shape survives the network's own orientation, and `put` leaves no graph."""
    parameter = torch.nn.Parameter(torch.zeros(own))
    value = torch.arange(float(parameter.numel())).reshape(slot.shape)
    put(parameter, value, slot)
    assert parameter.is_leaf
    assert parameter.shape == own
    read = canonical(parameter, slot)
    assert torch.equal(read, value)
    read.zero_()
    assert torch.equal(canonical(parameter, slot), value)


def test_a_gradient_of_another_size_is_read_as_it_is() -> None:
    """It is wrong, and the student should see its shape."""
    assert canonical(torch.zeros(2, 2), Slot("W", "w", (3, 5), True)).shape == (2, 2)


def test_the_scale_keeps_activations_away_from_saturation() -> None:
    """1/sqrt(rows) for a matrix, 1/2 for a vector."""
    assert [start_scale((16, 3)), start_scale((16,)), start_scale((1, 1))] == [0.25, 0.5, 1.0]
