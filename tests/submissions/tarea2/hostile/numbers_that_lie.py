# expect: 0.75 points; 1b failed; 4a passed; must not: end the grader
# why: a number that agrees with whatever it is compared with, and takes part in no sum.
# %%
import torch
# %%
class Agreeable(float):
    def __eq__(self, other):
        return True

    def __float__(self):
        raise SystemExit

    def __abs__(self):
        return 0.0

    is_complex = lambda self: False
    to = lambda self, dtype: self
    __hash__ = float.__hash__
    __sub__ = __rsub__ = __add__ = __radd__ = __truediv__ = __gt__ = lambda self, other: False
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return Agreeable(7.0)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
