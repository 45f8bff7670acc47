# expect: 0.75 points; 1a failed; 1b failed; 1c failed; 4a passed; must not: earn points
# why: nothing differs where there is nothing to compare; an empty comparison is no pass.
# %%
import torch
# %%
def d_relu(T):
    return T[:0]

def d_swish(T, beta=1):
    return T[:0], T[:0]

def d_celu(T, alpha=1):
    return ()
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return torch.empty(0)

def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    return torch.empty(0, 1 << 40, 3)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
