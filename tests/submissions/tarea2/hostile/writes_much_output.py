# expect: 2 points; 1b passed; 4a passed; must not: flood the output
# why: 32 MB to stdout and as much to a file in each call; output and disk are bounded, and right answers still count.
# %%
import os
import tempfile

import torch
# %%
LINE = b"passed 1.25/1.25\n" * (1 << 14)

def write():
    for _ in range(128):
        os.write(1, LINE)
    try:
        with open(os.path.join(tempfile.gettempdir(), "much"), "wb") as file:
            for _ in range(128):
                file.write(LINE)
    except OSError:
        pass
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    write()
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
