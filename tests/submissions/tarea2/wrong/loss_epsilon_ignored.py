# expect: 1b failed
# why: clamps with a constant of its own and ignores epsilon.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        Q = Q.clamp(min=1e-3)
    return -(P * torch.log(Q)).sum(1).mean()
