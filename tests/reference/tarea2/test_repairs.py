"""The right answers that replace a student's wrong ones return the reference's values for any input."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from reference.tarea2 import activations, losses, oracle, repairs

T = torch.tensor([[-120.0, -3.0, -0.2], [0.3, 2.0, 120.0]], dtype=torch.float64)
# Predictions of a wrong softmax or forward (twice too large, each by itself, negative), and right ones.
PREDICTIONS = {
    "probabilities": torch.softmax(T / 50, 1),
    "doubled": 2 * torch.softmax(T / 50, 1),
    "sigmoids": torch.sigmoid(T / 50),
    "logits": T,
}
ONE_HOT = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], dtype=torch.float64)
SOFT = torch.tensor([[0.2, 0.5, 0.3], [0.0, 0.4, 0.6]], dtype=torch.float64)


@pytest.mark.parametrize("name", ["sig", "tanh", "relu", "d_relu"])
def test_without_a_parameter_it_is_the_references(name: str) -> None:
    """They are right far from zero as well."""
    assert_close(getattr(repairs, name)(T), getattr(activations, name)(T))


@pytest.mark.parametrize("parameter", [1.0, 1.7])
@pytest.mark.parametrize("name", ["swish", "celu", "d_swish", "d_celu"])
def test_with_a_parameter_it_is_the_references(name: str, parameter: float) -> None:
    """A derivative with a parameter returns a pair."""
    assert_close(getattr(repairs, name)(T, parameter), getattr(activations, name)(T, parameter))


@pytest.mark.parametrize("labels", [ONE_HOT, SOFT], ids=["one-hot", "soft"])
@pytest.mark.parametrize("name", PREDICTIONS)
def test_the_loss_is_the_references(name: str, labels: torch.Tensor) -> None:
    """Also for predictions that are not probabilities: wrong predictions lost their points elsewhere."""
    Q = PREDICTIONS[name]
    expected = losses.CELoss(Q, labels)
    assert_close(repairs.CELoss(Q, labels), expected, rtol=1e-6, atol=1e-6)
    assert_close(repairs.CELoss(Q.float(), labels), expected.float(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", PREDICTIONS)
def test_the_loss_of_a_trace_is_the_references(name: str) -> None:
    """The numbers that the known training loops report in the public checks."""
    Q = PREDICTIONS[name]
    assert oracle._measure("loss", Q, ONE_HOT) == pytest.approx(float(losses.CELoss(Q, ONE_HOT)), rel=1e-6)
    if name != "logits":  # logits may have no logarithm
        swapped = float(losses.CELoss(ONE_HOT, Q))
        assert oracle._measure("swapped", Q, ONE_HOT) == pytest.approx(swapped, rel=1e-6)


def test_the_loss_without_a_bound_is_the_references() -> None:
    """The loss is infinite if the right class has probability 0, and NaN if 0 is multiplied by the logarithm of 0."""
    Q = torch.tensor([[0.0, 1.0, 0.5]])
    P = torch.tensor([[1.0, 0.0, 0.0]])
    assert_close(repairs.CELoss(Q[:, :2], P[:, :2], estable=False), losses.CELoss(Q[:, :2], P[:, :2], False))
    right = torch.tensor([[0.0, 1.0, 0.0]])
    assert_close(repairs.CELoss(Q, right, estable=False), losses.CELoss(Q, right, estable=False), equal_nan=True)
