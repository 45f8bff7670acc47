# expect: 0.75 points; 1b out_of_memory; 4a passed; must not: hold 3 GB
# why: each of its processes is within the limit, all of them together are not.
# %%
import os
import time

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


SIZE = 3 << 30

def attack():
    ready, done = os.pipe()
    for _ in range(12):
        if os.fork() == 0:
            kept = b"x" * (SIZE // 12)
            os.write(done, b".")
            time.sleep(600)
            os._exit(len(kept) > 0)
    for _ in range(12):
        os.read(ready, 1)
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
