"""Mistakes in the gradient check (question 3c)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..losses import CELoss
from ..network import FFNN
from .decisions import decided
from .row import row

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

# The table -------------------------------------------------------------------------------------------------------

MISCONCEPTIONS = (
    # 3c
    row("3c", "check-divided-by-epsilon", "chequeo_gradiente", check_divided_by_epsilon,
        "De un lado al otro hay dos pasos de epsilon: el cociente divide por los dos.",
        "From one side to the other there are two steps of epsilon: the quotient divides by both."),
    row("3c", "check-root", "chequeo_gradiente", check_root,
        "La fórmula (19) no lleva raíz: son las normas al cuadrado.",
        "Formula (19) has no root: the norms are squared."),
    row("3c", "check-not-squared", "chequeo_gradiente", check_not_squared,
        "La fórmula (19) usa las normas al cuadrado, en el numerador y en el denominador.",
        "Formula (19) uses squared norms, in the numerator and in the denominator."),
    row("3c", "check-only-below-squared", "chequeo_gradiente", check_only_below_squared,
        "En la fórmula (19) la norma del numerador también va al cuadrado.",
        "In formula (19) the norm in the numerator is squared as well."),
    row("3c", "check-only-above-squared", "chequeo_gradiente", check_only_above_squared,
        "En la fórmula (19) las normas del denominador también van al cuadrado.",
        "In formula (19) the norms in the denominator are squared as well."),
    row("3c", "check-perturbs-nothing", "chequeo_gradiente", check_perturbs_nothing,
        "Las dos pérdidas salen iguales: lo que se mueve en epsilon es una copia, no el parámetro de la red.",
        "Both losses are the same: what you move by epsilon is a copy, not the network's parameter."),
    row("3c", "check-without-ratio", "chequeo_gradiente", check_without_ratio,
        "Falta dividir por las normas: el error que se pide es relativo.",
        "The division by the norms is missing: the error that is asked for is relative."),
    row("3c", "check-distance", "chequeo_gradiente", check_distance,
        "Eso es la distancia entre los dos gradientes: el error que se pide es relativo, con las normas al cuadrado.",
        "That is the distance between the two gradients: the error that is asked for is relative, with squared norms."),
    row("3c", "check-largest-gap", "chequeo_gradiente", check_largest_gap,
        "Se retorna la mayor diferencia: se pide un solo error relativo de todos los parámetros, el de la fórmula (19).",
        "The largest gap is returned: one relative error of all parameters is asked for, that of formula (19)."),
    row("3c", "check-mean-gap", "chequeo_gradiente", check_mean_gap,
        "Se retorna la diferencia promedio: se pide el error relativo de la fórmula (19).",
        "The mean gap is returned: the relative error of formula (19) is asked for."),
    row("3c", "check-one-norm", "chequeo_gradiente", check_one_norm,
        "El denominador suma las dos normas: falta la del gradiente aproximado.",
        "The denominator sums both norms: that of the approximate gradient is missing."),
    row("3c", "check-other-norm", "chequeo_gradiente", check_other_norm,
        "El denominador suma las dos normas: falta la del gradiente de backward.",
        "The denominator sums both norms: that of backward's gradient is missing."),
    row("3c", "check-norm-of-sum", "chequeo_gradiente", check_norm_of_sum,
        "El denominador es la suma de las normas, no la norma de la suma.",
        "The denominator is the sum of the norms, not the norm of the sum."),
    row("3c", "check-product-below", "chequeo_gradiente", check_product_below,
        "En el denominador las normas al cuadrado se suman, no se multiplican entre sí.",
        "In the denominator the squared norms are added, not multiplied."),
    row("3c", "check-inverted", "chequeo_gradiente", check_inverted,
        "La fracción está dada vuelta: con gradientes iguales el error debe ser 0.",
        "The fraction is upside down: with equal gradients the error should be 0."),
    row("3c", "check-sum-above", "chequeo_gradiente", check_sum_above,
        "En el numerador va la diferencia de los dos gradientes: o los sumas, o uno de ellos tiene el signo al revés.",
        "The numerator has the difference of the two gradients: either you add them, or one of them has the wrong sign."),
    row("3c", "check-with-itself", "chequeo_gradiente", check_with_itself,
        "El error da 0 aunque el gradiente esté mal: estás comparando un gradiente consigo mismo.",
        "The error is 0 even if the gradient is wrong: a gradient is compared with itself."),
    row("3c", "check-half-quotient", "chequeo_gradiente", check_half_quotient,
        "Una de las dos pérdidas se calcula con el parámetro sin mover: al bajar hay que partir del valor original.",
        "One of the two losses is computed without moving the parameter: when going down, start from the original value."),
)  # fmt: skip
