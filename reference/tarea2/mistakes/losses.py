"""Mistakes in the cross entropy (questions 1b and 1c)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..losses import CELoss
from .decisions import decided
from .row import row

Loss = Callable[..., Tensor]


def _bounded(Q: Tensor, estable: bool, epsilon: float) -> Tensor:
    return Q.clamp(min=epsilon) if estable else Q


def _unbounded(Q: Tensor, estable: bool, epsilon: float) -> Tensor:
    return Q


# 1b --------------------------------------------------------------------------------------------------------------


@decided
def cross_entropy(
    *,
    prediction: Callable[[Tensor, Tensor], Tensor] = lambda Q, P: Q,
    weights: Callable[[Tensor, Tensor], Tensor] = lambda Q, P: P,
    bounded: Callable[[Tensor, bool, float], Tensor] = _bounded,
    logarithm: Callable[[Tensor], Tensor] = torch.log,
    sign: float = -1.0,
    rows: slice = slice(None),
    total: Callable[[Tensor], Tensor] = lambda terms: terms.sum(1).mean(),
) -> Loss:
    """CELoss with one of its decisions replaced; without arguments it is the reference's.

    prediction: the argument of the logarithm, from Q and P;  weights: the factor of the logarithm
    bounded: the prediction with `estable` and `epsilon`;  rows: the rows that are counted
    total: the result from the terms (N, C)
    """

    def loss(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
        Q, P = Q[rows], P[rows]
        terms = weights(Q, P) * logarithm(bounded(prediction(Q, P), estable, epsilon))
        return sign * total(terms)

    return loss


CELoss_sum = cross_entropy(total=lambda terms: terms.sum())
CELoss_mean_of_all = cross_entropy(total=lambda terms: terms.mean())
CELoss_mean_over_classes = cross_entropy(total=lambda terms: terms.mean(1).sum())
CELoss_per_example = cross_entropy(total=lambda terms: terms.sum(1))
CELoss_per_class = cross_entropy(total=lambda terms: terms.mean(0))
CELoss_swapped = cross_entropy(prediction=lambda Q, P: P, weights=lambda Q, P: Q)
CELoss_sign = cross_entropy(sign=1.0)
CELoss_log_of_P = cross_entropy(prediction=lambda Q, P: P)
CELoss_log_of_product = cross_entropy(prediction=lambda Q, P: P * Q, weights=lambda Q, P: torch.ones_like(Q))
CELoss_without_P = cross_entropy(weights=lambda Q, P: torch.ones_like(Q))
CELoss_without_log = cross_entropy(logarithm=lambda q: q)
CELoss_base_2 = cross_entropy(logarithm=torch.log2)
CELoss_base_10 = cross_entropy(logarithm=torch.log10)
CELoss_softmax_again = cross_entropy(prediction=lambda Q, P: Q.softmax(1))
CELoss_largest_class_only = cross_entropy(weights=lambda Q, P: torch.eye(P.shape[1]).to(P)[P.argmax(1)])
CELoss_first_row = cross_entropy(rows=slice(1))
CELoss_last_row = cross_entropy(rows=slice(-1, None))
CELoss_never_stable = cross_entropy(bounded=_unbounded)
CELoss_always_stable = cross_entropy(bounded=lambda Q, estable, epsilon: _bounded(Q, True, epsilon))
CELoss_inverted = cross_entropy(bounded=lambda Q, estable, epsilon: _bounded(Q, not estable, epsilon))
CELoss_fixed_epsilon = cross_entropy(bounded=lambda Q, estable, epsilon: _bounded(Q, estable, 1e-8))
CELoss_bounded_above = cross_entropy(bounded=lambda Q, estable, epsilon: Q.clamp(max=epsilon) if estable else Q)


def CELoss_binary(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q, P, estable, epsilon) + CELoss(1 - Q, 1 - P, estable, epsilon)


def CELoss_divergence(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q, P, estable, epsilon) - CELoss(P, P, estable, epsilon)


def CELoss_squares(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return (Q - P).square().sum(1).mean()


def CELoss_labels_bounded(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -(_bounded(P, estable, epsilon) * torch.log(Q)).sum(1).mean()


def CELoss_logarithm_bounded(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -(P * _bounded(torch.log(Q), estable, epsilon)).sum(1).mean()


def CELoss_zeros_left_out(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    terms = P * torch.log(Q)
    return -(terms.where(epsilon < Q, 0.0) if estable else terms).sum(1).mean()


# 1c --------------------------------------------------------------------------------------------------------------


@decided
def categorical(
    *,
    prediction: Callable[[Tensor], Tensor] = lambda Q: Q,
    classes: Callable[[Tensor, Tensor], Tensor] = lambda Q, Target: Target,
    chosen: Callable[[Tensor, Tensor], Tensor] = lambda Q, Target: Q[torch.arange(len(Target)), Target],
    bounded: Callable[[Tensor, bool, float], Tensor] = _bounded,
    logarithm: Callable[[Tensor], Tensor] = torch.log,
    sign: float = -1.0,
    total: Callable[[Tensor, int], Tensor] = lambda terms, C: terms.mean(),
) -> Loss:
    """CategoricalCELoss with one of its decisions replaced; without arguments it is the reference's.

    chosen: the entries that count, from the prediction and the classes;  total: the result from the terms and C
    """

    def loss(Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
        q = bounded(chosen(prediction(Q), classes(Q, Target)), estable, epsilon)
        return sign * total(logarithm(q), Q.shape[1])

    return loss


CategoricalCELoss_sum = categorical(total=lambda terms, C: terms.sum())
CategoricalCELoss_mean_of_all = categorical(total=lambda terms, C: terms.mean() / C)
CategoricalCELoss_per_example = categorical(total=lambda terms, C: terms)
CategoricalCELoss_all_pairs = categorical(chosen=lambda Q, Target: Q[:, Target])
CategoricalCELoss_all_pairs_summed = categorical(
    chosen=lambda Q, Target: Q[:, Target], total=lambda terms, C: terms.sum(1).mean()
)
CategoricalCELoss_first_row = categorical(chosen=lambda Q, Target: Q[0, Target])
CategoricalCELoss_sign = categorical(sign=1.0)
CategoricalCELoss_without_log = categorical(logarithm=lambda q: q)
CategoricalCELoss_base_2 = categorical(logarithm=torch.log2)
CategoricalCELoss_of_the_prediction = categorical(classes=lambda Q, Target: Q.argmax(1))
CategoricalCELoss_from_one = categorical(classes=lambda Q, Target: Target - 1)
CategoricalCELoss_softmax_again = categorical(prediction=lambda Q: Q.softmax(1))
CategoricalCELoss_never_stable = categorical(bounded=_unbounded)

# The table -------------------------------------------------------------------------------------------------------

MISCONCEPTIONS = (
    # 1b
    row("1b", "celoss-sum", "CELoss", CELoss_sum,
        "Se pide el promedio sobre los ejemplos del lote, no la suma.",
        "The mean over the examples of the batch is asked for, not the sum."),
    row("1b", "celoss-mean-of-all", "CELoss", CELoss_mean_of_all,
        "El promedio es solo sobre los ejemplos: sobre las clases se suma.",
        "The mean is over the examples only: sum over the classes."),
    row("1b", "celoss-mean-over-classes", "CELoss", CELoss_mean_over_classes,
        "Suma y promedio están cambiados: se suma sobre las clases y se promedia sobre los ejemplos.",
        "Sum and mean are swapped: sum over the classes and average over the examples."),
    row("1b", "celoss-per-example", "CELoss", CELoss_per_example,
        "Queda una pérdida por ejemplo: falta juntarlas en un solo número.",
        "There is one loss per example: they still have to be combined into a single number."),
    row("1b", "celoss-per-class", "CELoss", CELoss_per_class,
        "Queda un número por clase: falta sumar sobre las clases.",
        "There is one number per class: the sum over the classes is missing."),
    row("1b", "celoss-sign", "CELoss", CELoss_sign,
        "La entropía cruzada no es negativa: mira el signo.",
        "Cross entropy is not negative: look at the sign."),
    row("1b", "celoss-swapped", "CELoss", CELoss_swapped,
        "Q y P están intercambiados: el logaritmo es de la predicción, que es el primer argumento.",
        "Q and P are swapped: the logarithm is of the prediction, which is the first argument."),
    row("1b", "celoss-log-of-p", "CELoss", CELoss_log_of_P,
        "Q no se usa: el logaritmo tiene que ser de la predicción.",
        "Q is not used: the logarithm must be of the prediction."),
    row("1b", "celoss-log-of-product", "CELoss", CELoss_log_of_product,
        "P multiplica al logaritmo desde afuera: no va dentro de él.",
        "P multiplies the logarithm from outside: it does not belong inside it."),
    row("1b", "celoss-without-p", "CELoss", CELoss_without_P,
        "P no se usa: cada logaritmo se pondera con la probabilidad verdadera de su clase.",
        "P is not used: each logarithm is weighted with the true probability of its class."),
    row("1b", "celoss-without-log", "CELoss", CELoss_without_log,
        "Falta el logaritmo de la predicción.",
        "The logarithm of the prediction is missing."),
    row("1b", "celoss-base-2", "CELoss", CELoss_base_2,
        "El logaritmo es el natural, no el de base 2.",
        "The logarithm is the natural one, not the one to base 2."),
    row("1b", "celoss-base-10", "CELoss", CELoss_base_10,
        "El logaritmo es el natural, no el de base 10.",
        "The logarithm is the natural one, not the one to base 10."),
    row("1b", "celoss-fixed-epsilon", "CELoss", CELoss_fixed_epsilon,
        "Acotas con un valor fijo: la cota es el argumento epsilon.",
        "Your bound is a fixed value: the bound is the argument epsilon."),
    row("1b", "celoss-binary", "CELoss", CELoss_binary,
        "Eso es la entropía cruzada binaria: con varias clases sobra el término con los complementos.",
        "That is the binary cross entropy: with several classes there is no term with the complements."),
    row("1b", "celoss-divergence", "CELoss", CELoss_divergence,
        "Eso es la divergencia de Kullback-Leibler: a la entropía cruzada no se le resta la entropía de P.",
        "That is the Kullback-Leibler divergence: the entropy of P is not subtracted from the cross entropy."),
    row("1b", "celoss-squares", "CELoss", CELoss_squares,
        "Eso es un error cuadrático: aquí se pide la entropía cruzada.",
        "That is a squared error: the cross entropy is asked for here."),
    row("1b", "celoss-softmax-again", "CELoss", CELoss_softmax_again,
        "Q ya tiene probabilidades: softmax no se aplica otra vez.",
        "Q already holds probabilities: softmax is not applied again."),
    row("1b", "celoss-largest-class-only", "CELoss", CELoss_largest_class_only,
        "Solo cuenta la clase más probable según P: si P no es one-hot, las demás también pesan.",
        "Only the class that P finds most probable counts: where P is not one-hot, the others count as well."),
    row("1b", "celoss-first-row", "CELoss", CELoss_first_row,
        "Solo se cuenta el primer ejemplo del lote.",
        "Only the first example of the batch is counted."),
    row("1b", "celoss-last-row", "CELoss", CELoss_last_row,
        "Solo se cuenta el último ejemplo del lote: cada vuelta del ciclo pisa a la anterior.",
        "Only the last example of the batch is counted: each iteration of the loop overwrites the one before."),
    row("1b", "celoss-never-stable", "CELoss", CELoss_never_stable,
        "Con una probabilidad 0 el logaritmo es infinito: con estable en True, Q no puede bajar de epsilon.",
        "With a probability of 0 the logarithm is infinite: with estable set to True, Q must not go below epsilon."),
    row("1b", "celoss-inverted", "CELoss", CELoss_inverted,
        "estable está al revés: se acota cuando es True.",
        "estable is inverted: Q is bounded when estable is True."),
    row("1b", "celoss-always-stable", "CELoss", CELoss_always_stable,
        "Con estable en False no se acota Q: no estás usando ese argumento.",
        "With estable set to False Q is not bounded: you are not using that argument."),
    row("1b", "celoss-bounded-above", "CELoss", CELoss_bounded_above,
        "epsilon es una cota por abajo, y la tuya es por arriba: casi todo queda igual a epsilon.",
        "epsilon is a bound from below and yours is from above: nearly everything becomes epsilon."),
    row("1b", "celoss-labels-bounded", "CELoss", CELoss_labels_bounded,
        "Se acota P, pero el que entra al logaritmo es Q.",
        "P is bounded, but the logarithm is of Q."),
    row("1b", "celoss-logarithm-bounded", "CELoss", CELoss_logarithm_bounded,
        "Se acota el resultado del logaritmo, que es negativo: la cota va en su entrada.",
        "The result of the logarithm, which is negative, is bounded: the bound belongs on its input."),
    row("1b", "celoss-zeros-left-out", "CELoss", CELoss_zeros_left_out,
        "Los términos con probabilidad 0 quedan fuera: una clase correcta con probabilidad 0 tiene que costar caro.",
        "Terms with probability 0 are left out: a right class with probability 0 must cost a lot."),

    # 1c
    row("1c", "categorical-sum", "CategoricalCELoss", CategoricalCELoss_sum,
        "Se pide el promedio sobre los ejemplos del lote, no la suma.",
        "The mean over the examples of the batch is asked for, not the sum."),
    row("1c", "categorical-mean-of-all", "CategoricalCELoss", CategoricalCELoss_mean_of_all,
        "El promedio es sobre los ejemplos: también dividiste por el número de clases.",
        "The mean is over the examples: you divided by the number of classes as well."),
    row("1c", "categorical-per-example", "CategoricalCELoss", CategoricalCELoss_per_example,
        "Queda una pérdida por ejemplo: falta juntarlas en un solo número.",
        "There is one loss per example: they still have to be combined into a single number."),
    row("1c", "categorical-all-pairs", "CategoricalCELoss", CategoricalCELoss_all_pairs,
        "Se cruzan todas las filas con todas las etiquetas: a cada fila le toca solo la suya.",
        "Every row is paired with every label: each row has its own label."),
    row("1c", "categorical-all-pairs-summed", "CategoricalCELoss", CategoricalCELoss_all_pairs_summed,
        "De cada fila se toman las etiquetas de todo el lote: a cada fila le toca solo la suya.",
        "The labels of the whole batch are taken from each row: each row has its own label."),
    row("1c", "categorical-first-row", "CategoricalCELoss", CategoricalCELoss_first_row,
        "Todas las etiquetas se buscan en la primera fila: cada fila tiene la suya.",
        "All labels are looked up in the first row: each label has its own row."),
    row("1c", "categorical-sign", "CategoricalCELoss", CategoricalCELoss_sign,
        "La entropía cruzada no es negativa: mira el signo.",
        "Cross entropy is not negative: look at the sign."),
    row("1c", "categorical-without-log", "CategoricalCELoss", CategoricalCELoss_without_log,
        "Falta el logaritmo de la probabilidad elegida.",
        "The logarithm of the chosen probability is missing."),
    row("1c", "categorical-base-2", "CategoricalCELoss", CategoricalCELoss_base_2,
        "El logaritmo es el natural, no el de base 2.",
        "The logarithm is the natural one, not the one to base 2."),
    row("1c", "categorical-of-the-prediction", "CategoricalCELoss", CategoricalCELoss_of_the_prediction,
        "Se toma la clase que la red prefiere: tiene que ser la de la etiqueta.",
        "The class that the network prefers is taken: it must be the label's class."),
    row("1c", "categorical-from-one", "CategoricalCELoss", CategoricalCELoss_from_one,
        "Las etiquetas parten de 0: se está tomando la clase anterior.",
        "Labels start from 0: the class before the right one is taken."),
    row("1c", "categorical-softmax-again", "CategoricalCELoss", CategoricalCELoss_softmax_again,
        "Q ya tiene probabilidades: softmax no se aplica otra vez.",
        "Q already holds probabilities: softmax is not applied again."),
    row("1c", "categorical-never-stable", "CategoricalCELoss", CategoricalCELoss_never_stable,
        "Con una probabilidad 0 el logaritmo es infinito: con estable en True, Q no puede bajar de epsilon.",
        "With a probability of 0 the logarithm is infinite: with estable set to True, Q must not go below epsilon."),
)  # fmt: skip
