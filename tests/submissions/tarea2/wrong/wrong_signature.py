# expect: 1b raised; 4a raised
# why: CELoss takes one argument and SGD takes no learning rate.
# %%
import torch
# %%
def CELoss(y_hat):
    return -torch.log(y_hat).mean()
# %%
class SGD():
    def __init__(self, parameters):
        self.parameters = list(parameters)
        self.lr = 0.001

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
