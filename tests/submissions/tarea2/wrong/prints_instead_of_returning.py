# expect: 1b failed
# why: prints the loss and returns None.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        Q = Q.clamp(min=epsilon)
    print(-(P * torch.log(Q)).sum(1).mean())
