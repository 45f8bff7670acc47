# expect: 0.75 points; 1b failed; 4a passed; must not: hang the grader
# why: a stopped parent waits for ever, and so does who waits for it.
# %%
import os
import signal
import time

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


def attack():
    parent = os.getppid()
    try:
        os.kill(parent, signal.SIGSTOP)
        time.sleep(0.1)
        with open(f"/proc/{parent}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "T"
    except OSError:
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
