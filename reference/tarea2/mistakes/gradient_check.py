"""Mistakes in the gradient check (question 3c)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..losses import CELoss
from ..network import FFNN
from .decisions import decided

GradientCheck = Callable[..., float]


def _squares(v: Tensor) -> Tensor:
    return v.square().sum()


def _formula_19(g: Tensor, a: Tensor) -> Tensor:
    return _squares(g - a) / (_squares(g) + _squares(a))


@decided
def gradient_check(
    *,
    ratio: Callable[[Tensor, Tensor], Tensor] = _formula_19,
    forth: float = 1.0,
    back: float = 1.0,
    width: float = 2.0,
) -> GradientCheck:
    """chequeo_gradiente with another final formula of Grad and AppGrad, or another difference quotient.

    The quotient is (L(p + forth epsilon) - L(p - back epsilon)) / (width epsilon).
    """

    @torch.no_grad()
    def check(red: FFNN, x: Tensor, y: Tensor, epsilon: float = 1e-6) -> float:
        red.backward(x, y, red.forward(x))
        grads, slopes = [], []
        for p in red.parameters():
            assert p.grad is not None
            grads.append(p.grad.reshape(-1))
            flat = p.data.view(-1)
            for i in range(flat.numel()):
                start = float(flat[i])
                flat[i] = start + forth * epsilon
                above = float(CELoss(red.forward(x), y))
                flat[i] = start - back * epsilon
                below = float(CELoss(red.forward(x), y))
                flat[i] = start
                slopes.append((above - below) / (width * epsilon))
        grad = torch.cat(grads)
        return float(ratio(grad, torch.tensor(slopes, dtype=grad.dtype)))

    return check


check_not_squared = gradient_check(ratio=lambda g, a: (g - a).norm() / (g.norm() + a.norm()))
check_root = gradient_check(ratio=lambda g, a: _formula_19(g, a).sqrt())
check_without_ratio = gradient_check(ratio=lambda g, a: _squares(g - a))
check_distance = gradient_check(ratio=lambda g, a: (g - a).norm())
check_largest_gap = gradient_check(ratio=lambda g, a: (g - a).abs().max())
check_mean_gap = gradient_check(ratio=lambda g, a: (g - a).abs().mean())
check_one_norm = gradient_check(ratio=lambda g, a: _squares(g - a) / _squares(g))
check_other_norm = gradient_check(ratio=lambda g, a: _squares(g - a) / _squares(a))
check_norm_of_sum = gradient_check(ratio=lambda g, a: _squares(g - a) / _squares(g + a))
check_only_below_squared = gradient_check(ratio=lambda g, a: (g - a).norm() / (_squares(g) + _squares(a)))
check_only_above_squared = gradient_check(ratio=lambda g, a: _squares(g - a) / (g.norm() + a.norm()))
check_product_below = gradient_check(ratio=lambda g, a: _squares(g - a) / (g.norm() * a.norm()))
check_inverted = gradient_check(ratio=lambda g, a: (_squares(g) + _squares(a)) / _squares(g - a))
check_sum_above = gradient_check(ratio=lambda g, a: _squares(g + a) / (_squares(g) + _squares(a)))
check_with_itself = gradient_check(ratio=lambda g, a: _squares(g - g) / (2 * _squares(g)))
check_perturbs_nothing = gradient_check(forth=0.0, back=0.0)
check_divided_by_epsilon = gradient_check(width=1.0)
check_half_quotient = gradient_check(back=0.0)
