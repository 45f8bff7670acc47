"""Stochastic gradient descent (question 4a)."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch.nn import Parameter


class SGD:
    """Gradient descent with learning rate `lr`: p <- p - lr dL/dp for each parameter p."""

    def __init__(self, parameters: Iterable[Parameter], lr: float) -> None:
        # red.parameters() is a generator, which would be empty at the second step.
        self.parameters = list(parameters)
        self.lr = lr

    @torch.no_grad()
    def step(self) -> None:
        """Update every parameter in place from its `.grad`. A parameter without a gradient does not change."""
        for p in self.parameters:
            if p.grad is not None:
                p.sub_(self.lr * p.grad)

    def zero_grad(self) -> None:
        """Forget the gradients, for training loops that expect them to accumulate."""
        for p in self.parameters:
            p.grad = None
