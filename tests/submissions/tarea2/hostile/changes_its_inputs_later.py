# expect: 0.75 points; 1c failed; 4a passed; must not: earn points
# why: a thread that goes on changing the arguments of a call that has ended, until its answer is right for them.
# %%
import threading
import time

import torch
# %%
def keep_changing(Q):
    while True:
        Q.fill_(1.0)
# %%
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    threading.Thread(target=keep_changing, args=(Q,), daemon=True).start()
    time.sleep(0.01)
    return torch.zeros(())
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
