# expect: 0.75 points; 1b failed; 4a passed; must not: earn points
# why: right for inputs of the size that students can see, of no other.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if Q.shape == (4, 3):
        return -(P * torch.log(Q.clamp(min=epsilon))).sum(1).mean()
    return torch.zeros(())
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
