# expect: 4a failed
# why: adds the gradient.
# %%
import torch
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p += self.lr * p.grad
