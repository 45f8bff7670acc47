# expect: 1b failed
# why: takes the logarithm of P and weighs with Q.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        P = P.clamp(min=epsilon)
    return -(Q * torch.log(P)).sum(1).mean()
