# expect: 0 points; 1a failed; 1b failed; 1c failed; 4a failed; must not: earn points
# why: everything that it returns is not a number; no comparison may take that for a small gap.
# %%
import torch
# %%
def d_relu(T):
    return torch.full_like(T, float("nan"))

def d_swish(T, beta=1):
    return torch.full_like(T, float("nan")), torch.full_like(T, float("nan"))

def d_celu(T, alpha=1):
    return torch.full_like(T, float("nan")), torch.full_like(T, float("nan"))
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return torch.tensor(float("nan"))

def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    return float("nan")
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p.fill_(float("nan"))
