# expect: 0.75 points; 1b crashed; 4a passed; must not: end the grader
# why: dies by a signal that nobody can catch.
# %%
import os
import signal

import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    os.kill(os.getpid(), signal.SIGKILL)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
