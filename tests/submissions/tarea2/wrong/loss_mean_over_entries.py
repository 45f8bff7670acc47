# expect: 1b failed
# why: mean over all entries: divides by N * C.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        Q = Q.clamp(min=epsilon)
    return -(P * torch.log(Q)).mean()
