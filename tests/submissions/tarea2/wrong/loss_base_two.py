# expect: 1b failed
# why: logarithm to base 2: off by the factor 1 / ln 2.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        Q = Q.clamp(min=epsilon)
    return -(P * torch.log2(Q)).sum(1).mean()
