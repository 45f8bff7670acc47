# expect: 0.75 points; 1b timed_out; 4a passed; must not: hang the grader
# why: a loop without end, and a handler for each signal that asks it to stop.
# %%
import signal

import torch
# %%
def deaf():
    for number in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, lambda *args: None)
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    deaf()
    while True:
        pass
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
