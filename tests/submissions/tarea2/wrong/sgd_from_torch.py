# expect: 4a forbidden
# why: wraps torch.optim.SGD.
# %%
import torch
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.inner = torch.optim.SGD(parameters, lr=lr)

    def step(self):
        self.inner.step()
