# expect: 0.75 points; 1b failed; 4a passed; must not: hold 3 GB
# why: files in shared memory, deleted as soon as they are open.
# %%
import os

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


SIZE = 3 << 30

def attack():
    kept = []
    for number in range(SIZE >> 24):
        path = f"/dev/shm/{number}"
        kept.append(os.open(path, os.O_CREAT | os.O_RDWR))
        os.unlink(path)
        os.write(kept[-1], b"x" * (1 << 24))
    return True
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
