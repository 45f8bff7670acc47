# expect: 4a failed
# why: range(len - 1): the last parameter never moves.
# %%
import torch
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters[:-1]:
                p -= self.lr * p.grad
