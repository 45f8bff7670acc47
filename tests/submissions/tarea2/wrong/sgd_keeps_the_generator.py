# expect: 4a failed "The second step does nothing: parameters may be a generator"
# why: keeps the generator of red.parameters(): the second step does nothing.
# %%
import torch
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.parameters = parameters
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
