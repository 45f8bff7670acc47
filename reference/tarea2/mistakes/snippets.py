"""Mistakes in the gradients of single layers (questions 2a to 2c): the asked variables by name, as in ..network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..activations import celu, d_celu, d_relu, d_sig, d_swish, relu, swish
from ..network import output_layer

Grads = dict[str, Tensor]

# 2a --------------------------------------------------------------------------------------------------------------


def slope_no_mean(y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": y_pred - y}


def slope_mean_over_entries(y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": (y_pred - y) / y.numel()}


def slope_mean_over_classes(y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": (y_pred - y) / y.shape[1]}


def slope_fixed_batch(y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": (y_pred - y) / 5}


def slope_opposite_sign(y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": (y - y_pred) / len(y)}


def slope_only_the_loss(y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": -(y / y_pred) / len(y)}


def slope_diagonal_only(y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": y * (y_pred - 1) / len(y)}


def slope_softmax_again(y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": (y_pred.softmax(1) - y) / len(y)}


def slope_of_sigmoid(y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": (y_pred - y) * y_pred * (1 - y_pred) / len(y)}


def slope_of_squares(y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": 2 * (y_pred - y) / len(y)}


def slope_before_softmax(y: Tensor, uLm1: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": (uLm1 - y) / len(y)}


def slope_without_labels(y_pred: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": y_pred / len(y_pred)}


def slope_summed(y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": (y_pred - y).mean(0)}


def slope_zero(y: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": torch.zeros_like(y)}


# 2b: all three gradients from dL_duLm1, of which one or all are wrong ---------------------------------------------


def output_own_slope(hL: Tensor, U: Tensor, c: Tensor, y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    return output_layer((y_pred - y) / len(y), hL, U, c)


def output_divided_again(hL: Tensor, U: Tensor, c: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
    return output_layer(dL_duLm1 / len(hL), hL, U, c)


def output_weight_divided_again(hL: Tensor, U: Tensor, c: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
    return {**output_layer(dL_duLm1, hL, U, c), "dL_dU": hL.T @ dL_duLm1 / len(hL)}


def output_weight_transposed(hL: Tensor, U: Tensor, c: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
    return {**output_layer(dL_duLm1, hL, U, c), "dL_dU": dL_duLm1.T @ hL}


def output_weight_per_example(hL: Tensor, U: Tensor, c: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
    return {**output_layer(dL_duLm1, hL, U, c), "dL_dU": torch.einsum("bl,bc->blc", hL, dL_duLm1)}


def output_bias_mean(hL: Tensor, U: Tensor, c: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
    return {**output_layer(dL_duLm1, hL, U, c), "dL_dc": dL_duLm1.mean(0)}


def output_bias_not_summed(hL: Tensor, U: Tensor, c: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
    return {**output_layer(dL_duLm1, hL, U, c), "dL_dc": dL_duLm1}


def output_bias_keepdim(hL: Tensor, U: Tensor, c: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
    return {**output_layer(dL_duLm1, hL, U, c), "dL_dc": dL_duLm1.sum(0, keepdim=True)}


def output_bias_over_classes(hL: Tensor, U: Tensor, c: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
    return {**output_layer(dL_duLm1, hL, U, c), "dL_dc": dL_duLm1.sum(1)}


def output_bias_one_number(hL: Tensor, U: Tensor, c: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
    return {**output_layer(dL_duLm1, hL, U, c), "dL_dc": dL_duLm1.sum()}


def output_bias_first_example(hL: Tensor, U: Tensor, c: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
    return {**output_layer(dL_duLm1, hL, U, c), "dL_dc": dL_duLm1[0]}


def output_bias_ones(hL: Tensor, U: Tensor, c: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
    return {**output_layer(dL_duLm1, hL, U, c), "dL_dc": torch.ones_like(c)}


def output_input_transposed(hL: Tensor, U: Tensor, c: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
    return {**output_layer(dL_duLm1, hL, U, c), "dL_dhL": U @ dL_duLm1.T}


def output_input_summed(hL: Tensor, U: Tensor, c: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
    return {**output_layer(dL_duLm1, hL, U, c), "dL_dhL": (dL_duLm1 @ U.T).sum(0)}


def output_input_times_h(hL: Tensor, U: Tensor, c: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
    return {**output_layer(dL_duLm1, hL, U, c), "dL_dhL": dL_duLm1 @ U.T * hL}


# 2c --------------------------------------------------------------------------------------------------------------

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": relu, "celu": celu, "swish": swish}


def _slope(name: str, u: Tensor) -> Tensor:
    return d_relu(u) if name == "relu" else (d_celu(u) if name == "celu" else d_swish(u))[0]


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
