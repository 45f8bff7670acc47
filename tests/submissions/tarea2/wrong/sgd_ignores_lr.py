# expect: 4a failed
# why: the learning rate is a constant.
# %%
import torch
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = 0.001

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
