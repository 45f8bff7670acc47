# expect: 1b out_of_memory; 1c out_of_memory; 4a passed
# why: one tensor of a terabyte, and memory without end in pieces; neither may reach the memory of others.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return torch.ones(1 << 38).sum()
# %%
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    kept = []
    while True:
        kept.append(torch.empty(1 << 26))
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
