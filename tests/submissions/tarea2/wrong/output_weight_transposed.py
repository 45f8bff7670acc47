# expect: 2b failed; 2a passed
# why: dL_dU comes out as (C, dimL).
# %%
import torch
# %%
B, C, dimL = 5, 10, 40
y, y_pred = torch.ones(B, C), torch.ones(B, C)
hL, U, c = torch.ones(B, dimL), torch.ones(dimL, C), torch.ones(C)
uLm1 = hL @ U + c
dL_duLm1 = (y_pred - y) / B
# %%
dL_dU = dL_duLm1.T @ hL
dL_dc = dL_duLm1.sum(0)
dL_dhL = dL_duLm1 @ U.T
