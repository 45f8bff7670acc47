# expect: 1b raised; 4a passed
# why: the body of CELoss is not indented.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
return -(P * torch.log(Q.clamp(min=epsilon))).sum(1).mean()
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
