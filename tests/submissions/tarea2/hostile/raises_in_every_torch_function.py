# expect: 0.75 points; 1b failed; 4a passed; must not: end the grader
# why: a Tensor that raises whenever torch is asked to do anything with it.
# %%
import torch
# %%
class Touchy(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        raise KeyboardInterrupt(function)
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return torch.zeros(()).as_subclass(Touchy)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
