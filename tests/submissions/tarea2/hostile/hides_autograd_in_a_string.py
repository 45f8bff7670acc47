# expect: 0.75 points; 1a forbidden; 4a passed; must not: earn points
# why: autograd in code that is made from text, outside of any cell; 1a asks for derivatives by hand.
# %%
import torch
# %%
TEXT = """
import torch
def slope(f, T, *more):
    inputs = [t.detach().clone().requires_grad_() for t in (T, *(torch.full_like(T, m) for m in more))]
    with torch.enable_grad():
        return getattr(torch, "auto" + "grad").grad(f(*inputs).sum(), inputs)
"""

def made():
    names = {}
    exec(TEXT, names)
    return names["slope"]


slope = made()
# %%
def d_relu(T):
    return slope(lambda t: t.clamp(min=0), T)[0]

def d_swish(T, beta=1):
    return slope(lambda t, b: t / (1 + torch.exp(-b * t)), T, beta)

def d_celu(T, alpha=1):
    celu = lambda t, a: t.clamp(min=0) + (a * (torch.exp(t / a) - 1)).clamp(max=0)
    return slope(celu, T, alpha)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
