# expect: 2 points; 4a passed; must not: flood the output
# why: 64 MB of errors, which are shown to people, after the other stream has been closed.
# %%
import os

import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    os.close(1)
    for _ in range(1024):
        os.write(2, b"error" * (1 << 14))
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
