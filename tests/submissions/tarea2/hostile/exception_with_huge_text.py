# expect: 0.75 points; 1b raised; 1c raised; 4a passed; must not: end the grader
# why: 16 MB of text with control characters, and a name as long; both are cut before they reach a page.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    raise ValueError("\x1b[2J\x00\ud800\u202e<script>" * (1 << 20))
# %%
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    raise type("E" * (1 << 22), (Exception,), {})("{name} %s {0}")
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
