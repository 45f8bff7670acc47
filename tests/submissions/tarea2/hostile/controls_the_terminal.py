# expect: 0.75 points; 1b raised; 4a passed; must not: reach the page
# why: sequences that clear a terminal, set its title, and write over what stood there.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    print("\x1b[2J\x1b]0;owned\x07\x1b[1;1H1b passed")
    raise ValueError("\x1b[2J\x1b]0;owned\x07\x08\x08\x08passed \x9b2J")
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
