"""Mistakes in the activation functions, softmax and the derivatives (questions 0 and 1a)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..activations import celu, d_celu, d_swish, relu, sig, softmax, swish, tanh
from .decisions import decided

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


@decided
def soft(
    *,
    entries: Callable[[Tensor], Tensor] = lambda T: T,
    along: Callable[[int], int] = lambda dim: dim,
    largest: Callable[[Tensor, int], Tensor | float] = lambda T, dim: T.amax(dim, keepdim=True),
    exponential: Callable[[Tensor], Tensor] = torch.exp,
    total: Callable[[Tensor, int], Tensor | float] = lambda e, dim: e.sum(dim, keepdim=True),
    returned: Callable[[Tensor], Tensor] = lambda s: s,
) -> Callable[..., Tensor]:
    """softmax with one of its decisions replaced; as it stands it is the reference's.

    along: the dimension that is used, from `dim`;  largest: what `estable` subtracts;  total: what is divided by
    """

    def softmax(T: Tensor, dim: int, estable: bool = True) -> Tensor:
        T, used = entries(T), along(dim)
        e = exponential(T - largest(T, used) if estable else T)
        return returned(e / total(e, used))

    return softmax


softmax_over_everything = soft(largest=lambda T, dim: T.max(), total=lambda e, dim: e.sum())
softmax_over_first = soft(along=lambda dim: 0)
softmax_over_last = soft(along=lambda dim: -1)
softmax_unstable = soft(largest=lambda T, dim: 0.0)
softmax_of_minus = soft(entries=lambda T: -T)
softmax_logarithm = soft(returned=torch.log)
softmax_not_divided = soft(total=lambda e, dim: 1.0)


def softmax_maximum_of_columns(T: Tensor, dim: int, estable: bool = True) -> Tensor:
    return softmax(T - T.amax(0, keepdim=True), dim, estable=False)


def softmax_without_exp(T: Tensor, dim: int, estable: bool = True) -> Tensor:
    return T / T.sum(dim, keepdim=True)


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


@decided
def slopes_of_swish(
    *,
    used: Callable[[float], float] = lambda beta: beta,
    inside: Callable[[Tensor, float], Tensor] = lambda T, beta: beta * T,
    first: Callable[[Tensor], Tensor | float] = lambda s: s,
    slope: Callable[[Tensor], Tensor] = lambda s: s * (1 - s),
    chain: Callable[[float], float] = lambda beta: beta,
    sign: float = 1.0,
    of_beta: Callable[[Tensor, Tensor, float], Tensor] = lambda T, s, beta: T * T * s * (1 - s),
    pair: Callable[[Tensor, Tensor], Pair] = lambda dT, dbeta: (dT, dbeta),
) -> Callable[..., Pair]:
    """d_swish with one of its decisions replaced; as it stands it is the reference's.

    With s = sig(inside): d/dT = first + sign chain T slope, where `slope` is sig' in terms of s.
    """

    def d_swish(T: Tensor, beta: float = 1.0) -> Pair:
        beta = used(beta)
        s = sig(inside(T, beta))
        return pair(first(s) + sign * chain(beta) * T * slope(s), of_beta(T, s, beta))

    return d_swish


d_swish_without_sigmoid = slopes_of_swish(first=lambda s: 1.0, slope=lambda s: 1 - s)
d_swish_sigmoid_in_one_term = slopes_of_swish(slope=lambda s: 1 - s)
d_swish_first_term_only = slopes_of_swish(sign=0.0)
d_swish_second_term_only = slopes_of_swish(first=lambda s: 0.0)
d_swish_without_chain = slopes_of_swish(chain=lambda beta: 1.0)
d_swish_term_subtracted = slopes_of_swish(sign=-1.0)
d_swish_slope_plus = slopes_of_swish(slope=lambda s: s * (1 + s))
d_swish_sig_of_x = slopes_of_swish(inside=lambda T, beta: T)
d_swish_without_beta = slopes_of_swish(used=lambda beta: 1.0)
d_swish_swapped = slopes_of_swish(pair=lambda dT, dbeta: (dbeta, dT))
d_swish_beta_without_square = slopes_of_swish(of_beta=lambda T, s, beta: T * s * (1 - s))
d_swish_beta_without_slope = slopes_of_swish(of_beta=lambda T, s, beta: T * T * s)
d_swish_beta_times_beta = slopes_of_swish(of_beta=lambda T, s, beta: beta * T * T * s * (1 - s))
d_swish_beta_zero = slopes_of_swish(of_beta=lambda T, s, beta: torch.zeros_like(T))
d_swish_beta_summed = slopes_of_swish(of_beta=lambda T, s, beta: (T * T * s * (1 - s)).sum())


def d_swish_is_swish(T: Tensor, beta: float = 1.0) -> Pair:
    return swish(T, beta), d_swish(T, beta)[1]


# d_celu: the pair (d/dT, d/dalpha) -------------------------------------------------------------------------------


@decided
def slopes_of_celu(
    *,
    inside: Callable[[Tensor, float], Tensor] = lambda T, alpha: T / alpha,
    left: Callable[[Tensor, float], Tensor | float] = lambda e, alpha: e,
    right: Callable[[Tensor], Tensor | float] = lambda e: 1.0,
    outer: Callable[[Tensor], Tensor | float] = lambda e: e - 1,
    inner: Callable[[Tensor, float], Tensor | float] = lambda T, alpha: T / alpha,
    sign: float = -1.0,
    of_alpha: Callable[[Tensor], Tensor] = lambda d: d,
    right_of_alpha: Callable[[Tensor], Tensor | float] = lambda d: 0.0,
    pair: Callable[[Tensor, Tensor], Pair] = lambda dT, dalpha: (dT, dalpha),
) -> Callable[..., Pair]:
    """d_celu with one of its decisions replaced; as it stands it is the reference's.

    With e = exp(inside), d/dT is `left` for T < 0, else `right`; d/dalpha is outer + sign inner e, through `of_alpha`,
    for T < 0, else `right_of_alpha`.
    """

    def d_celu(T: Tensor, alpha: float = 1.0) -> Pair:
        e = torch.exp(inside(T, alpha))
        dalpha = of_alpha(outer(e) + sign * inner(T, alpha) * e)
        return pair(
            torch.where(T > 0, right(e), left(e, alpha)),
            torch.where(T > 0, right_of_alpha(dalpha), dalpha),
        )

    return d_celu


d_celu_one_everywhere = slopes_of_celu(left=lambda e, alpha: torch.ones_like(e))
d_celu_alpha_not_cancelled = slopes_of_celu(left=lambda e, alpha: alpha * e)
d_celu_divided_by_alpha = slopes_of_celu(left=lambda e, alpha: e / alpha)
d_celu_minus_one_kept = slopes_of_celu(left=lambda e, alpha: e - 1)
d_celu_exp_everywhere = slopes_of_celu(right=lambda e: e)
d_celu_zero_on_the_right = slopes_of_celu(right=lambda e: 0.0)
d_celu_swapped = slopes_of_celu(pair=lambda dT, dalpha: (dalpha, dT))
d_celu_alpha_outer_only = slopes_of_celu(inner=lambda T, alpha: 0.0)
d_celu_alpha_inner_only = slopes_of_celu(outer=lambda e: 0.0)
d_celu_alpha_sign = slopes_of_celu(sign=1.0)
d_celu_alpha_without_minus_one = slopes_of_celu(outer=lambda e: e)
d_celu_alpha_divided_again = slopes_of_celu(inner=lambda T, alpha: T / alpha**2)
d_celu_alpha_everywhere = slopes_of_celu(right_of_alpha=lambda d: d)
d_celu_alpha_one_on_the_right = slopes_of_celu(right_of_alpha=lambda d: 1.0)
d_celu_alpha_zero = slopes_of_celu(of_alpha=torch.zeros_like)


def d_celu_of_elu(T: Tensor, alpha: float = 1.0) -> Pair:
    return torch.where(T > 0, 1.0, alpha * torch.exp(T)), torch.where(T > 0, 0.0, torch.exp(T) - 1)


def d_celu_exp_of_x(T: Tensor, alpha: float = 1.0) -> Pair:
    return torch.exp(T.clamp(max=0)), d_celu(T, alpha)[1]


def d_celu_is_celu(T: Tensor, alpha: float = 1.0) -> Pair:
    return celu(T, alpha), d_celu(T, alpha)[1]
