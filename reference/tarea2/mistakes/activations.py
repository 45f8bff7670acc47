"""Mistakes in the activation functions, softmax and the derivatives (questions 0 and 1a)."""

from __future__ import annotations

import torch
from torch import Tensor

from ..activations import celu, d_celu, d_swish, relu, sig, softmax, swish, tanh

# sig, tanh, relu -------------------------------------------------------------------------------------------------


def sig_sign(T: Tensor) -> Tensor:
    return sig(-T)


def sig_without_one(T: Tensor) -> Tensor:
    return torch.exp(T)


def tanh_sign(T: Tensor) -> Tensor:
    return -tanh(T)


def tanh_not_shifted(T: Tensor) -> Tensor:
    return sig(2 * T)


def tanh_of_half(T: Tensor) -> Tensor:
    return tanh(T / 2)


def tanh_inverted(T: Tensor) -> Tensor:
    return 1 / tanh(T)


def relu_absolute(T: Tensor) -> Tensor:
    return T.abs()


def relu_leaky(T: Tensor) -> Tensor:
    return torch.where(T > 0, T, 0.01 * T)


def relu_minimum(T: Tensor) -> Tensor:
    return T.clamp(max=0)


def relu_step(T: Tensor) -> Tensor:
    return (T > 0).to(T.dtype)


# swish, celu -----------------------------------------------------------------------------------------------------


def swish_without_beta(T: Tensor, beta: float = 1.0) -> Tensor:
    return swish(T)


def swish_beta_outside(T: Tensor, beta: float = 1.0) -> Tensor:
    return beta * swish(T)


def swish_beta_twice(T: Tensor, beta: float = 1.0) -> Tensor:
    return beta * swish(T, beta)


def swish_without_factor(T: Tensor, beta: float = 1.0) -> Tensor:
    return sig(beta * T)


def celu_of_elu(T: Tensor, alpha: float = 1.0) -> Tensor:
    return torch.where(T > 0, T, alpha * (torch.exp(T) - 1))


def celu_without_outer_alpha(T: Tensor, alpha: float = 1.0) -> Tensor:
    return torch.where(T > 0, T, torch.exp(T / alpha) - 1)


def celu_times_alpha_inside(T: Tensor, alpha: float = 1.0) -> Tensor:
    return torch.where(T > 0, T, alpha * (torch.exp(T * alpha) - 1))


def celu_without_minus_one(T: Tensor, alpha: float = 1.0) -> Tensor:
    return torch.where(T > 0, T, alpha * torch.exp(T / alpha))


def celu_without_minimum(T: Tensor, alpha: float = 1.0) -> Tensor:
    return T.clamp(min=0) + alpha * (torch.exp(T / alpha) - 1)


def celu_without_alpha(T: Tensor, alpha: float = 1.0) -> Tensor:
    return celu(T)


# softmax ---------------------------------------------------------------------------------------------------------


def softmax_over_everything(T: Tensor, dim: int, estable: bool = True) -> Tensor:
    e = torch.exp(T - T.max()) if estable else torch.exp(T)
    return e / e.sum()


def softmax_over_first(T: Tensor, dim: int, estable: bool = True) -> Tensor:
    return softmax(T, 0, estable)


def softmax_over_last(T: Tensor, dim: int, estable: bool = True) -> Tensor:
    return softmax(T, -1, estable)


def softmax_unstable(T: Tensor, dim: int, estable: bool = True) -> Tensor:
    return softmax(T, dim, estable=False)


def softmax_maximum_of_columns(T: Tensor, dim: int, estable: bool = True) -> Tensor:
    return softmax(T - T.amax(0, keepdim=True), dim, estable=False)


def softmax_without_exp(T: Tensor, dim: int, estable: bool = True) -> Tensor:
    return T / T.sum(dim, keepdim=True)


def softmax_of_minus(T: Tensor, dim: int, estable: bool = True) -> Tensor:
    return softmax(-T, dim, estable)


def softmax_logarithm(T: Tensor, dim: int, estable: bool = True) -> Tensor:
    return torch.log(softmax(T, dim, estable))


def softmax_not_divided(T: Tensor, dim: int, estable: bool = True) -> Tensor:
    return torch.exp(T - T.amax(dim, keepdim=True)) if estable else torch.exp(T)


# d_relu ----------------------------------------------------------------------------------------------------------


def d_relu_is_relu(T: Tensor) -> Tensor:
    return relu(T)


def d_relu_sign(T: Tensor) -> Tensor:
    return torch.sign(T)


def d_relu_inverted(T: Tensor) -> Tensor:
    return (T < 0).to(T.dtype)


def d_relu_one_everywhere(T: Tensor) -> Tensor:
    return torch.ones_like(T)


def d_relu_leaky(T: Tensor) -> Tensor:
    return torch.where(T > 0, 1.0, 0.01)


# d_swish: the pair (d/dT, d/dbeta) -------------------------------------------------------------------------------

Pair = tuple[Tensor, Tensor]


def d_swish_without_sigmoid(T: Tensor, beta: float = 1.0) -> Pair:
    return 1 + beta * T * (1 - sig(beta * T)), d_swish(T, beta)[1]


def d_swish_sigmoid_in_one_term(T: Tensor, beta: float = 1.0) -> Pair:
    s = sig(beta * T)
    return s + beta * T * (1 - s), d_swish(T, beta)[1]


def d_swish_first_term_only(T: Tensor, beta: float = 1.0) -> Pair:
    return sig(beta * T), d_swish(T, beta)[1]


def d_swish_second_term_only(T: Tensor, beta: float = 1.0) -> Pair:
    s = sig(beta * T)
    return beta * T * s * (1 - s), d_swish(T, beta)[1]


def d_swish_without_chain(T: Tensor, beta: float = 1.0) -> Pair:
    s = sig(beta * T)
    return s + T * s * (1 - s), d_swish(T, beta)[1]


def d_swish_term_subtracted(T: Tensor, beta: float = 1.0) -> Pair:
    s = sig(beta * T)
    return s - beta * T * s * (1 - s), d_swish(T, beta)[1]


def d_swish_slope_plus(T: Tensor, beta: float = 1.0) -> Pair:
    s = sig(beta * T)
    return s + beta * T * s * (1 + s), d_swish(T, beta)[1]


def d_swish_sig_of_x(T: Tensor, beta: float = 1.0) -> Pair:
    s = sig(T)
    return s + beta * T * s * (1 - s), T * T * s * (1 - s)


def d_swish_without_beta(T: Tensor, beta: float = 1.0) -> Pair:
    return d_swish(T)


def d_swish_is_swish(T: Tensor, beta: float = 1.0) -> Pair:
    return swish(T, beta), d_swish(T, beta)[1]


def d_swish_swapped(T: Tensor, beta: float = 1.0) -> Pair:
    dT, dbeta = d_swish(T, beta)
    return dbeta, dT


def d_swish_beta_without_square(T: Tensor, beta: float = 1.0) -> Pair:
    s = sig(beta * T)
    return d_swish(T, beta)[0], T * s * (1 - s)


def d_swish_beta_without_slope(T: Tensor, beta: float = 1.0) -> Pair:
    return d_swish(T, beta)[0], T * swish(T, beta)


def d_swish_beta_times_beta(T: Tensor, beta: float = 1.0) -> Pair:
    dT, dbeta = d_swish(T, beta)
    return dT, beta * dbeta


def d_swish_beta_zero(T: Tensor, beta: float = 1.0) -> Pair:
    return d_swish(T, beta)[0], torch.zeros_like(T)


def d_swish_beta_summed(T: Tensor, beta: float = 1.0) -> Pair:
    dT, dbeta = d_swish(T, beta)
    return dT, dbeta.sum()


# d_celu: the pair (d/dT, d/dalpha) -------------------------------------------------------------------------------


def d_celu_one_everywhere(T: Tensor, alpha: float = 1.0) -> Pair:
    return torch.ones_like(T), d_celu(T, alpha)[1]


def d_celu_of_elu(T: Tensor, alpha: float = 1.0) -> Pair:
    return torch.where(T > 0, 1.0, alpha * torch.exp(T)), torch.where(T > 0, 0.0, torch.exp(T) - 1)


def d_celu_exp_of_x(T: Tensor, alpha: float = 1.0) -> Pair:
    return torch.exp(T.clamp(max=0)), d_celu(T, alpha)[1]


def d_celu_alpha_not_cancelled(T: Tensor, alpha: float = 1.0) -> Pair:
    return torch.where(T > 0, 1.0, alpha * torch.exp(T / alpha)), d_celu(T, alpha)[1]


def d_celu_divided_by_alpha(T: Tensor, alpha: float = 1.0) -> Pair:
    return torch.where(T > 0, 1.0, torch.exp(T / alpha) / alpha), d_celu(T, alpha)[1]


def d_celu_exp_everywhere(T: Tensor, alpha: float = 1.0) -> Pair:
    return torch.exp(T / alpha), d_celu(T, alpha)[1]


def d_celu_zero_on_the_right(T: Tensor, alpha: float = 1.0) -> Pair:
    return torch.where(T > 0, 0.0, torch.exp(T / alpha)), d_celu(T, alpha)[1]


def d_celu_minus_one_kept(T: Tensor, alpha: float = 1.0) -> Pair:
    return torch.where(T > 0, 1.0, torch.exp(T / alpha) - 1), d_celu(T, alpha)[1]


def d_celu_is_celu(T: Tensor, alpha: float = 1.0) -> Pair:
    return celu(T, alpha), d_celu(T, alpha)[1]


def d_celu_swapped(T: Tensor, alpha: float = 1.0) -> Pair:
    dT, dalpha = d_celu(T, alpha)
    return dalpha, dT


def d_celu_alpha_outer_only(T: Tensor, alpha: float = 1.0) -> Pair:
    return d_celu(T, alpha)[0], torch.where(T > 0, 0.0, torch.exp(T / alpha) - 1)


def d_celu_alpha_inner_only(T: Tensor, alpha: float = 1.0) -> Pair:
    return d_celu(T, alpha)[0], torch.where(T > 0, 0.0, -T / alpha * torch.exp(T / alpha))


def d_celu_alpha_sign(T: Tensor, alpha: float = 1.0) -> Pair:
    e = torch.exp(T / alpha)
    return d_celu(T, alpha)[0], torch.where(T > 0, 0.0, e - 1 + T / alpha * e)


def d_celu_alpha_without_minus_one(T: Tensor, alpha: float = 1.0) -> Pair:
    return d_celu(T, alpha)[0], torch.where(T > 0, 0.0, torch.exp(T / alpha) * (1 - T / alpha))


def d_celu_alpha_divided_again(T: Tensor, alpha: float = 1.0) -> Pair:
    e = torch.exp(T / alpha)
    return d_celu(T, alpha)[0], torch.where(T > 0, 0.0, e - 1 - T / alpha**2 * e)


def d_celu_alpha_everywhere(T: Tensor, alpha: float = 1.0) -> Pair:
    e = torch.exp(T / alpha)
    return d_celu(T, alpha)[0], e - 1 - T / alpha * e


def d_celu_alpha_one_on_the_right(T: Tensor, alpha: float = 1.0) -> Pair:
    dT, dalpha = d_celu(T, alpha)
    return dT, torch.where(T > 0, 1.0, dalpha)


def d_celu_alpha_zero(T: Tensor, alpha: float = 1.0) -> Pair:
    return d_celu(T, alpha)[0], torch.zeros_like(T)
