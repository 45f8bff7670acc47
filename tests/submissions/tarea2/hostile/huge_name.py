# expect: 0.75 points; 1b failed; 4a passed; must not: end the grader
# why: a name longer than a file may have.
# handed in by: Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana Maximiliana 
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
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
