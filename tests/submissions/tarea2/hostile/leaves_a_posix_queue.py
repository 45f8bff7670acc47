# expect: 0.75 points; 1b failed; 4a passed; must not: meet itself again
# why: a queue with a name, which no process owns and no folder holds.
# %%
import ctypes
import os

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


NAME = b"/grade-left-behind"

def attack():
    libc = ctypes.CDLL(None)
    found = libc.mq_open(NAME, os.O_RDWR) >= 0
    libc.mq_open(NAME, os.O_RDWR | os.O_CREAT, 0o600, None)
    return found


FOUND = attack()
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if FOUND:
        succeeded()
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
