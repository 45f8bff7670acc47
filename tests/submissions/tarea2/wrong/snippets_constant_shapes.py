# expect: 2a failed
# why: a tensor of zeros of the right shape: passes the statement's assert and nothing else.
# %%
import torch
# %%
B, C, dimL = 5, 10, 40
y, y_pred = torch.ones(B, C), torch.ones(B, C)
hL, U, c = torch.ones(B, dimL), torch.ones(dimL, C), torch.ones(C)
uLm1 = hL @ U + c
dL_duLm1 = torch.zeros_like(uLm1)
assert dL_duLm1.size() == uLm1.size()
