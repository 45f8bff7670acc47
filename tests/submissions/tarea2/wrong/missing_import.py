# expect: 1b raised "math"; 4a passed
# why: math is used and never imported.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    total = 0
    for q, p in zip(Q, P):
        for a, b in zip(q, p):
            total -= b * math.log(max(a, epsilon) if estable else a)
    return total / len(Q)
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
