# expect: 0.75 points; 1b timed_out; 4a passed; must not: hang the grader
# why: a lock that it holds already, from a thread that nobody can end.
# %%
import threading

import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    lock = threading.Lock()
    with lock:
        lock.acquire()
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
