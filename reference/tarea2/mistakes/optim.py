"""Mistakes in gradient descent (question 4a)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import Parameter

from ..optim import SGD

Step = Callable[[SGD], None]


def step(rule: Callable[[Parameter, Tensor, float, int], Tensor | None], which: slice = slice(None)) -> Step:
    """SGD.step that puts rule(p, grad, lr, number of this step) in the place of parameters; None leaves one alone."""

    @torch.no_grad()
    def method(self: SGD) -> None:
        count = getattr(self, "count", 0)
        for p in self.parameters[which]:
            if p.grad is not None:
                value = rule(p, p.grad, self.lr, count)
                if value is not None:
                    p.copy_(value)
        self.count = count + 1  # type: ignore[attr-defined]

    return method


def remembering(kept: float, added: float = 1.0) -> Step:
    """SGD.step along v <- kept v + added grad."""

    @torch.no_grad()
    def method(self: SGD) -> None:
        velocity = getattr(self, "velocity", [torch.zeros_like(p) for p in self.parameters])
        for p, v in zip(self.parameters, velocity, strict=True):
            if p.grad is not None:
                v.mul_(kept).add_(added * p.grad)
                p.sub_(self.lr * v)
        self.velocity = velocity  # type: ignore[attr-defined]

    return method


sgd_nothing = step(lambda p, g, lr, n: None)
sgd_first_step_only = step(lambda p, g, lr, n: p - lr * g if n == 0 else None)
sgd_ascends = step(lambda p, g, lr, n: p + lr * g)
sgd_lr_squared = step(lambda p, g, lr, n: p - lr * lr * g)
sgd_without_lr = step(lambda p, g, lr, n: p - g)
sgd_divided_by_lr = step(lambda p, g, lr, n: p - g / lr)
sgd_own_lr = step(lambda p, g, lr, n: p - 0.001 * g)
sgd_replaces = step(lambda p, g, lr, n: -lr * g)
sgd_gradient_minus_parameter = step(lambda p, g, lr, n: lr * g - p)
sgd_lr_on_both = step(lambda p, g, lr, n: lr * (p - g))
sgd_parameter_forgets_gradient = step(lambda p, g, lr, n: p - lr * p)
sgd_subtracts_lr = step(lambda p, g, lr, n: p - lr)
sgd_multiplies = step(lambda p, g, lr, n: p * (1 - lr * g))
sgd_sign_only = step(lambda p, g, lr, n: p - lr * g.sign())
sgd_normalised = step(lambda p, g, lr, n: p - lr * g / g.norm())
sgd_mean_gradient = step(lambda p, g, lr, n: p - lr * g.mean())
sgd_divided_by_rows = step(lambda p, g, lr, n: p - lr * g / len(g))
sgd_decaying_lr = step(lambda p, g, lr, n: p - lr / (n + 1) * g)
sgd_doubled = step(lambda p, g, lr, n: p - 2 * lr * g)
sgd_weight_decay = step(lambda p, g, lr, n: p - lr * (g + 0.01 * p))
sgd_weights_only = step(lambda p, g, lr, n: p - lr * g if p.dim() > 1 else None)
sgd_first_parameter_only = step(lambda p, g, lr, n: p - lr * g, slice(0, 1))
sgd_last_parameter_only = step(lambda p, g, lr, n: p - lr * g, slice(-1, None))
sgd_skips_last = step(lambda p, g, lr, n: p - lr * g, slice(0, -1))
sgd_skips_first = step(lambda p, g, lr, n: p - lr * g, slice(1, None))
sgd_momentum = remembering(0.9)
sgd_dampened = remembering(0.9, 0.1)
sgd_sums_gradients = remembering(1.0)
