# expect: 0.75 points; 1b failed; 1c failed; 4a passed; must not: earn points
# why: complex numbers whose real part is right; it is refused by its name.
# %%
import torch
# %%
def right(Q, P):
    return -(P * torch.log(Q.clamp(min=1e-8))).sum(1).mean()
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return torch.complex(right(Q, P), torch.ones(()))

def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    return complex(0.0, float('nan'))
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
