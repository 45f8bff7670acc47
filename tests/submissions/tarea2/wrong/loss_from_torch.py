# expect: 1b forbidden
# why: torch.nn.functional.nll_loss does the work.
# %%
import torch
# %%
import torch.nn.functional as F

def CELoss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        Q = Q.clamp(min=epsilon)
    return F.nll_loss(torch.log(Q), P.argmax(1))
