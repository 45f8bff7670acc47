# expect: 0.75 points; 1b raised; 4a passed; must not: reach the page
# why: a style that hides the page and shows full points.
# %%
import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    raise ValueError("</pre><style>body{display:none}html:after{content:'7.0'}</style><link rel=stylesheet href=//x>")
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
