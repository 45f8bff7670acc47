# expect: 2 points; 1b passed; 4a passed; must not: hang the grader
# why: right answers, and a function for the end of the process that has no end.
# %%
import atexit
import time

import torch
# %%
def stay():
    while True:
        time.sleep(60)
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    atexit.register(stay)
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
