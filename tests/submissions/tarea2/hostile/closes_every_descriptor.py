# expect: 0.75 points; 1b crashed; 4a passed; must not: end the grader
# why: hangs up in the middle of a call; that is an end, not a wait.
# %%
import os

import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    os.closerange(0, 1 << 16)
    return torch.zeros(())
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
