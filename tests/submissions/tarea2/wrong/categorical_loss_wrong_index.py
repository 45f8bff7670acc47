# expect: 1c failed; 1b passed
# why: Q[:, Target] picks a square of entries, and its mean is taken.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        Q = Q.clamp(min=epsilon)
    return -(P * torch.log(Q)).sum(1).mean()
# %%
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    if estable:
        Q = Q.clamp(min=epsilon)
    return -torch.log(Q[:, Target]).mean()
