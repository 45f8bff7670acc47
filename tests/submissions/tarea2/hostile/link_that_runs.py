# expect: 0.75 points; 1b raised; 4a passed; must not: reach the page
# why: links whose address is a program.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    raise ValueError("<a href='javascript:alert(1)'>details</a> [details](javascript:alert(1)) <base href='javascript:/'>")
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
