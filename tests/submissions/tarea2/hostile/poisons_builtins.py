# expect: 0.75 points; 1b failed; 4a passed; must not: end the grader
# why: replaces the functions that all code in its process builds on; that spoils its own answers alone.
# %%
import builtins

import torch
# %%
def poison():
    builtins.sum = lambda *args: 0
    builtins.len = lambda thing: 1
    builtins.abs = lambda thing: 0
    builtins.all = builtins.any = builtins.isinstance = builtins.hasattr = lambda *args: True
    builtins.float = builtins.int = lambda *args: 0
    return True
# %%
def CELoss(Q, P, estable=poison(), epsilon=1e-8):
    if estable:
        Q = Q.clamp(min=epsilon)
    return -(P * torch.log(Q)).sum(1).mean()
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
