"""Activation functions and their derivatives (questions 0 and 1a).

Every function works entry by entry, for any shape, dtype and device, and leaves its arguments unchanged.
Only softmax combines entries, those along `dim`.
"""

from __future__ import annotations

import torch
from torch import Tensor


def sig(T: Tensor) -> Tensor:
    """sig(t) = 1 / (1 + exp(-t)), same shape as T."""
    return 1 / (1 + torch.exp(-T))


def d_sig(T: Tensor) -> Tensor:
    """sig'(t) = sig(t) (1 - sig(t)), formula (1), same shape as T."""
    s = sig(T)
    return s * (1 - s)


def tanh(T: Tensor) -> Tensor:
    """tanh(t) = 2 sig(2t) - 1, same shape as T.

    Equal to (exp(t) - exp(-t)) / (exp(t) + exp(-t)), which is inf / inf for large t.
    """
    return 2 * sig(2 * T) - 1


def d_tanh(T: Tensor) -> Tensor:
    """tanh'(t) = 1 - tanh(t)**2, same shape as T."""
    return 1 - tanh(T) ** 2


def relu(T: Tensor) -> Tensor:
    """relu(t) = max(0, t), same shape as T."""
    return T.clamp(min=0)


def d_relu(T: Tensor) -> Tensor:
    """relu'(t) = 1 where t > 0, else 0 (also at the kink t = 0), same shape and dtype as T."""
    return (T > 0).to(T.dtype)


def swish(T: Tensor, beta: float | Tensor = 1.0) -> Tensor:
    """swish(t; beta) = t sig(beta t), same shape as T; beta is a number or a tensor with one entry."""
    return T * sig(beta * T)


def d_swish(T: Tensor, beta: float | Tensor = 1.0) -> tuple[Tensor, Tensor]:
    """The derivatives of swish with respect to t and to beta, each of the shape of T.

    d/dt    = sig(beta t) + beta swish(t) (1 - sig(beta t))
    d/dbeta = t swish(t) (1 - sig(beta t))
    """
    s = sig(beta * T)
    h = T * s
    return s + beta * h * (1 - s), T * h * (1 - s)


def celu(T: Tensor, alpha: float | Tensor = 1.0) -> Tensor:
    """celu(t; alpha) = max(0, t) + min(0, alpha (exp(t / alpha) - 1)), same shape as T; alpha is not 0.

    The second term is evaluated at min(0, t): its value is the same, and exp cannot overflow.
    """
    z = T.clamp(max=0) / alpha
    return T.clamp(min=0) + alpha * torch.expm1(z)


def d_celu(T: Tensor, alpha: float | Tensor = 1.0) -> tuple[Tensor, Tensor]:
    """The derivatives of celu with respect to t and to alpha, each of the shape of T.

    d/dt     = exp(t / alpha)                                 where t < 0, else 1
    d/dalpha = exp(t / alpha) - 1 - (t / alpha) exp(t / alpha)   where t < 0, else 0

    With z = min(0, t) / alpha both cases are one formula, since exp(0) = 1.
    """
    z = T.clamp(max=0) / alpha
    e = torch.exp(z)
    return e, torch.expm1(z) - z * e


def softmax(T: Tensor, dim: int, estable: bool = True) -> Tensor:
    """softmax(t)_i = exp(t_i) / sum_j exp(t_j) along `dim`, same shape as T.

    `estable` subtracts the maximum along `dim`: the quotient is the same and exp cannot overflow.
    """
    if estable:
        T = T - T.amax(dim=dim, keepdim=True)
    e = torch.exp(T)
    return e / e.sum(dim=dim, keepdim=True)
