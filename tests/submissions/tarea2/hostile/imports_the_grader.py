# expect: 0.75 points; 1b failed; 4a passed; must not: earn points
# why: asks the modules of its process, by whatever name, for a function that gives the answer.
# %%
import sys

import torch
# %%
def harvested(Q, P):
    for module in list(sys.modules.values()):
        for name in ("cross_entropy", "CELoss", "reference_loss"):
            found = vars(module).get(name) if hasattr(module, "__dict__") else None
            if callable(found) and "torch" not in str(getattr(found, "__module__", "torch")) and found is not CELoss:
                return found(Q, P)
    return torch.zeros(())
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return harvested(Q, P)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
