# expect: 0.75 points; 1b failed; 4a passed; must not: earn points
# why: is right once, and says the same for ever.
# %%
import torch
# %%
KEPT = []
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if not KEPT:
        KEPT.append(-(P * torch.log(Q.clamp(min=epsilon))).sum(1).mean())
    return KEPT[0]
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
