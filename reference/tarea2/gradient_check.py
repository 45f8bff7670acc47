"""Gradient check: back propagation against finite differences (question 3c)."""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor

from .losses import CELoss
from .network import FFNN


@torch.no_grad()
def chequeo_gradiente(red: FFNN, x: Tensor, y: Tensor, epsilon: float = 1e-6) -> float:
    """The relative error |g - a|^2 / (|g|^2 + |a|^2), formula (19), of the gradient g against its approximation a.

    x has shape (B, F) and one-hot y (B, C). The function is meant for a network in float64: central differences are
    then off by about epsilon**2 (truncation) and 1e-16 / epsilon (rounding). In float32 the rounding error,
    1e-7 / epsilon, drowns the gradient. The parameters end as they began. `.grad` holds the gradients of backward.
    """
    red.backward(x, y, red.forward(x))
    g = torch.cat([p.grad.reshape(-1) for p in red.parameters() if p.grad is not None])
    slopes = []
    for p in red.parameters():
        for index in product(*map(range, p.shape)):
            value = p[index].clone()
            p[index] = value + epsilon
            loss_above = CELoss(red.forward(x), y)  # formula (15)
            p[index] = value - epsilon
            loss_below = CELoss(red.forward(x), y)  # formula (16)
            p[index] = value
            slopes.append((loss_above - loss_below) / (2 * epsilon))  # formula (17)
    a = torch.stack(slopes)
    above = squared_norm(g - a)
    below = squared_norm(g) + squared_norm(a)
    return float(above / below)


def squared_norm(v: Tensor) -> Tensor:
    return v.square().sum()
