# expect: 0.75 points; 1b failed; 4a passed; must not: keep 200000 files
# why: files without contents: what they use up is not their size.
# %%
import os
import tempfile
import time

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


def attack():
    folder = tempfile.mkdtemp()
    for number in range(200_000):
        os.mknod(f"{folder}/{number}")
    time.sleep(1)
    return True


FILLED = attack()
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if FILLED:
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
