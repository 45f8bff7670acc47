# expect: 0.75 points; 1b raised; 4a passed; must not: hang the grader
# why: asks whoever sits at the terminal; nobody does.
# %%
import sys

import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return torch.tensor(float(sys.stdin.readline()))
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
