# expect: 0.75 points; 1b failed; 4a passed; must not: read secrets
# why: the environment, the memory and the open files of its parent, and its own environment.
# %%
import os

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


def attack():
    parent = os.getppid()
    if "TOKEN" in os.environ:
        return True
    for name in ("environ", "maps", "auxv", "cwd/.", "root/etc/passwd", "fdinfo/0"):
        try:
            with open(f"/proc/{parent}/{name}", "rb") as file:
                if file.read(1):
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
