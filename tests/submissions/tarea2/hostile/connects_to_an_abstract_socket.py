# expect: 0.75 points; 1b failed; 4a passed; must not: reach a service
# why: services of the machine that have no path.
# %%
import socket

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


PLACES = ("\0grade-hostile", "\0/tmp/.X11-unix/X0", "\0/tmp/dbus")

def attack():
    for place in PLACES:
        try:
            with socket.socket(socket.AF_UNIX) as knock:
                if knock.connect_ex(place) == 0:
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
