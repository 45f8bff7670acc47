# expect: 1b missing "ce_loss"
# why: the function is called ce_loss.
# %%
import torch
# %%
def ce_loss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        Q = Q.clamp(min=epsilon)
    return -(P * torch.log(Q)).sum(1).mean()
