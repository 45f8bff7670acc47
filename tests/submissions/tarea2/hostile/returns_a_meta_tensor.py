# expect: 0.75 points; 1b failed; 1c failed; 4a passed; must not: end the grader
# why: a tensor without entries, of any size at no cost; it is refused by its name.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return torch.empty((), device="meta")

def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    return torch.empty(10**6, 10**6, device="meta")
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
