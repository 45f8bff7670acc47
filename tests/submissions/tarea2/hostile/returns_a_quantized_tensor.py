# expect: 0.75 points; 1b failed; 4a passed; must not: end the grader
# why: numbers that have no bytes of their own.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return torch.quantize_per_tensor(torch.zeros(4, 3), 0.1, 10, torch.quint8)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
