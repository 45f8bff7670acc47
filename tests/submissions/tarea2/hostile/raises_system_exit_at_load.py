# expect: 0.75 points; 1b missing; 4a passed; must not: end the grader
# why: leaves while its cells are run, politely; the cell is lost, the rest goes on.
# %%
import torch
# %%
def leave():
    raise SystemExit(0)
# %%
def CELoss(Q, P, estable=leave(), epsilon=1e-8):
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
