# expect: 2a failed; 2b failed; 2c failed
# why: the variables are still None, as in the template.
# %%
import torch
# %%
B, C, dimL = 5, 10, 40
y, y_pred = torch.ones(B, C), torch.ones(B, C)
hL, U, c = torch.ones(B, dimL), torch.ones(dimL, C), torch.ones(C)
uLm1 = hL @ U + c
dL_duLm1 = None
# %%
dL_dU = None
dL_dc = None
dL_dhL = None
# %%
dimk, dimkm1 = 20, 30
hk, Wk, bk = torch.ones(B, dimk), torch.ones(dimk, dimkm1), torch.ones(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.ones(B, dimkm1)
dL_duk = None
dL_dWk = None
dL_dbk = None
dL_dhk = None
