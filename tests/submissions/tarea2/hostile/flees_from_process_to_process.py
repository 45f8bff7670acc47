# expect: 0.75 points; 1b failed; 4a passed; must not: outlive its notebook
# why: a process that forks and leaves, again and again: who ends it by its number is always too late.
# %%
import contextlib
import os

import torch
# %%
def flee():
    if os.fork() == 0:
        with contextlib.suppress(OSError):
            os.setsid()
        os.closerange(0, 64)
        while True:
            if os.fork():
                os._exit(0)
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    flee()
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
