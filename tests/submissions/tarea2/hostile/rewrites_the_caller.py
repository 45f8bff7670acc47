# expect: 0.75 points; 1b failed; 4a passed; must not: earn points
# why: goes up the frames and puts functions that agree in place of those that judge.
# %%
import sys

import torch
# %%
def spoil():
    frame = sys._getframe()
    while frame is not None:
        for name in list(frame.f_globals):
            if any(word in name.lower() for word in ("equal", "compare", "judge", "check", "assert", "close", "_same")):
                frame.f_globals[name] = lambda *args, **kwargs: True
        frame = frame.f_back
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    spoil()
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
