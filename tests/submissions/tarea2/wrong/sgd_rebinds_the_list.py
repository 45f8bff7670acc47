# expect: 4a failed
# why: puts new tensors into its own list; the network keeps the old ones.
# %%
import torch
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def moved(self, p):
        new = torch.nn.Parameter(p - self.lr * p.grad)
        new.grad = p.grad
        return new

    def step(self):
        with torch.no_grad():
            self.parameters = [self.moved(p) for p in self.parameters]
