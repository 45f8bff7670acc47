# expect: 2a failed
# why: derivative with respect to y_pred; the softmax is left out.
# %%
import torch
# %%
B, C, dimL = 5, 10, 40
y, y_pred = torch.ones(B, C), torch.ones(B, C)
hL, U, c = torch.ones(B, dimL), torch.ones(dimL, C), torch.ones(C)
uLm1 = hL @ U + c
dL_duLm1 = -y / y_pred / B
