# expect: 4a missing
# why: the method is called update.
# %%
import torch
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def update(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
