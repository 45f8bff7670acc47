# expect: 0.75 points; 1b crashed; 1c raised; 4a passed; must not: end the grader
# why: runs over the stack of C, and of Python; both end that call only.
# %%
import sys

import torch
# %%
class Endless:
    def __repr__(self):
        return repr(self)
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    sys.setrecursionlimit(1 << 30)
    return repr(Endless())
# %%
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    return CategoricalCELoss(Q, Target)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
