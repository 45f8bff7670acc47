# expect: 2a passed; 2b passed; 2c failed "every entry is zero"
# why: right answers that change what they were given; one that is not answered.
# %%
import torch

B, C, dimL = 6, 4, 5
hL = torch.rand(B, dimL)
U, c = torch.rand(dimL, C), torch.rand(C)
uLm1 = hL @ U + c
y_pred = torch.exp(uLm1) / torch.exp(uLm1).sum(1, keepdim=True)
y = torch.eye(C)[torch.randint(C, (B,))]
# %%
y_pred[range(B), y.argmax(1)] -= 1
dL_duLm1 = y_pred / B
# %%
hL, U = hL.t(), U.t()
dL_dU = hL @ dL_duLm1
dL_dc = dL_duLm1.sum(0)
dL_dhL = dL_duLm1 @ U
# %%
dimk, dimkm1 = 4, 3
hk, Wk, bk = torch.rand(B, dimk), torch.rand(dimk, dimkm1), torch.rand(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.rand(B, dimkm1)
# %%
hk, Wk = hk.t(), Wk.t()
dL_duk_relu = dL_dhkm1 * (uk > 0)
dL_dWk_relu = hk @ dL_duk_relu
dL_dbk_relu = dL_duk_relu.sum(0)
dL_dhk_relu = dL_duk_relu @ Wk
dL_duk_celu = torch.zeros_like(uk)
