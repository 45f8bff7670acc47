# expect: 0.75 points; 1b failed; 4a passed; must not: change its parent
# why: limits, priority and processors of a process that it belongs to, not of its own.
# %%
import os
import resource

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


def attack():
    parent = os.getppid()
    try:
        before = resource.prlimit(parent, resource.RLIMIT_CORE)
        resource.prlimit(parent, resource.RLIMIT_NOFILE, (64, 64))
        resource.prlimit(parent, resource.RLIMIT_CORE, (0, 0))
        os.setpriority(os.PRIO_PROCESS, parent, 19)
    except OSError:
        return False
    return before is not None
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
