# expect: 1b failed
# why: no clamp: 0 * log 0 is NaN.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return -(P * torch.log(Q)).sum(1).mean()
