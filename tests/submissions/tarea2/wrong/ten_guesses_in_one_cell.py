# expect: 2c failed
# why: writes ten guesses for each variable into one cell; only the last one counts.
# %%
import torch

def sig(T):
    return 1 / (1 + torch.exp(-T))
# %%
hk, Wk, bk, dL_dhkm1 = torch.ones(5, 4), torch.ones(4, 3), torch.ones(3), torch.ones(5, 3)
uk = hk @ Wk + bk
# %%
dL_duk = dL_dhkm1 * (uk > 0)
dL_duk = dL_dhkm1 * torch.exp(uk.clamp(max=0))
dL_duk = dL_dhkm1 * (sig(uk) + uk * sig(uk) * (1 - sig(uk)))
dL_duk = dL_dhkm1 * uk
dL_dWk = hk.T @ (dL_dhkm1 * (uk > 0))
dL_dWk = hk.T @ (dL_dhkm1 * torch.exp(uk.clamp(max=0)))
dL_dWk = hk.T @ (dL_dhkm1 * (sig(uk) + uk * sig(uk) * (1 - sig(uk))))
dL_dWk = hk.T @ (dL_dhkm1 * uk)
dL_dbk = dL_dhkm1 * 0
dL_dhk = uk
