"""Mistakes in the cross entropy (questions 1b and 1c)."""

from __future__ import annotations

import torch
from torch import Tensor

from ..losses import CategoricalCELoss, CELoss


def _bounded(Q: Tensor, estable: bool, epsilon: float) -> Tensor:
    return Q.clamp(min=epsilon) if estable else Q


# 1b --------------------------------------------------------------------------------------------------------------


def CELoss_sum(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q, P, estable, epsilon) * len(Q)


def CELoss_mean_of_all(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q, P, estable, epsilon) / Q.shape[1]


def CELoss_mean_over_classes(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -(P * torch.log(_bounded(Q, estable, epsilon))).mean(1).sum()


def CELoss_per_example(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -(P * torch.log(_bounded(Q, estable, epsilon))).sum(1)


def CELoss_per_class(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -(P * torch.log(_bounded(Q, estable, epsilon))).mean(0)


def CELoss_swapped(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(P, Q, estable, epsilon)


def CELoss_sign(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -CELoss(Q, P, estable, epsilon)


def CELoss_log_of_P(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(P, P, estable, epsilon)


def CELoss_log_of_product(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -torch.log(_bounded(P * Q, estable, epsilon)).sum(1).mean()


def CELoss_without_P(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -torch.log(_bounded(Q, estable, epsilon)).sum(1).mean()


def CELoss_without_log(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -(P * _bounded(Q, estable, epsilon)).sum(1).mean()


def CELoss_base_2(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -(P * torch.log2(_bounded(Q, estable, epsilon))).sum(1).mean()


def CELoss_base_10(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -(P * torch.log10(_bounded(Q, estable, epsilon))).sum(1).mean()


def CELoss_binary(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q, P, estable, epsilon) + CELoss(1 - Q, 1 - P, estable, epsilon)


def CELoss_divergence(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q, P, estable, epsilon) - CELoss(P, P, estable, epsilon)


def CELoss_squares(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return (Q - P).square().sum(1).mean()


def CELoss_softmax_again(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q.softmax(1), P, estable, epsilon)


def CELoss_largest_class_only(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CategoricalCELoss(Q, P.argmax(1), estable, epsilon)


def CELoss_first_row(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q[:1], P[:1], estable, epsilon)


def CELoss_last_row(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q[-1:], P[-1:], estable, epsilon)


def CELoss_never_stable(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q, P, False, epsilon)


def CELoss_always_stable(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q, P, True, epsilon)


def CELoss_inverted(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q, P, not estable, epsilon)


def CELoss_fixed_epsilon(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q, P, estable, 1e-8)


def CELoss_bounded_above(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -(P * torch.log(Q.clamp(max=epsilon) if estable else Q)).sum(1).mean()


def CELoss_labels_bounded(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -(_bounded(P, estable, epsilon) * torch.log(Q)).sum(1).mean()


def CELoss_logarithm_bounded(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -(P * _bounded(torch.log(Q), estable, epsilon)).sum(1).mean()


def CELoss_zeros_left_out(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    terms = P * torch.log(Q)
    return -(terms.where(epsilon < Q, 0.0) if estable else terms).sum(1).mean()


# 1c --------------------------------------------------------------------------------------------------------------


def _chosen(Q: Tensor, Target: Tensor, estable: bool, epsilon: float) -> Tensor:
    return _bounded(Q, estable, epsilon)[torch.arange(len(Target)), Target]


def CategoricalCELoss_sum(Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -torch.log(_chosen(Q, Target, estable, epsilon)).sum()


def CategoricalCELoss_mean_of_all(Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CategoricalCELoss(Q, Target, estable, epsilon) / Q.shape[1]


def CategoricalCELoss_per_example(Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -torch.log(_chosen(Q, Target, estable, epsilon))


def CategoricalCELoss_all_pairs(Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -torch.log(_bounded(Q, estable, epsilon)[:, Target]).mean()


def CategoricalCELoss_all_pairs_summed(
    Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8
) -> Tensor:
    return -torch.log(_bounded(Q, estable, epsilon)[:, Target]).sum(1).mean()


def CategoricalCELoss_first_row(Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -torch.log(_bounded(Q, estable, epsilon)[0, Target]).mean()


def CategoricalCELoss_sign(Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -CategoricalCELoss(Q, Target, estable, epsilon)


def CategoricalCELoss_without_log(Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -_chosen(Q, Target, estable, epsilon).mean()


def CategoricalCELoss_base_2(Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -torch.log2(_chosen(Q, Target, estable, epsilon)).mean()


def CategoricalCELoss_of_the_prediction(
    Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8
) -> Tensor:
    return CategoricalCELoss(Q, Q.argmax(1), estable, epsilon)


def CategoricalCELoss_from_one(Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CategoricalCELoss(Q, Target - 1, estable, epsilon)


def CategoricalCELoss_softmax_again(Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CategoricalCELoss(Q.softmax(1), Target, estable, epsilon)


def CategoricalCELoss_never_stable(Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CategoricalCELoss(Q, Target, False, epsilon)
