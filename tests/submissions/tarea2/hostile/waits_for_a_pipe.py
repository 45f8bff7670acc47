# expect: 0.75 points; 1b timed_out; 4a passed; must not: hang the grader
# why: opens a pipe that it has made and that nobody will write to.
# %%
import os
import tempfile

import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    path = os.path.join(tempfile.gettempdir(), "pipe")
    os.mkfifo(path)
    return open(path).read()
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
