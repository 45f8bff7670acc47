# expect: 2 points; 1b passed; must not: change the next
# why: changes every setting of torch in the middle of a call; it counts if it is right, and the reference sees nothing.
# %%
import locale
import os
import random

import torch
# %%
def disturb():
    torch.set_default_dtype(torch.float16)
    torch.manual_seed(10)
    random.seed(10)
    torch.set_num_threads(64)
    torch.set_grad_enabled(False)
    torch.set_printoptions(precision=1)
    torch.set_flush_denormal(True)
    locale.setlocale(locale.LC_ALL, "C")
    os.umask(0o777)
    os.environ["PYTHONHASHSEED"] = "10"
    os.chdir("/")
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    disturb()
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
