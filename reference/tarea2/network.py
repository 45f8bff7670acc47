"""The feed-forward network and its gradients by hand (questions 2a to 2c, 3a and 3b).

Notation of the statement: B examples, F features, C classes, L hidden layers,

    u(l) = h(l-1) W(l) + b(l),   h(l) = f(l)(u(l)),   h(0) = x,
    u(L+1) = h(L) U + c,         y_pred = softmax(u(L+1)),         loss = CELoss(y_pred, y).

The functions for 2a to 2c take the statement's variables as arguments and return the variables asked for by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter, ParameterList

from .activations import celu, d_celu, d_relu, d_sig, d_swish, d_tanh, relu, sig, softmax, swish, tanh

Activation = Callable[..., Tensor]

# The derivative of each activation. Those of PARAMETRIC return the pair (d/dT, d/dparameter).
DERIVATIVES: dict[Activation, Callable[..., Any]] = {
    sig: d_sig,
    tanh: d_tanh,
    relu: d_relu,
    celu: d_celu,
    swish: d_swish,
}
PARAMETRIC: tuple[Activation, ...] = (celu, swish)


def output_layer_input(y: Tensor, y_pred: Tensor, **_: object) -> dict[str, Tensor]:
    """2a, formula (7): dL_duLm1 (B, C) from one-hot y (B, C) and probabilities y_pred (B, C).

    The Jacobian of softmax turns -y / y_pred into y_pred - y (each row of y sums to 1). 1/B comes from the mean.
    """
    B = len(y)
    return {"dL_duLm1": (y_pred - y) / B}


def output_layer(dL_duLm1: Tensor, hL: Tensor, U: Tensor, c: Tensor, **_: object) -> dict[str, Tensor]:
    """2b, formulas (8) to (10): dL_dU (dimL, C), dL_dc (C,) and dL_dhL (B, dimL) from dL_duLm1 (B, C)."""
    return {
        "dL_dU": hL.T @ dL_duLm1,
        "dL_dc": dL_duLm1.sum(dim=0),
        "dL_dhL": dL_duLm1 @ U.T,
    }


def hidden_layer_relu(
    hk: Tensor, Wk: Tensor, bk: Tensor, uk: Tensor, dL_dhkm1: Tensor, **_: object
) -> dict[str, Tensor]:
    """2c, formulas (13) and (14), for relu.

    From hk (B, dimk), Wk (dimk, dimkm1), bk (dimkm1,), uk = hk Wk + bk (B, dimkm1) and the gradient
    dL_dhkm1 (B, dimkm1) of the layer's output: the gradients of uk, Wk, bk and hk, with the same shapes as these.
    """
    dL_duk = dL_dhkm1 * d_relu(uk)
    return {
        "dL_duk_relu": dL_duk,
        "dL_dWk_relu": hk.T @ dL_duk,
        "dL_dbk_relu": dL_duk.sum(dim=0),
        "dL_dhk_relu": dL_duk @ Wk.T,
    }


def hidden_layer_celu(
    hk: Tensor, Wk: Tensor, bk: Tensor, uk: Tensor, dL_dhkm1: Tensor, **_: object
) -> dict[str, Tensor]:
    """2c, formulas (13) and (14), for celu with alpha = 1; shapes as in hidden_layer_relu."""
    dcelu_duk, _dcelu_dalpha = d_celu(uk)
    dL_duk = dL_dhkm1 * dcelu_duk
    return {
        "dL_duk_celu": dL_duk,
        "dL_dWk_celu": hk.T @ dL_duk,
        "dL_dbk_celu": dL_duk.sum(dim=0),
        "dL_dhk_celu": dL_duk @ Wk.T,
    }


def hidden_layer_swish(
    hk: Tensor, Wk: Tensor, bk: Tensor, uk: Tensor, dL_dhkm1: Tensor, **_: object
) -> dict[str, Tensor]:
    """2c, formulas (13) and (14), for swish with beta = 1; shapes as in hidden_layer_relu."""
    dswish_duk, _dswish_dbeta = d_swish(uk)
    dL_duk = dL_dhkm1 * dswish_duk
    return {
        "dL_duk_swish": dL_duk,
        "dL_dWk_swish": hk.T @ dL_duk,
        "dL_dbk_swish": dL_duk.sum(dim=0),
        "dL_dhk_swish": dL_duk @ Wk.T,
    }


def hidden_layer(**inputs: Tensor) -> dict[str, Tensor]:
    """2c for the three activations: every output under its suffixed name."""
    return hidden_layer_relu(**inputs) | hidden_layer_celu(**inputs) | hidden_layer_swish(**inputs)


@dataclass(frozen=True)
class HiddenStates:
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
            if value is not None and f not in PARAMETRIC:
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

    def hidden_states(self, x: Tensor) -> HiddenStates:
        """Formulas (11) and (12) for every layer, from x (B, F): u[l] and h[l+1] have shape (B, l_h[l])."""
        us, hs = [], [x]
        for W, b, f, param in zip(self.Ws, self.bs, self.l_a, self.act_params, strict=True):
            us.append(hs[-1] @ W + b)
            hs.append(f(us[-1]) if param is None else f(us[-1], param))
        return HiddenStates(u=us, h=hs)

    def forward(self, x: Tensor) -> Tensor:
        """The probabilities y_pred (B, C) for x (B, F); each row sums to 1."""
        hL = self.hidden_states(x).h[-1]
        return softmax(hL @ self.U + self.c, dim=1)

    @torch.no_grad()
    def backward(self, x: Tensor, y: Tensor, y_pred: Tensor) -> None:
        """Set `.grad` of every parameter from x (B, F), one-hot y (B, C) and y_pred = forward(x) (B, C).

        The previous values of `.grad` are replaced.
        """
        states = self.hidden_states(x)

        # 2a and 2b: the output layer.
        dL_duLm1 = output_layer_input(y, y_pred)["dL_duLm1"]
        output = output_layer(dL_duLm1, states.h[-1], self.U, self.c)
        self.U.grad = output["dL_dU"]
        self.c.grad = output["dL_dc"]

        # 2c: the hidden layers, from the last to the first. dL_dh is the gradient of the layer's output.
        dL_dh = output["dL_dhL"]
        for k in reversed(range(len(self.Ws))):
            f, param, u = self.l_a[k], self.act_params[k], states.u[k]
            derivative = DERIVATIVES[f](u) if param is None else DERIVATIVES[f](u, param)
            df_du = derivative[0] if f in PARAMETRIC else derivative
            dL_du = dL_dh * df_du
            self.Ws[k].grad = states.h[k].T @ dL_du
            self.bs[k].grad = dL_du.sum(dim=0)
            if param is not None:  # 3b: one number serves the whole layer, so its gradient is a sum
                param.grad = (dL_dh * derivative[1]).sum()
            dL_dh = dL_du @ self.Ws[k].T


def _initial(inputs: int, *shape: int) -> Parameter:
    """A random parameter of the given shape, for a layer with `inputs` inputs.

    The standard deviation 1 / sqrt(inputs) keeps u(l) near unit scale at any depth, so that nothing
    saturates. Biases are random as well: a zero bias puts u(l) exactly on the kink of relu for every
    example whose previous layer is all zeros.
    """
    return Parameter(torch.randn(*shape) / inputs**0.5)
