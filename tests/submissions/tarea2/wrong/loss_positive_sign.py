# expect: 1b failed
# why: the minus is missing.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        Q = Q.clamp(min=epsilon)
    return (P * torch.log(Q)).sum(1).mean()
