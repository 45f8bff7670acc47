# expect: 0.75 points; 1b failed; 1c failed; 4a passed; must not: end the grader
# why: an exception that raises when it is touched at all, and one that says it is another; neither is an answer.
# %%
import torch
# %%
class Untouchable(Exception):
    def __getattribute__(self, name):
        raise KeyboardInterrupt(name)


class Pretender(Exception):
    __class__ = property(lambda self: MemoryError)
    __traceback__ = property(lambda self: [self])
    __cause__ = __context__ = property(lambda self: self)
    args = property(lambda self: self)
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    raise Untouchable
# %%
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    raise Pretender
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
