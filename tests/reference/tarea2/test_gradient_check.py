"""The gradient check tells a right gradient from a wrong one."""

from __future__ import annotations

import types

import pytest
import torch
from torch.testing import assert_close

from reference.tarea2.activations import celu, relu, sig, swish, tanh
from reference.tarea2.gradient_check import chequeo_gradiente


def test_right_gradient_has_a_tiny_error(make_network, make_batch):
    """The relative error of the hand-written backward is far below epsilon in float64."""
    red = make_network(5, [7, 6, 4], [swish, celu, tanh], 3, [1.4, 0.6, None])
    assert chequeo_gradiente(red, *make_batch(4, 5, 3)) < 1e-12


@pytest.mark.parametrize("factor", [0.0, -1.0, 2.0])
def test_wrong_gradient_has_the_error_of_the_formula(factor, make_network, make_batch):
    """A gradient g off by a factor k has relative error (k - 1)^2 / (k^2 + 1), as formula (19) says."""
    red = make_network(5, [4], [sig], 3)
    right = red.backward

    def backward(self, x, y, y_pred):
        right(x, y, y_pred)
        for p in self.parameters():
            p.grad *= factor

    red.backward = types.MethodType(backward, red)
    error = chequeo_gradiente(red, *make_batch(4, 5, 3))
    assert error == pytest.approx((factor - 1) ** 2 / (factor**2 + 1), rel=1e-5)


def test_parameters_are_restored(make_network, make_batch):
    """After the check every parameter has the bits that it had before."""
    red = make_network(5, [4, 6], [relu, swish], 3, [None, 1.1])
    before = [p.detach().clone() for p in red.parameters()]
    chequeo_gradiente(red, *make_batch(4, 5, 3))
    assert_close([p.detach() for p in red.parameters()], before, rtol=0, atol=0)
    assert all(p.requires_grad for p in red.parameters())
    assert isinstance(chequeo_gradiente(red, *make_batch(1, 5, 3)), float)


def test_check_works_without_autograd(make_network, make_batch):
    """The check works inside torch.no_grad(), where most students run everything."""
    red = make_network(5, [4], [tanh], 3)
    with torch.no_grad():
        assert chequeo_gradiente(red, *make_batch(4, 5, 3)) < 1e-12
