# expect: 0.75 points; 1b raised; 1c raised; 4a passed; must not: end the grader
# why: an exception that cannot be shown, and one whose class lies about its name; describing them must not fail.
# %%
import torch
# %%
class Unspeakable(Exception):
    def __str__(self):
        raise SystemExit("no text")

    __repr__ = __format__ = __str__


class Nameless(type):
    @property
    def __name__(cls):
        raise ValueError("no name")

    def __instancecheck__(cls, instance):
        raise ValueError("no instance")


class Anonymous(Exception, metaclass=Nameless):
    def __str__(self):
        return Text("passed")


class Text(str):
    def __getitem__(self, key):
        raise ValueError("no characters")

    def __len__(self):
        return -1
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    raise Unspeakable
# %%
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    raise Anonymous
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
