# expect: 0.75 points; 1b timed_out; 4a passed; must not: hang the grader
# why: stops its process for good, which is neither an end nor an answer.
# %%
import os
import signal

import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    os.kill(os.getpid(), signal.SIGSTOP)
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
