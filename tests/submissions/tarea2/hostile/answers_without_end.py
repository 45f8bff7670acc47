# expect: 0.75 points; 1b timed_out; 4a passed; must not: hang the grader
# why: a mapping that always has one more key.
# %%
import collections.abc

import torch
# %%
class Endless(collections.abc.Mapping):
    def __iter__(self):
        while True:
            yield "more"

    def __len__(self):
        return 1

    def __getitem__(self, key):
        return self

    def __repr__(self):
        return "".join("" for key in self)
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return Endless()
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
