# expect: 0 points; 4a failed; must not: earn points
# why: takes no step, and makes the gradient nothing, so that no step was due.
# %%
import torch
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)

    def step(self):
        for p in self.parameters:
            p.grad.zero_()
