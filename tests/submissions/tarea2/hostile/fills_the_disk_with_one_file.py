# expect: 0.75 points; 1b failed; 4a passed; must not: write a file of 200 MB
# why: one file without end, deaf to the signal that ends it.
# %%
import os
import signal
import tempfile

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


def attack():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with open(os.path.join(tempfile.gettempdir(), "large"), "wb") as file:
            for _ in range(200):
                file.write(b"x" * (1 << 20))
    except OSError:
        return False
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
