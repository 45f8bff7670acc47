# expect: 1b timed_out; 4a passed
# why: the counter of the loop is never moved.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    i, total = 0, 0
    while i < len(Q):
        total -= (P[i] * torch.log(Q[i].clamp(min=epsilon))).sum()
    return total / len(Q)
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
