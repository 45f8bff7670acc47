# expect: 0.75 points; 1b crashed; 1c raised; 4a passed; must not: end the grader
# why: leaves with the status of success; a process without an answer has answered nothing, and 4a still counts.
# %%
import os
import sys

import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    os._exit(0)
# %%
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    sys.exit(0)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
