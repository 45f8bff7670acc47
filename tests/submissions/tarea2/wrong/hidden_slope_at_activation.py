# expect: 2c failed
# why: celu and swish derived at h = f(u) instead of u; relu cannot tell.
# %%
import torch
# %%
def sig(T):
    return 1 / (1 + torch.exp(-T))

def tanh(T):
    return 2 * sig(2 * T) - 1

def relu(T):
    return T.clamp(min=0)

def swish(T, beta=1):
    return T * sig(beta * T)

def celu(T, alpha=1):
    return T.clamp(min=0) + alpha * (torch.exp(T.clamp(max=0) / alpha) - 1)

def softmax(T, dim, estable=True):
    if estable:
        T = T - T.max(dim, keepdim=True).values
    e = torch.exp(T)
    return e / e.sum(dim, keepdim=True)
# %%
def d_relu(T):
    return (T > 0).to(T.dtype)

def d_swish(T, beta=1):
    s = sig(beta * T)
    return s + beta * T * s * (1 - s), T ** 2 * s * (1 - s)

def d_celu(T, alpha=1):
    z = T.clamp(max=0) / alpha
    return torch.exp(z), torch.exp(z) * (1 - z) - 1
# %%
B, C, dimL = 5, 10, 40
y, y_pred = torch.ones(B, C), torch.ones(B, C)
hL, U, c = torch.ones(B, dimL), torch.ones(dimL, C), torch.ones(C)
uLm1 = hL @ U + c
dimk, dimkm1 = 20, 30
hk, Wk, bk = torch.ones(B, dimk), torch.ones(dimk, dimkm1), torch.ones(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.ones(B, dimkm1)
dL_duk_relu = dL_dhkm1 * d_relu(relu(uk))
dL_dWk_relu = hk.T @ dL_duk_relu
dL_dbk_relu = dL_duk_relu.sum(0)
dL_dhk_relu = dL_duk_relu @ Wk.T

dL_duk_celu = dL_dhkm1 * d_celu(celu(uk))[0]
dL_dWk_celu = hk.T @ dL_duk_celu
dL_dbk_celu = dL_duk_celu.sum(0)
dL_dhk_celu = dL_duk_celu @ Wk.T

dL_duk_swish = dL_dhkm1 * d_swish(swish(uk))[0]
dL_dWk_swish = hk.T @ dL_duk_swish
dL_dbk_swish = dL_duk_swish.sum(0)
dL_dhk_swish = dL_duk_swish @ Wk.T
