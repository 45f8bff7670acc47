# expect: 0.75 points; 1b failed; 4a passed; must not: gain a capability
# why: the same by another door: a process that is born in its own namespaces.
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


NEW_USER, CLONE, CHILD = 0x10000000, 56, 17  # x86-64

def attack():
    libc = ctypes.CDLL(None)
    pid = libc.syscall(CLONE, NEW_USER | CHILD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    if pid > 0:
        os.waitpid(pid, 0)
    return pid > 0
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
