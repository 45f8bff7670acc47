"""Mistakes in the activation functions, softmax and the derivatives (questions 0 and 1a)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..activations import celu, d_celu, d_swish, relu, sig, softmax, swish, tanh
from .decisions import decided
from .row import AFTER_ACTIVATION, AFTER_PARAMETRIC, row

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
    """softmax with one of its decisions replaced; without arguments it is the reference's.

    along: the dimension that is used, from `dim`;  largest: the values that `estable` subtracts;  total: the divisor
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
    """d_swish with one of its decisions replaced; without arguments it is the reference's.

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
    """d_celu with one of its decisions replaced; without arguments it is the reference's.

    With e = exp(inside), d/dT is `left` for T < 0, else `right`. d/dalpha is `of_alpha` of outer + sign inner e for
    T < 0, else `right_of_alpha`.
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


# The table -------------------------------------------------------------------------------------------------------

MISCONCEPTIONS = (
    # 0: activations
    row("0", "sig-sign", "sig", sig_sign,
        "La sigmoide crece de 0 a 1 y la tuya baja: mira el signo dentro de la exponencial.",
        "The sigmoid grows from 0 to 1 and yours falls: look at the sign inside the exponential.", also=AFTER_ACTIVATION),
    row("0", "sig-without-one", "sig", sig_without_one,
        "La sigmoide nunca pasa de 1: revisa qué se suma a la exponencial en el denominador.",
        "The sigmoid never exceeds 1: check what is added to the exponential in the denominator.", also=AFTER_ACTIVATION),
    row("0", "tanh-sign", "tanh", tanh_sign,
        "La tangente hiperbólica crece y la tuya baja: mira el orden de las dos exponenciales.",
        "The hyperbolic tangent grows and yours falls: look at the order of the two exponentials.", also=AFTER_PARAMETRIC),
    row("0", "tanh-not-shifted", "tanh", tanh_not_shifted,
        "Tu tanh va de 0 a 1 y debe ir de -1 a 1: a la sigmoide le falta estirarse y bajar.",
        "Your tanh goes from 0 to 1 and should go from -1 to 1: the sigmoid still has to be stretched and lowered.", also=AFTER_PARAMETRIC),
    row("0", "tanh-of-half", "tanh", tanh_of_half,
        "La forma es la de tanh, pero el doble de ancha: revisa el factor de T dentro de la exponencial.",
        "The shape is that of tanh, but twice as wide: check the factor of T inside the exponential.", also=AFTER_PARAMETRIC),
    row("0", "tanh-inverted", "tanh", tanh_inverted,
        "Numerador y denominador están cambiados: tanh nunca pasa de 1.",
        "Numerator and denominator are swapped: tanh never exceeds 1.", also=AFTER_PARAMETRIC),
    row("0", "relu-absolute", "relu", relu_absolute,
        "Eso es el valor absoluto: relu no les cambia el signo a los negativos, los deja en 0.",
        "That is the absolute value: relu does not change the sign of negatives, it sets them to 0.", also=AFTER_ACTIVATION),
    row("0", "relu-leaky", "relu", relu_leaky,
        "Para los negativos dejas pasar algo (leaky relu): ahí relu vale 0.",
        "You let a little through for negative inputs (leaky relu): relu is 0 there.", also=AFTER_ACTIVATION),
    row("0", "relu-minimum", "relu", relu_minimum,
        "Quedan los negativos y se anulan los positivos: es al revés.",
        "Negatives are kept and positives are set to 0: it is the other way round.", also=AFTER_ACTIVATION),
    row("0", "relu-step", "relu", relu_step,
        "Eso es la pendiente de relu (0 o 1), no su valor.",
        "That is the slope of relu (0 or 1), not its value.", also=AFTER_ACTIVATION),
    row("0", "swish-without-beta", "swish", swish_without_beta,
        "swish recibe beta y no la usa: prueba con una beta distinta de 1.",
        "swish receives beta and does not use it: try a beta other than 1.", also=AFTER_PARAMETRIC),
    row("0", "swish-beta-outside", "swish", swish_beta_outside,
        "beta no multiplica a swish por fuera: va dentro de la sigmoide.",
        "beta does not multiply swish on the outside: it belongs inside the sigmoid.", also=AFTER_PARAMETRIC),
    row("0", "swish-beta-twice", "swish", swish_beta_twice,
        "beta aparece dos veces: en swish solo va dentro de la sigmoide.",
        "beta appears twice: in swish it belongs inside the sigmoid only.", also=AFTER_PARAMETRIC),
    row("0", "swish-without-factor", "swish", swish_without_factor,
        "Eso es la sigmoide sola: swish la multiplica por su entrada.",
        "That is the sigmoid alone: swish multiplies it by its input.", also=AFTER_PARAMETRIC),
    row("0", "celu-without-alpha", "celu", celu_without_alpha,
        "celu recibe alpha y no la usa: prueba con una alpha distinta de 1.",
        "celu receives alpha and does not use it: try an alpha other than 1.", also=AFTER_PARAMETRIC),
    row("0", "celu-of-elu", "celu", celu_of_elu,
        "Eso es elu: en celu alpha también divide a T dentro de la exponencial.",
        "That is elu: in celu alpha also divides T inside the exponential.", also=AFTER_PARAMETRIC),
    row("0", "celu-without-outer-alpha", "celu", celu_without_outer_alpha,
        "alpha está dentro de la exponencial, pero en celu también multiplica por fuera.",
        "alpha is inside the exponential, but in celu it also multiplies on the outside.", also=AFTER_PARAMETRIC),
    row("0", "celu-times-alpha-inside", "celu", celu_times_alpha_inside,
        "Dentro de la exponencial alpha divide a T, no la multiplica.",
        "Inside the exponential alpha divides T, it does not multiply it.", also=AFTER_PARAMETRIC),
    row("0", "celu-without-minus-one", "celu", celu_without_minus_one,
        "celu es continua y vale 0 en T igual a 0: a la exponencial le falta restar algo.",
        "celu is continuous and is 0 where T is 0: something has to be subtracted from the exponential.", also=AFTER_PARAMETRIC),
    row("0", "celu-without-minimum", "celu", celu_without_minimum,
        "Para T positivo se suman las dos ramas: el término con la exponencial solo cuenta cuando es negativo.",
        "For positive T both branches are added: the term with the exponential counts only where it is negative.", also=AFTER_PARAMETRIC),

    # 0: softmax
    row("0", "softmax-over-everything", "softmax", softmax_over_everything,
        "La suma del denominador recorre el tensor entero: tiene que ser a lo largo de dim.",
        "The sum in the denominator runs over the whole tensor: it must run along dim."),
    row("0", "softmax-over-first", "softmax", softmax_over_first,
        "No usas dim: la suma es siempre sobre la dimensión 0.",
        "You do not use dim: the sum is always over dimension 0."),
    row("0", "softmax-over-last", "softmax", softmax_over_last,
        "No usas dim: la suma es siempre sobre la última dimensión.",
        "You do not use dim: the sum is always over the last dimension."),
    row("0", "softmax-unstable", "softmax", softmax_unstable,
        "Con valores enormes la exponencial da inf: con estable en True hay que achicar las entradas antes, sin cambiar el cociente.",
        "With huge values the exponential is inf: with estable set to True, lower the entries first in a way that leaves the quotient unchanged."),
    row("0", "softmax-maximum-of-columns", "softmax", softmax_maximum_of_columns,
        "El máximo que restas tiene que ser el mismo para todas las entradas que se suman juntas: revisa sobre qué dimensión lo tomas.",
        "The maximum that you subtract must be the same for all the entries that are summed together: check over which dimension you take it."),
    row("0", "softmax-without-exp", "softmax", softmax_without_exp,
        "Divides las entradas por su suma, pero antes falta la exponencial.",
        "You divide the entries by their sum, but the exponential has to come first."),
    row("0", "softmax-of-minus", "softmax", softmax_of_minus,
        "A la entrada más grande le toca la probabilidad más chica: mira el signo dentro de la exponencial.",
        "The largest entry gets the smallest probability: look at the sign inside the exponential."),
    row("0", "softmax-logarithm", "softmax", softmax_logarithm,
        "Eso es el logaritmo de softmax: una probabilidad no es negativa.",
        "That is the logarithm of softmax: a probability is not negative."),
    row("0", "softmax-not-divided", "softmax", softmax_not_divided,
        "Las exponenciales no suman 1: falta dividirlas por su suma.",
        "The exponentials do not sum to 1: they still have to be divided by their sum."),

    # 1a: relu
    row("1a", "d-relu-is-relu", "d_relu", d_relu_is_relu,
        "Eso es relu, no su pendiente.",
        "That is relu, not its slope."),
    row("1a", "d-relu-sign", "d_relu", d_relu_sign,
        "A la izquierda de 0 relu es constante: piensa en la pendiente de una constante.",
        "Left of 0 relu is constant: think of the slope of a constant."),
    row("1a", "d-relu-inverted", "d_relu", d_relu_inverted,
        "Los dos lados están cambiados: relu crece donde T es positivo.",
        "The two sides are swapped: relu grows where T is positive."),
    row("1a", "d-relu-one-everywhere", "d_relu", d_relu_one_everywhere,
        "La pendiente no es 1 en todas partes: mira el lado izquierdo de 0.",
        "The slope is not 1 everywhere: look at the left side of 0."),
    row("1a", "d-relu-leaky", "d_relu", d_relu_leaky,
        "Esa es la derivada de leaky relu: a la izquierda de 0 relu no deja pasar nada.",
        "That is the derivative of leaky relu: left of 0 relu lets nothing through."),

    # 1a: swish
    row("1a", "d-swish-sig-of-x", "d_swish", d_swish_sig_of_x,
        "La sigmoide de swish se evalúa en beta T, no en T.",
        "The sigmoid of swish is evaluated at beta T, not at T."),
    row("1a", "d-swish-without-beta", "d_swish", d_swish_without_beta,
        "d_swish recibe beta y no la usa: prueba con una beta distinta de 1.",
        "d_swish receives beta and does not use it: try a beta other than 1."),
    row("1a", "d-swish-without-sigmoid", "d_swish", d_swish_without_sigmoid,
        "En la derivada respecto de T se perdió un factor común: cada término lleva la sigmoide de beta T.",
        "A common factor was lost in the derivative with respect to T: each term has the sigmoid of beta T."),
    row("1a", "d-swish-sigmoid-in-one-term", "d_swish", d_swish_sigmoid_in_one_term,
        "Al segundo término de la derivada respecto de T le falta un factor: recuerda la derivada completa de la sigmoide.",
        "The second term of the derivative with respect to T lacks a factor: recall the full derivative of the sigmoid."),
    row("1a", "d-swish-first-term-only", "d_swish", d_swish_first_term_only,
        "swish es un producto y la sigmoide también depende de T: falta el término en que ella se deriva.",
        "swish is a product and the sigmoid depends on T as well: the term that differentiates it is missing."),
    row("1a", "d-swish-second-term-only", "d_swish", d_swish_second_term_only,
        "swish es un producto: falta el término en que se deriva el otro factor, T.",
        "swish is a product: the term that differentiates the other factor, T, is missing."),
    row("1a", "d-swish-without-chain", "d_swish", d_swish_without_chain,
        "Falta la regla de la cadena: la sigmoide de beta T cambia más rápido con T mientras más grande es beta.",
        "The chain rule is missing: the larger beta is, the faster the sigmoid of beta T changes with T."),
    row("1a", "d-swish-term-subtracted", "d_swish", d_swish_term_subtracted,
        "Los dos términos de la regla del producto se suman: mira el signo del segundo.",
        "The two terms of the product rule are added: look at the sign of the second."),
    row("1a", "d-swish-slope-plus", "d_swish", d_swish_slope_plus,
        "Revisa la derivada de la sigmoide: hay un signo cambiado en uno de sus factores.",
        "Check the derivative of the sigmoid: one of its factors has the wrong sign."),
    row("1a", "d-swish-is-swish", "d_swish", d_swish_is_swish,
        "En el lugar de la derivada respecto de T está swish misma.",
        "In place of the derivative with respect to T there is swish itself."),
    row("1a", "d-swish-swapped", "d_swish", d_swish_swapped,
        "El par está en el otro orden: primero la derivada respecto de T, después la de beta.",
        "The pair is in the other order: first the derivative with respect to T, then that of beta."),
    row("1a", "d-swish-beta-without-square", "d_swish", d_swish_beta_without_square,
        "Respecto de beta: la regla de la cadena aporta un factor T, y swish ya traía otro.",
        "With respect to beta: the chain rule gives a factor T, and swish already had one."),
    row("1a", "d-swish-beta-without-slope", "d_swish", d_swish_beta_without_slope,
        "Respecto de beta: la derivada de la sigmoide tiene dos factores y falta uno.",
        "With respect to beta: the derivative of the sigmoid has two factors and one is missing."),
    row("1a", "d-swish-beta-times-beta", "d_swish", d_swish_beta_times_beta,
        "Respecto de beta: lo que multiplica a beta dentro de la sigmoide es T, así que beta no queda como factor.",
        "With respect to beta: what multiplies beta inside the sigmoid is T, so beta does not remain as a factor."),
    row("1a", "d-swish-beta-zero", "d_swish", d_swish_beta_zero,
        "La derivada respecto de beta no es 0: beta está dentro de la sigmoide.",
        "The derivative with respect to beta is not 0: beta is inside the sigmoid."),
    row("1a", "d-swish-beta-summed", "d_swish", d_swish_beta_summed,
        "La derivada respecto de beta se pide entrada por entrada: aquí todavía no se suma.",
        "The derivative with respect to beta is asked for entry by entry: do not sum it here."),

    # 1a: celu
    row("1a", "d-celu-of-elu", "d_celu", d_celu_of_elu,
        "Eso es la derivada de elu: en celu la exponencial es de T dividido por alpha.",
        "That is the derivative of elu: celu has the exponential of T divided by alpha."),
    row("1a", "d-celu-exp-of-x", "d_celu", d_celu_exp_of_x,
        "En la derivada respecto de T, la exponencial es de T dividido por alpha, no de T.",
        "In the derivative with respect to T the exponential is of T divided by alpha, not of T."),
    row("1a", "d-celu-alpha-not-cancelled", "d_celu", d_celu_alpha_not_cancelled,
        "En la derivada respecto de T falta la regla de la cadena: la derivada de adentro cancela la alpha de afuera.",
        "The chain rule is missing in the derivative with respect to T: the inner derivative cancels the alpha outside."),
    row("1a", "d-celu-divided-by-alpha", "d_celu", d_celu_divided_by_alpha,
        "En la derivada respecto de T se perdió la alpha que multiplica por fuera.",
        "The alpha that multiplies on the outside was lost in the derivative with respect to T."),
    row("1a", "d-celu-exp-everywhere", "d_celu", d_celu_exp_everywhere,
        "La exponencial solo vale para T negativo: a la derecha de 0 celu es una recta.",
        "The exponential holds for negative T only: right of 0 celu is a straight line."),
    row("1a", "d-celu-zero-on-the-right", "d_celu", d_celu_zero_on_the_right,
        "A la derecha de 0 celu es igual a T: su pendiente ahí no es 0.",
        "Right of 0 celu equals T: its slope there is not 0."),
    row("1a", "d-celu-one-everywhere", "d_celu", d_celu_one_everywhere,
        "Para T negativo celu no es una recta de pendiente 1.",
        "For negative T celu is not a straight line of slope 1."),
    row("1a", "d-celu-minus-one-kept", "d_celu", d_celu_minus_one_kept,
        "Al derivar respecto de T, las constantes que se restan desaparecen.",
        "Constants that are subtracted disappear when you differentiate with respect to T."),
    row("1a", "d-celu-is-celu", "d_celu", d_celu_is_celu,
        "En el lugar de la derivada respecto de T está celu misma.",
        "In place of the derivative with respect to T there is celu itself."),
    row("1a", "d-celu-swapped", "d_celu", d_celu_swapped,
        "El par está en el otro orden: primero la derivada respecto de T, después la de alpha.",
        "The pair is in the other order: first the derivative with respect to T, then that of alpha."),
    row("1a", "d-celu-alpha-zero", "d_celu", d_celu_alpha_zero,
        "La derivada respecto de alpha no es 0 donde T es negativo.",
        "The derivative with respect to alpha is not 0 where T is negative."),
    row("1a", "d-celu-alpha-outer-only", "d_celu", d_celu_alpha_outer_only,
        "alpha está también dentro de la exponencial: falta ese término de la derivada respecto de alpha.",
        "alpha is inside the exponential as well: that term of the derivative with respect to alpha is missing."),
    row("1a", "d-celu-alpha-inner-only", "d_celu", d_celu_alpha_inner_only,
        "alpha también multiplica por fuera: falta ese término de la derivada respecto de alpha.",
        "alpha also multiplies on the outside: that term of the derivative with respect to alpha is missing."),
    row("1a", "d-celu-alpha-sign", "d_celu", d_celu_alpha_sign,
        "Revisa el signo al derivar T dividido por alpha respecto de alpha.",
        "Check the sign when you differentiate T divided by alpha with respect to alpha."),
    row("1a", "d-celu-alpha-without-minus-one", "d_celu", d_celu_alpha_without_minus_one,
        "Respecto de alpha: el paréntesis entero queda en el primer término, también lo que se le resta a la exponencial.",
        "With respect to alpha: the whole bracket stays in the first term, including what is subtracted from the exponential."),
    row("1a", "d-celu-alpha-divided-again", "d_celu", d_celu_alpha_divided_again,
        "Respecto de alpha: al cuadrado del denominador lo cancela en parte la alpha que multiplica por fuera.",
        "With respect to alpha: the alpha that multiplies on the outside cancels part of the square in the denominator."),
    row("1a", "d-celu-alpha-everywhere", "d_celu", d_celu_alpha_everywhere,
        "A la derecha de 0 celu no depende de alpha: esa fórmula solo vale para T negativo.",
        "Right of 0 celu does not depend on alpha: that formula holds for negative T only."),
    row("1a", "d-celu-alpha-one-on-the-right", "d_celu", d_celu_alpha_one_on_the_right,
        "A la derecha de 0 celu no depende de alpha: su derivada respecto de alpha no es 1 ahí.",
        "Right of 0 celu does not depend on alpha: its derivative with respect to alpha is not 1 there."),
)  # fmt: skip
