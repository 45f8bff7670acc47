"""Losses against torch's cross entropy."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import cross_entropy, nll_loss
from torch.testing import assert_close

from reference.tarea2.losses import CategoricalCELoss, CELoss


@pytest.fixture
def logits(generator):
    return torch.randn(6, 4, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("estable", [True, False])
def test_celoss_equals_torchs_for_soft_labels(estable, logits, generator):
    """CELoss of softmax probabilities is torch's cross entropy of the logits, for any true distribution."""
    P = torch.softmax(torch.randn(6, 4, generator=generator, dtype=torch.float64), dim=1)
    assert_close(CELoss(torch.softmax(logits, dim=1), P, estable), cross_entropy(logits, P))


@pytest.mark.parametrize("estable", [True, False])
def test_categorical_celoss_equals_torchs(estable, logits, generator):
    """CategoricalCELoss equals nll_loss of the logarithms, and CELoss with one-hot labels."""
    target = torch.randint(4, (6,), generator=generator)
    Q = torch.softmax(logits, dim=1)
    actual = CategoricalCELoss(Q, target, estable)
    assert_close(actual, nll_loss(Q.log(), target))
    assert_close(actual, CELoss(Q, torch.eye(4, dtype=Q.dtype)[target], estable))


def test_stable_loss_is_bounded_by_epsilon():
    """With estable a probability of 0 costs -log(epsilon). Without it the loss is infinite or NaN."""
    Q = torch.tensor([[0.0, 1.0]], dtype=torch.float64)
    wrong, right = torch.tensor([[1.0, 0.0]], dtype=torch.float64), torch.tensor([[0.0, 1.0]])
    bound = -torch.tensor(1e-3, dtype=torch.float64).log()
    assert_close(CELoss(Q, wrong, epsilon=1e-3), bound)
    assert_close(CategoricalCELoss(Q, torch.tensor([0]), epsilon=1e-3), bound)
    assert CELoss(Q, right.double()) == 0
    assert CELoss(Q, right.double(), estable=False).isnan()
    assert CategoricalCELoss(Q, torch.tensor([0]), estable=False).isinf()


def test_losses_are_scalars_of_the_input_dtype():
    """Both losses have shape () and the dtype of Q."""
    Q, P, target = torch.full((3, 2), 0.5), torch.eye(2)[[0, 1, 0]], torch.tensor([0, 1, 0])
    for loss in (CELoss(Q, P), CategoricalCELoss(Q, target)):
        assert loss.shape == ()
        assert loss.dtype == torch.float32


def test_losses_leave_their_arguments_unchanged():
    """The clamp of the stable variant does not write into Q."""
    Q = torch.tensor([[0.0, 1.0]])
    CELoss(Q, torch.tensor([[1.0, 0.0]]))
    CategoricalCELoss(Q, torch.tensor([0]))
    assert_close(Q, torch.tensor([[0.0, 1.0]]), rtol=0, atol=0)
