"""Mistakes in the gradients of single layers (questions 2a to 2c): the asked variables by name, as in ..network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..activations import celu, d_celu, d_relu, d_sig, d_swish, relu, swish
from .decisions import decided

Grads = dict[str, Tensor]

# 2a --------------------------------------------------------------------------------------------------------------


@decided
def slope(
    *,
    error: Callable[[Tensor, Tensor], Tensor] = lambda y_pred, y: y_pred - y,
    scale: Callable[[Tensor], Tensor] = lambda g: g / len(g),
    prediction: Callable[[Tensor, Tensor], Tensor] = lambda y_pred, u: y_pred,
    returned: Callable[[Tensor], Tensor] = lambda g: g,
) -> Callable[..., Grads]:
    """2a with one of its decisions replaced; as it stands it is the reference's.

    error: the slope of one example's loss at the output layer's input; scale: from there to the mean's
    prediction: what is taken for the probabilities, from y_pred and uLm1
    """

    def snippet(y: Tensor, y_pred: Tensor, uLm1: Tensor, **_: Any) -> Grads:
        return {"dL_duLm1": returned(scale(error(prediction(y_pred, uLm1), y)))}

    return snippet


slope_no_mean = slope(scale=lambda g: g)
slope_mean_over_entries = slope(scale=lambda g: g / g.numel())
slope_mean_over_classes = slope(scale=lambda g: g / g.shape[1])
slope_fixed_batch = slope(scale=lambda g: g / 5)
slope_opposite_sign = slope(error=lambda y_pred, y: y - y_pred)
slope_only_the_loss = slope(error=lambda y_pred, y: -(y / y_pred))
slope_diagonal_only = slope(error=lambda y_pred, y: y * (y_pred - 1))
slope_softmax_again = slope(prediction=lambda y_pred, u: y_pred.softmax(1))
slope_of_sigmoid = slope(error=lambda y_pred, y: (y_pred - y) * y_pred * (1 - y_pred))
slope_of_squares = slope(scale=lambda g: 2 * g / len(g))
slope_before_softmax = slope(prediction=lambda y_pred, u: u)
slope_without_labels = slope(error=lambda y_pred, y: y_pred)
slope_summed = slope(returned=lambda g: g.sum(0))
slope_zero = slope(returned=torch.zeros_like)

# 2b --------------------------------------------------------------------------------------------------------------


@decided
def output(
    *,
    arrives: Callable[[Tensor], Tensor] = lambda du: du,
    dU: Callable[[Tensor, Tensor], Tensor] = lambda h, du: h.T @ du,
    dc: Callable[[Tensor], Tensor] = lambda du: du.sum(0),
    dh: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda du, U, h: du @ U.T,
) -> Callable[..., Grads]:
    """2b with one of its formulas replaced; as it stands it is the reference's.

    In them du is the given dL_duLm1, and h the layer's input;  arrives: from it, what they start from
    """

    def snippet(hL: Tensor, U: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
        du = arrives(dL_duLm1)
        return {"dL_dU": dU(hL, du), "dL_dc": dc(du), "dL_dhL": dh(du, U, hL)}

    return snippet


output_divided_again = output(arrives=lambda du: du / len(du))
output_weight_divided_again = output(dU=lambda h, du: h.T @ du / len(h))
output_weight_transposed = output(dU=lambda h, du: du.T @ h)
output_weight_per_example = output(dU=lambda h, du: torch.einsum("bl,bc->blc", h, du))
output_bias_mean = output(dc=lambda du: du.mean(0))
output_bias_not_summed = output(dc=lambda du: du)
output_bias_keepdim = output(dc=lambda du: du.sum(0, keepdim=True))
output_bias_over_classes = output(dc=lambda du: du.sum(1))
output_bias_one_number = output(dc=lambda du: du.sum())
output_bias_first_example = output(dc=lambda du: du[0])
output_bias_ones = output(dc=lambda du: torch.ones_like(du[0]))
output_input_transposed = output(dh=lambda du, U, h: U @ du.T)
output_input_summed = output(dh=lambda du, U, h: (du @ U.T).sum(0))
output_input_times_h = output(dh=lambda du, U, h: du @ U.T * h)

# 2c --------------------------------------------------------------------------------------------------------------

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": relu, "celu": celu, "swish": swish}


def _slope(name: str, u: Tensor) -> Tensor:
    return d_relu(u) if name == "relu" else (d_celu(u) if name == "celu" else d_swish(u))[0]


@decided
def hidden(
    *,
    du: Callable[[str, Tensor, Tensor], Tensor] = lambda name, dh, u: dh * _slope(name, u),
    dW: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda h, du, dh: h.T @ du,
    db: Callable[[Tensor, Tensor], Tensor] = lambda du, dh: du.sum(0),
    dh: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor] = lambda du, W, dh, h: du @ W.T,
) -> Callable[..., Grads]:
    """2c for the three activations with one of its four formulas replaced; as it stands it is the reference's.

    In the formulas dh is the given gradient of the layer's output, dL_dhkm1, and h the layer's input.
    """

    def snippet(hk: Tensor, Wk: Tensor, uk: Tensor, dL_dhkm1: Tensor, **_: Any) -> Grads:
        found: Grads = {}
        for name in FUNCTIONS:
            slope = du(name, dL_dhkm1, uk)
            found |= {
                f"dL_duk_{name}": slope,
                f"dL_dWk_{name}": dW(hk, slope, dL_dhkm1),
                f"dL_dbk_{name}": db(slope, dL_dhkm1),
                f"dL_dhk_{name}": dh(slope, Wk, dL_dhkm1, hk),
            }
        return found

    return snippet


def _of_parameter(name: str, u: Tensor) -> Tensor:
    return d_relu(u) if name == "relu" else (d_celu(u) if name == "celu" else d_swish(u))[1]


OTHER = {"relu": "relu", "celu": "swish", "swish": "celu"}

hidden_at_h = hidden(du=lambda name, dh, u: dh * _slope(name, FUNCTIONS[name](u)))
hidden_without_slope = hidden(du=lambda name, dh, u: dh)
hidden_without_upstream = hidden(du=lambda name, dh, u: _slope(name, u))
hidden_function_for_slope = hidden(du=lambda name, dh, u: dh * FUNCTIONS[name](u))
hidden_slope_twice = hidden(du=lambda name, dh, u: dh * _slope(name, u) ** 2)
hidden_slope_added = hidden(du=lambda name, dh, u: dh + _slope(name, u))
hidden_relu_slope = hidden(du=lambda name, dh, u: dh * d_relu(u))
hidden_sig_slope = hidden(du=lambda name, dh, u: dh * d_sig(u))
hidden_slopes_exchanged = hidden(du=lambda name, dh, u: dh * _slope(OTHER[name], u))
hidden_parameter_slope = hidden(du=lambda name, dh, u: dh * _of_parameter(name, u))
hidden_sign = hidden(du=lambda name, dh, u: -dh * _slope(name, u))
hidden_divided_again = hidden(du=lambda name, dh, u: dh * _slope(name, u) / len(dh))
hidden_weight_transposed = hidden(dW=lambda h, du, dh: du.T @ h)
hidden_weight_without_slope = hidden(dW=lambda h, du, dh: h.T @ dh)
hidden_weight_divided = hidden(dW=lambda h, du, dh: h.T @ du / len(h))
hidden_bias_mean = hidden(db=lambda du, dh: du.mean(0))
hidden_bias_not_summed = hidden(db=lambda du, dh: du)
hidden_bias_keepdim = hidden(db=lambda du, dh: du.sum(0, keepdim=True))
hidden_bias_over_units = hidden(db=lambda du, dh: du.sum(1))
hidden_bias_without_slope = hidden(db=lambda du, dh: dh.sum(0))
hidden_bias_one_number = hidden(db=lambda du, dh: du.sum())
hidden_input_without_slope = hidden(dh=lambda du, W, dh, h: dh @ W.T)
hidden_input_transposed = hidden(dh=lambda du, W, dh, h: W @ du.T)
hidden_input_times_h = hidden(dh=lambda du, W, dh, h: du @ W.T * h)
