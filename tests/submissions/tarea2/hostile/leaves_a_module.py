# expect: 0.75 points; 1b failed; 4a passed; must not: meet itself again
# why: names in modules that everyone imports, and a module of its own among them.
# %%
import builtins
import os
import sys
import types

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


def attack():
    found = hasattr(builtins, "left") or "left" in sys.modules or hasattr(torch, "left") or "LEFT" in os.environ
    builtins.left = torch.left = True
    sys.modules["left"] = types.ModuleType("left")
    os.environ["LEFT"] = os.environ["PYTHONSTARTUP"] = os.environ["PYTHONPATH"] = os.getcwd()
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
