# expect: 0.75 points; 1b raised; 4a passed; must not: reach the page
# why: a script, a picture and a frame, in the text of what it raises and in its name.
# %%
import torch
# %%
MARKUP = "</pre></td><script>alert(1)</script><img src=x onerror=alert(1)><iframe srcdoc='<script>alert(1)</script>'>"
Error = type(MARKUP, (ValueError,), {})
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    print(MARKUP)
    raise Error(MARKUP)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
