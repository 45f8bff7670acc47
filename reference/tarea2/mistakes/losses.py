"""Mistakes in the cross entropy (questions 1b and 1c)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..losses import CELoss
from .decisions import decided

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
    """CELoss with one of its decisions replaced; as it stands it is the reference's.

    prediction: what the logarithm is of, from Q and P;  weights: what multiplies it
    bounded: the prediction with `estable` and `epsilon`;  rows: those that are counted
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
    """CategoricalCELoss with one of its decisions replaced; as it stands it is the reference's.

    chosen: the entries of the prediction that count, from it and the classes;  total: the result from the terms and C
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
