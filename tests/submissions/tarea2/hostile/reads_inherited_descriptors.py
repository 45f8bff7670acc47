# expect: 0.75 points; 1b failed; 4a passed; must not: read what was left open
# why: files that whoever started it has left open.
# %%
import os

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


def attack():
    for descriptor in range(3, 256):
        try:
            if os.pread(descriptor, 1, 0):
                return True
        except OSError:
            pass
    return False
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
