# expect: 0.75 points; 1b raised; 4a passed; must not: reach the page
# why: text that a template engine, a format string and TeX would each compute.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    raise ValueError("{{ 7*7 }} {% include '/etc/passwd' %} {0.__class__} %s $\\href{javascript:alert(1)}{x}$ <svg/onload=alert(1)>")
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
