# expect: 0.75 points; 1b failed; 4a passed; must not: earn points
# why: tries all numbers that the collector knows of, and those of objects that hold them.
# %%
import gc
import sys

import torch
# %%
def held():
    frame = sys._getframe()
    while frame is not None:
        yield from list(frame.f_locals.values())
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing) in (list, tuple):
            yield from thing
        elif type(thing) is dict:
            yield from list(thing.values())

def harvested(inputs):
    for thing in held():
        if type(thing) is torch.Tensor and thing.dim() == 0 and not any(thing is t for t in inputs):
            return thing
    return torch.zeros(())
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return harvested((Q, P))
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
