# expect: 0.75 points; 1b timed_out; 4a passed; must not: hang the grader
# why: sleeps through its time, deaf to the signals that it can be deaf to; the other questions go on.
# %%
import signal
import time

import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(3600)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
