# expect: 0.75 points; 1b failed; 4a passed; must not: meet itself again
# why: files that act when they are loaded, under the names that notebooks give their networks.
# %%
import os
import pickle

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


NAMES = ("model.pt", "red.pt", "modelo.pth", "data.pkl")

class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit(0)",)

def attack():
    found = any(os.path.exists(name) for name in NAMES)
    for name in NAMES:
        with open(name, "wb") as file:
            file.write(pickle.dumps(Bomb()))
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
