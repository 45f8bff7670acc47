# expect: 0.75 points; 1b failed; 4a passed; must not: end the grader
# why: one number that says it is 10**12 of them; a copy would be the end.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return torch.zeros(1).expand(10**6, 10**6)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
