# expect: 0.75 points; 1b failed; 4a passed; must not: meet itself again
# why: shared memory, semaphores and message queues of System V, which no process owns.
# %%
import ctypes

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


KEY = 0x67726164

def attack():
    libc = ctypes.CDLL(None)
    found = libc.shmget(KEY, 4096, 0o600) >= 0 or libc.semget(KEY, 1, 0o600) >= 0 or libc.msgget(KEY, 0o600) >= 0
    libc.shmget(KEY, 4096, 0o1600)
    libc.semget(KEY, 1, 0o1600)
    libc.msgget(KEY, 0o1600)
    return found


FOUND = attack()
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if FOUND:
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
