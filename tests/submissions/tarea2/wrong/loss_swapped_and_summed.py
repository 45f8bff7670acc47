# expect: 1b failed "Q and P are swapped: the logarithm is of the prediction, which is the first argument."; 1b failed "The mean over the examples of the batch is asked for, not the sum."
# why: two mistakes in one function; neither alone gives these numbers.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        P = P.clamp(min=epsilon)
    return -(Q * torch.log(P)).sum()
