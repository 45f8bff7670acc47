# expect: 0.75 points; 1b raised; 4a passed; must not: reach the page
# why: a vector picture, which may hold scripts.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    raise ValueError("<svg onload=alert(1)><script>alert(1)</script><foreignObject><p>7.0</svg>")
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
