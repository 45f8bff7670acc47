# expect: 0.75 points; 1b failed; 4a passed; must not: meet itself again
# why: a key in the keyring of its user, which the kernel keeps.
# %%
import ctypes

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


ADD_KEY, KEYCTL = 248, 250  # x86-64
SEARCH, USER = 10, -4

def attack():
    libc = ctypes.CDLL(None)
    found = libc.syscall(KEYCTL, SEARCH, USER, b"user", b"left-behind", 0) >= 0
    libc.syscall(ADD_KEY, b"user", b"left-behind", b"x", 1, USER)
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
