# expect: 0.75 points; 1b failed; 1c failed; 4a passed; must not: end the grader
# why: a Tensor whose every operation says yes; only the numbers inside it may count.
# %%
import torch
# %%
class Agreeable(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return True

    def __eq__(self, other):
        return True

    __le__ = __lt__ = __ge__ = __gt__ = allclose = equal = __eq__
    __hash__ = torch.Tensor.__hash__

    def __sub__(self, other):
        return torch.zeros(())

    __rsub__ = double = detach = cpu = numpy = item = __sub__
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return torch.zeros(()).as_subclass(Agreeable)

def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    return torch.zeros(3, 3).as_subclass(Agreeable)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
