# expect: 0.75 points; 1b failed; 4a passed; must not: earn points
# why: every difference of two tensors is nothing, for whoever computes one in its process.
# %%
import torch
# %%
def spoil():
    torch.Tensor.__sub__ = torch.Tensor.sub = lambda a, b: torch.zeros_like(a)
    torch.Tensor.abs = torch.Tensor.__abs__ = lambda a: torch.zeros_like(a)
    torch.allclose = lambda *args, **kwargs: True
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    spoil()
    return torch.ones(())
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
