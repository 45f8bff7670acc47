# expect: 2a failed
# why: divides by the 5 of the statement instead of the batch size.
# %%
import torch
# %%
B, C, dimL = 5, 10, 40
y, y_pred = torch.ones(B, C), torch.ones(B, C)
hL, U, c = torch.ones(B, dimL), torch.ones(dimL, C), torch.ones(C)
uLm1 = hL @ U + c
dL_duLm1 = (y_pred - y) / 5
