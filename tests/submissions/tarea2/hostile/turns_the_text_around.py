# expect: 0.75 points; 1b raised; 4a passed; must not: reach the page
# why: marks that turn the direction of what follows, so that 0.1 reads as something else.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    raise ValueError("\u202e0.7/0.7 \u2066passed\u2069")
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
