"""Activation functions and their derivatives (questions 0 and 1a).

Every function works entry by entry, for any shape, dtype and device, and leaves its arguments unchanged.
Only softmax combines entries, those along `dim`.
"""

import torch


def sig(T: torch.Tensor) -> torch.Tensor:
    """sig(t) = 1 / (1 + exp(-t)), same shape as T."""
    return 1 / (1 + torch.exp(-T))


def d_sig(T: torch.Tensor) -> torch.Tensor:
    """sig'(t) = sig(t) (1 - sig(t)), formula (1), same shape as T."""
    s = sig(T)
    return s * (1 - s)


def tanh(T: torch.Tensor) -> torch.Tensor:
    """tanh(t) = (exp(t) - exp(-t)) / (exp(t) + exp(-t)), same shape as T.

    With e = exp(-2 |t|) it is sign(t) (1 - e) / (1 + e), and no exponential overflows.
    """
    e = torch.exp(-2 * T.abs())
    return T.sign() * (1 - e) / (1 + e)


def d_tanh(T: torch.Tensor) -> torch.Tensor:
    """tanh'(t) = 1 - tanh(t)**2, same shape as T."""
    return 1 - tanh(T) ** 2


def relu(T: torch.Tensor) -> torch.Tensor:
    """relu(t) = max(0, t), same shape as T."""
    return T.clamp(min=0)


def d_relu(T: torch.Tensor) -> torch.Tensor:
    # 1 where t > 0, else 0, also at the kink t = 0; of the dtype of T.
    return (T > 0).to(T.dtype)


def swish(T: torch.Tensor, beta: float | torch.Tensor = 1) -> torch.Tensor:
    """swish(t; beta) = t sig(beta t), same shape as T; beta is a number or a tensor with one entry."""
    return T / (1 + torch.exp(-beta * T))


def d_swish(T: torch.Tensor, beta: float | torch.Tensor = 1) -> tuple[torch.Tensor, torch.Tensor]:
    # The product rule, with d sig(beta t)/dt = beta slope and d sig(beta t)/dbeta = t slope.
    s = sig(beta * T)
    slope = s * (1 - s)
    d_T = s + beta * T * slope
    d_beta = T * T * slope
    return d_T, d_beta


def celu(T: torch.Tensor, alpha: float | torch.Tensor = 1) -> torch.Tensor:
    """celu(t; alpha) = max(0, t) + min(0, alpha (exp(t / alpha) - 1)), same shape as T; alpha is not 0.

    The second term is evaluated at min(0, t): its value is the same, and exp cannot overflow.
    """
    z = T.clamp(max=0) / alpha
    return T.clamp(min=0) + alpha * (torch.exp(z) - 1)


def d_celu(T: torch.Tensor, alpha: float | torch.Tensor = 1) -> tuple[torch.Tensor, torch.Tensor]:
    # For t > 0 celu is t. Elsewhere it is alpha (exp(z) - 1) with z = t / alpha, and dz/dalpha = -z / alpha.
    z = T / alpha
    e = torch.exp(z)
    d_T = torch.where(T > 0, 1, e)
    d_alpha = torch.where(T > 0, 0, e - 1 - z * e)
    return d_T, d_alpha


def softmax(T: torch.Tensor, dim: int, estable: bool = True) -> torch.Tensor:
    """softmax(t)_i = exp(t_i) / sum_j exp(t_j) along `dim`, same shape as T.

    `estable` subtracts the maximum along `dim`: the quotient is the same and exp cannot overflow.
    """
    if estable:
        T = T - T.amax(dim=dim, keepdim=True)
    e = torch.exp(T)
    return e / e.sum(dim=dim, keepdim=True)
