# expect: 0.75 points; 1b failed; 4a passed; must not: meet itself again
# why: named memory and named semaphores, as multiprocessing makes them.
# %%
import os

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


PLACES = ("/dev/shm/left", "/dev/mqueue/left", "/run/lock/left", "/var/tmp/left", "/tmp/.left")

def attack():
    found = any(os.path.exists(place) for place in PLACES)
    for place in PLACES:
        try:
            with open(place, "w") as file:
                file.write("left")
        except OSError:
            pass
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
