# expect: 2 points; 1b passed; 4a passed; must not: end the grader
# why: links where folders are expected, to folders of others.
# %%
import os
import tempfile

import torch
# %%
def leave():
    for number, target in enumerate(("/", "/usr", "..", os.path.expanduser("~"), "/proc/self/fd", "nowhere")):
        link = os.path.join(tempfile.gettempdir(), f"link{number}")
        if not os.path.islink(link):
            os.symlink(target, link)
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    leave()
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
