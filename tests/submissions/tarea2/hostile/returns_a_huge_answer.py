# expect: 0.75 points; 1b failed; must not: earn points
# why: as large as an answer may be, then as many parts as it may have.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return torch.full((56 << 18,), float("nan"))
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
