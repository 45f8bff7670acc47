"""Mistakes in gradient descent (question 4a)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor
from torch.nn import Parameter

from ..optim import SGD
from .decisions import decided

Step = Callable[[SGD], None]


@decided
def step(
    *,
    rule: Callable[[Parameter, Tensor, float], Tensor] = lambda p, g, lr: p - lr * g,
    rate: Callable[[float, int], float] = lambda lr, n: lr,
    gradient: Callable[[Tensor], Tensor] = lambda g: g,
    which: slice = slice(None),
    moves: Callable[[Parameter, int], bool] = lambda p, n: True,
) -> Step:
    """SGD.step with one of its decisions replaced; as it stands it is the reference's.

    rule: the parameter's new value from it, the gradient and the learning rate;  which: of the parameters
    rate: the learning rate of step n = 0, 1, ...;  moves: whether a parameter does in that step
    """

    @torch.no_grad()
    def method(self: SGD) -> None:
        count = getattr(self, "count", 0)
        for p in list(self.parameters)[which]:
            if p.grad is not None and moves(p, count):
                p.copy_(rule(p, gradient(p.grad), rate(self.lr, count)))
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


def sgd_keeps_what_came(self: SGD, parameters: Iterable[Parameter], lr: float) -> None:
    # `red.parameters()` is a generator: after the first step nothing is left in it.
    self.parameters = parameters  # type: ignore[assignment]
    self.lr = lr


sgd_nothing = step(moves=lambda p, n: False)
sgd_ascends = step(rule=lambda p, g, lr: p + lr * g)
sgd_lr_squared = step(rate=lambda lr, n: lr * lr)
sgd_without_lr = step(rate=lambda lr, n: 1.0)
sgd_divided_by_lr = step(rate=lambda lr, n: 1 / lr)
sgd_own_lr = step(rate=lambda lr, n: 0.001)
sgd_replaces = step(rule=lambda p, g, lr: -lr * g)
sgd_gradient_minus_parameter = step(rule=lambda p, g, lr: lr * g - p)
sgd_lr_on_both = step(rule=lambda p, g, lr: lr * (p - g))
sgd_parameter_forgets_gradient = step(rule=lambda p, g, lr: p - lr * p)
sgd_subtracts_lr = step(gradient=torch.ones_like)
sgd_multiplies = step(rule=lambda p, g, lr: p * (1 - lr * g))
sgd_sign_only = step(gradient=torch.sign)
sgd_normalised = step(gradient=lambda g: g / g.norm())
sgd_mean_gradient = step(gradient=lambda g: g.mean())
sgd_divided_by_rows = step(gradient=lambda g: g / len(g))
sgd_decaying_lr = step(rate=lambda lr, n: lr / (n + 1))
sgd_doubled = step(rate=lambda lr, n: 2 * lr)
sgd_weight_decay = step(rule=lambda p, g, lr: p - lr * (g + 0.01 * p))
sgd_weights_only = step(moves=lambda p, n: p.dim() > 1)
sgd_first_parameter_only = step(which=slice(0, 1))
sgd_last_parameter_only = step(which=slice(-1, None))
sgd_skips_last = step(which=slice(0, -1))
sgd_skips_first = step(which=slice(1, None))
sgd_momentum = remembering(0.9)
sgd_dampened = remembering(0.9, 0.1)
sgd_sums_gradients = remembering(1.0)
