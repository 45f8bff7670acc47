# expect: 0.75 points; 1b failed; 1c failed; 4a passed; must not: run code where it is unpickled
# why: an object that says it is a tensor, a number, equal to all; its own code may not decide anything.
# %%
import torch
# %%
class Chameleon:
    """Whatever it is asked, it agrees."""

    def __init__(self, kind):
        self.kind = kind

    @property
    def __class__(self):
        return self.__dict__["kind"]

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def __len__(self):
        return 1 << 62

    def __float__(self):
        return 0.0

    def __int__(self):
        return 0

    def __bool__(self):
        return True

    def __iter__(self):
        return iter(["value", "passed"])

    def __getattr__(self, name):
        return Chameleon(object)

    def __reduce__(self):
        return exec, ("print('MARKER', flush=True); open('/tmp/marker', 'w').close()",)
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return Chameleon(torch.Tensor)

def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    return Chameleon(object)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
