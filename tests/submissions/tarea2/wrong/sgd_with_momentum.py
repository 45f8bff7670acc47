# expect: 4a failed
# why: momentum 0.9 left on.
# %%
import torch
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr
        self.v = [torch.zeros_like(p) for p in self.parameters]

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.parameters, self.v):
                v.mul_(0.9).add_(p.grad)
                p -= self.lr * v
