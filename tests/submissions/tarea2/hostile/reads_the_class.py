# expect: 0.75 points; 1b failed; 4a passed; must not: read the work of others
# why: the submissions of others, and the notebook of the neighbour, from every folder that it can list.
# %%
import os

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


NAMES = {"neighbour_of_mine.py", "tarea2.ipynb", "grades.csv", "gradebook.sqlite"}
PLACES = (".", "../submissions", "../../submissions", "/tmp", "/home", "/var/tmp", "/srv", "/mnt")

def attack():
    for place in PLACES:
        for folder, _, files in os.walk(place):
            for name in files:
                if name in NAMES:
                    try:
                        with open(os.path.join(folder, name), "rb") as file:
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
