"""The feed-forward network and its gradients by hand (questions 0, 3a and 3b).

Notation of the statement: B examples, F features, C classes, L hidden layers,

    u(l) = h(l-1) W(l) + b(l),   h(l) = f(l)(u(l)),   h(0) = x,
    u(L+1) = h(L) U + c,         y_pred = softmax(u(L+1)),         loss = CELoss(y_pred, y).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import Parameter, ParameterList

from .activations import celu, d_celu, d_relu, d_sig, d_swish, d_tanh, relu, sig, softmax, swish, tanh

Activation = Callable[..., Tensor]


class HiddenStates(NamedTuple):
    """The values of the hidden layers for an input: `u[l]` is u(l+1), and `h[l]` is h(l), so h[0] is x."""

    u: list[Tensor]
    h: list[Tensor]


class FFNN(torch.nn.Module):
    """A network with parameters Ws[l] (n_l, n_{l+1}), bs[l] (n_{l+1},), U (n_L, C), c (C,) and act_params.

    The widths are n_0 = F and n_1, ..., n_L = l_h. `l_a` lists one of sig, tanh, relu, celu, swish per
    hidden layer. `l_a_params` (3b) lists the initial beta of a swish or alpha of a celu, which becomes a
    parameter of shape (). It has None where the layer has no parameter or keeps the default.
    """

    def __init__(
        self,
        F: int,
        l_h: Sequence[int],
        l_a: Sequence[Activation],
        C: int,
        l_a_params: Sequence[float | None] | None = None,
    ) -> None:
        super().__init__()
        if l_a_params is None:
            l_a_params = [None] * len(l_a)
        for f, value in zip(l_a, l_a_params, strict=True):
            if value is not None and f not in (celu, swish):
                raise ValueError(f"{f.__name__} has no parameter: its entry of l_a_params must be None")
        widths = [F, *l_h]
        self.l_a = list(l_a)
        self.Ws = ParameterList(_initial(n, n, m) for n, m in pairwise(widths))
        self.bs = ParameterList(_initial(n, m) for n, m in pairwise(widths))
        self.U = _initial(widths[-1], widths[-1], C)
        self.c = _initial(widths[-1], C)
        self.act_params = ParameterList(
            None if value is None else Parameter(torch.tensor(float(value))) for value in l_a_params
        )

    def act_param(self, k: int) -> tuple[Parameter, ...]:
        """The parameter of layer k's activation, or nothing: what comes after u in the call of the activation."""
        param = self.act_params[k]
        return () if param is None else (param,)

    def hidden_states(self, x: Tensor) -> HiddenStates:
        """Formulas (11) and (12) for every layer, from x (B, F): u[k] and h[k+1] have shape (B, l_h[k])."""
        us = []
        hs = [x]
        for k in range(len(self.Ws)):
            u = hs[k] @ self.Ws[k] + self.bs[k]
            f = self.l_a[k]
            h = f(u, *self.act_param(k))
            us.append(u)
            hs.append(h)
        return HiddenStates(us, hs)

    def forward(self, x: Tensor) -> Tensor:
        """The probabilities y_pred (B, C) for x (B, F); each row sums to 1."""
        hL = self.hidden_states(x).h[-1]
        logits = hL @ self.U + self.c
        return softmax(logits, dim=1)

    @torch.no_grad()
    def backward(self, x: Tensor, y: Tensor, y_pred: Tensor) -> None:
        """Set `.grad` of every parameter from x (B, F), one-hot y (B, C) and y_pred = forward(x) (B, C).

        The previous values of `.grad` are replaced.
        """
        u, h = self.hidden_states(x)
        L = len(self.Ws)

        # 2a: the Jacobian of softmax turns -y / y_pred into y_pred - y. The loss is a mean over the batch.
        error = y_pred - y
        dL_du = error / len(y)

        # 2b: the output layer.
        set_gradients(self.U, self.c, h[L], dL_du)
        dL_dh = dL_du @ self.U.T

        # 2c: the hidden layers, from the last to the first. dL_dh is the gradient of the layer's output.
        for k in reversed(range(L)):
            f = self.l_a[k]
            df_du = slope(f, u[k], *self.act_param(k))
            dL_du = dL_dh * df_du
            set_gradients(self.Ws[k], self.bs[k], h[k], dL_du)
            for param in self.act_param(k):  # 3b: one number serves the whole layer, so its gradient is a sum
                df_dparam = parameter_slope(self.l_a[k], u[k], param)
                param.grad = (dL_dh * df_dparam).sum()
            dL_dh = dL_du @ self.Ws[k].T


def set_gradients(W: Parameter, b: Parameter, h: Tensor, dL_du: Tensor) -> None:
    """Formulas (8), (9) and (14): the gradients of the layer u = h W + b, from h (B, n) and dL_du (B, m)."""
    W.grad = h.T @ dL_du
    b.grad = dL_du.sum(dim=0)


def slope(f: Activation, u: Tensor, *param: Tensor) -> Tensor:
    """f'(u), of the shape of u. celu and swish may have a parameter; without it they use their default."""
    if f is sig:
        return d_sig(u)
    if f is tanh:
        return d_tanh(u)
    if f is relu:
        return d_relu(u)
    if f is celu:
        return d_celu(u, *param)[0]
    if f is swish:
        return d_swish(u, *param)[0]
    raise ValueError("the activation is none of sig, tanh, relu, celu and swish")


def parameter_slope(f: Activation, u: Tensor, param: Tensor) -> Tensor:
    """The derivative of celu or swish with respect to its parameter, of the shape of u."""
    if f is celu:
        return d_celu(u, param)[1]
    return d_swish(u, param)[1]


def _initial(inputs: int, *shape: int) -> Parameter:
    """A random parameter of the given shape, for a layer with `inputs` inputs.

    The standard deviation 1 / sqrt(inputs) keeps u(l) near unit scale at any depth, so that nothing
    saturates. Biases are random as well: a zero bias puts u(l) exactly on the kink of relu for every
    example whose previous layer is all zeros.
    """
    return Parameter(torch.randn(*shape) / inputs**0.5)
