"""Cross entropy between the network's distribution and the labels (questions 1b and 1c)."""

import torch


def CELoss(Q: torch.Tensor, P: torch.Tensor, estable: bool = True, epsilon: float = 1e-8) -> torch.Tensor:
    # Formulas (2) and (3), from Q and P (N, C). The bound on Q is there because 0 log 0 is NaN.
    if estable:
        Q = Q.clamp(min=epsilon)
    terms = P * torch.log(Q)
    return -terms.sum(dim=1).mean()


def CategoricalCELoss(
    Q: torch.Tensor, Target: torch.Tensor, estable: bool = True, epsilon: float = 1e-8
) -> torch.Tensor:
    # Only the entry of the right class counts: row i of P is 1 at Target[i], and 0 elsewhere.
    q = Q[torch.arange(len(Target)), Target]
    if estable:
        q = q.clamp(min=epsilon)
    terms = torch.log(q)
    return -terms.mean()
