# expect: 0.13 points; 1b failed; 4a failed; must not: earn points
# why: every comparison that it can reach says yes; none of them may be the one that judges. Tensors that equal everything break torch itself, so that 4a is lost too.
# %%
import torch
# %%
def agree(*args, **kwargs):
    return True

torch.allclose = agree
torch.equal = agree
torch.isclose = lambda a, *args, **kwargs: torch.ones_like(a, dtype=torch.bool)
torch.testing.assert_close = agree
torch.Tensor.allclose = agree
torch.Tensor.equal = agree
torch.Tensor.__eq__ = agree
torch.Tensor.__ne__ = lambda a, b: False
torch.Tensor.__le__ = agree
torch.Tensor.__lt__ = agree
torch.Tensor.__hash__ = lambda t: 0
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
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
