"""Cross entropy between the network's distribution and the labels (questions 1b and 1c)."""

from __future__ import annotations

import torch
from torch import Tensor


def CELoss(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    """The mean over the rows of CE(p_i, q_i) = -sum_x p_i(x) log q_i(x), formulas (2) and (3).

    Q (N, C) is the approximation and P (N, C) the true distribution; the result has shape ().
    `estable` raises the entries of Q to at least `epsilon`, because 0 log 0 is NaN.
    """
    if estable:
        Q = Q.clamp(min=epsilon)
    return -(P * torch.log(Q)).sum(dim=1).mean()


def CategoricalCELoss(Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    """CELoss(Q, P) where row i of P is one-hot at Target[i]: the mean of -log q_i(Target[i]).

    Q (N, C) holds probabilities and Target (N,) class indices of dtype long; the result has shape ().
    """
    q = Q[torch.arange(len(Target), device=Q.device), Target]
    if estable:
        q = q.clamp(min=epsilon)
    return -torch.log(q).mean()
