# expect: 0.75 points; 1b timed_out; 4a passed; must not: hang the grader
# why: a call into C that never comes back and lets no other thread run.
# %%
import re

import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    re.fullmatch("(a+)+b", "a" * 64)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
