# expect: bce failed "N = 4 times the right one"; grad missing
# why: forgets to divide by the number of examples, and leaves a question out.
# %%
import torch


# %%
def bce(q, p):
    return -(p * torch.log(q) + (1 - p) * torch.log(1 - q)).sum()
