# expect: 1c crashed; 4a passed
# why: a fork bomb (bounded at 200); all processes are ended, and the next call finds none of them.
# %%
import os
import time

import torch
# %%
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    try:
        for _ in range(200):
            if os.fork() == 0:
                os.setsid()
                time.sleep(600)
    except OSError:
        os.abort()  # an ordinary user's limit of processes
    time.sleep(600)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
