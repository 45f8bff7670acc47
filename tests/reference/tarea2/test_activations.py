"""Activations and derivatives against torch's own."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from reference.tarea2 import activations
from reference.tarea2.activations import (
    celu,
    d_celu,
    d_relu,
    d_sig,
    d_swish,
    d_tanh,
    relu,
    sig,
    softmax,
    swish,
    tanh,
)

TORCH_TWINS = {
    sig: torch.sigmoid,
    tanh: torch.tanh,
    relu: torch.relu,
    swish: torch.nn.functional.silu,
    celu: torch.celu,
}
DERIVATIVES = {sig: d_sig, tanh: d_tanh, relu: d_relu}
PARAMETRIC_DERIVATIVES = {swish: d_swish, celu: d_celu}


@pytest.fixture
def T(generator):
    """Entries of both signs, small and large, with none on the kink at 0."""
    T = 3 * torch.randn(7, 5, generator=generator, dtype=torch.float64)
    T[0, 0], T[1, 1], T[2, 2], T[3, 3] = 40.0, -40.0, 1e-3, -1e-3
    return T


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("f", TORCH_TWINS)
def test_activation_equals_torchs(f, dtype, T):
    """Each activation has the values and the dtype of torch's function of that name."""
    assert_close(f(T.to(dtype)), TORCH_TWINS[f](T.to(dtype)))


@pytest.mark.parametrize("f", TORCH_TWINS)
def test_activation_is_finite_for_huge_inputs(f):
    """No activation overflows in float32, where exp(89) is already infinite."""
    T = torch.tensor([-1e4, -200.0, 200.0, 1e4])
    assert_close(f(T), TORCH_TWINS[f](T))


@pytest.mark.parametrize("alpha", [0.3, 2.5])
def test_celu_equals_torchs_at_any_alpha(alpha, T):
    """celu follows torch.celu for alphas other than 1."""
    assert_close(celu(T, alpha), torch.celu(T, alpha))


@pytest.mark.parametrize("f", DERIVATIVES)
def test_derivative_equals_autograd(f, T):
    """The derivatives of sig, tanh and relu are those of autograd."""
    T.requires_grad_()
    (expected,) = torch.autograd.grad(f(T).sum(), T)
    assert_close(DERIVATIVES[f](T.detach()), expected)


@pytest.mark.parametrize("parameter", [0.4, 1.0, 1.7])
@pytest.mark.parametrize("f", PARAMETRIC_DERIVATIVES)
def test_parametric_derivative_equals_autograd(f, parameter, T):
    """The two derivatives of swish and celu are those of autograd, entry by entry."""
    T.requires_grad_()
    # There is a parameter for each entry, so that autograd's answer for the parameter is entry by entry too.
    parameters = torch.full_like(T, parameter, requires_grad=True)
    expected = torch.autograd.grad(f(T, parameters).sum(), (T, parameters))
    assert_close(PARAMETRIC_DERIVATIVES[f](T.detach(), parameter), expected)


@pytest.mark.parametrize("f", [*DERIVATIVES, *PARAMETRIC_DERIVATIVES])
def test_gradcheck_accepts_the_derivative(f, T):
    """Torch's gradcheck, which differentiates numerically, accepts every hand-written derivative."""

    class ByHand(torch.autograd.Function):
        @staticmethod
        def forward(ctx, T):
            ctx.save_for_backward(T)
            return f(T)

        @staticmethod
        def backward(ctx, upstream):
            (T,) = ctx.saved_tensors
            return upstream * (DERIVATIVES[f](T) if f in DERIVATIVES else PARAMETRIC_DERIVATIVES[f](T)[0])

    assert torch.autograd.gradcheck(ByHand.apply, T.requires_grad_())


def test_gradcheck_accepts_the_derivatives_of_the_parameters():
    """Torch's gradcheck accepts autograd through swish and celu in both arguments."""
    T = torch.tensor([-2.0, -0.5, 0.5, 2.0], dtype=torch.float64, requires_grad=True)
    p = torch.tensor(1.3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(swish, (T, p))
    assert torch.autograd.gradcheck(celu, (T, p))


def test_d_relu_is_zero_at_zero():
    """At its kink relu has derivative 0, as a number of the input's dtype."""
    assert_close(d_relu(torch.tensor([-1.0, 0.0, 1.0])), torch.tensor([0.0, 0.0, 1.0]))


@pytest.mark.parametrize("estable", [True, False])
@pytest.mark.parametrize("dim", [0, 1, 2, -1])
def test_softmax_equals_torchs(dim, estable, generator):
    """softmax follows torch.softmax along every dimension, stable or not."""
    T = torch.randn(3, 4, 5, generator=generator, dtype=torch.float64)
    assert_close(softmax(T, dim, estable), torch.softmax(T, dim))


def test_stable_softmax_survives_large_inputs():
    """Only the stable softmax is finite where exp overflows."""
    T = torch.tensor([[1000.0, 1001.0], [-1000.0, -1001.0]])
    assert_close(softmax(T, dim=1), torch.softmax(T, dim=1))
    assert softmax(T, dim=1, estable=False).isnan().all()


@pytest.mark.parametrize(
    "name",
    ["sig", "d_sig", "tanh", "d_tanh", "relu", "d_relu", "swish", "d_swish", "celu", "d_celu", "softmax"],
)
def test_arguments_stay_unchanged(name, T):
    """No function of the module writes into its argument."""
    before = T.clone()
    arguments = (T, 1) if name == "softmax" else (T,)
    getattr(activations, name)(*arguments)
    assert_close(T, before, rtol=0, atol=0)
