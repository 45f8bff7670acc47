# expect: 0.75 points; 1b failed; 4a passed; must not: keep 100 processes
# why: a fork bomb, bounded: the last process says that all were started.
# %%
import contextlib
import os
import time

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


def attack():
    for _ in range(100):
        if os.fork() == 0:
            with contextlib.suppress(OSError):
                os.setsid()
            time.sleep(600)
            os._exit(0)
    time.sleep(1)
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
