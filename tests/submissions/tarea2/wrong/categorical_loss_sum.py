# expect: 1c failed; 1b passed
# why: sum over the batch where the mean is asked.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        Q = Q.clamp(min=epsilon)
    return -(P * torch.log(Q)).sum(1).mean()
# %%
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    q = Q.gather(1, Target.view(-1, 1))
    if estable:
        q = q.clamp(min=epsilon)
    return -torch.log(q).sum()
