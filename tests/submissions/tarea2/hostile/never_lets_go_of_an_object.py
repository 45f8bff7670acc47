# expect: 2 points; 1b passed; 4a passed; must not: hang the grader
# why: right answers, and an object whose destructor has no end.
# %%
import time

import torch
# %%
class Clinging:
    def __del__(self):
        while True:
            time.sleep(60)

KEPT = []
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    KEPT.append(Clinging())
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
