# expect: 0.75 points; 1b crashed; 4a passed; must not: end the grader
# why: replaces its process by a program that ends well.
# %%
import os

import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    os.execv("/bin/true", ["true"])
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
