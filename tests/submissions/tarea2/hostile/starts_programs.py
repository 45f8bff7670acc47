# expect: 0.75 points; 1b failed; 4a passed; must not: keep 100 processes
# why: programs instead of forks, each in a session of its own.
# %%
import subprocess
import time

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


def attack():
    for _ in range(100):
        subprocess.Popen(["/bin/sleep", "600"], start_new_session=True)
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
