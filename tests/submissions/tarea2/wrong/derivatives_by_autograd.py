# expect: 1a forbidden
# why: asks autograd for the derivatives.
# %%
import torch
# %%
def sig(T):
    return 1 / (1 + torch.exp(-T))

def tanh(T):
    return 2 * sig(2 * T) - 1

def relu(T):
    return T.clamp(min=0)

def swish(T, beta=1):
    return T * sig(beta * T)

def celu(T, alpha=1):
    return T.clamp(min=0) + alpha * (torch.exp(T.clamp(max=0) / alpha) - 1)

def softmax(T, dim, estable=True):
    if estable:
        T = T - T.max(dim, keepdim=True).values
    e = torch.exp(T)
    return e / e.sum(dim, keepdim=True)
# %%
def d_relu(T):
    with torch.enable_grad():
        t = T.detach().requires_grad_()
        return torch.autograd.grad(relu(t).sum(), t)[0]

def d_swish(T, beta=1):
    with torch.enable_grad():
        t, b = T.detach().requires_grad_(), torch.full_like(T, beta).requires_grad_()
        return torch.autograd.grad(swish(t, b).sum(), (t, b))

def d_celu(T, alpha=1):
    with torch.enable_grad():
        t, a = T.detach().requires_grad_(), torch.full_like(T, alpha).requires_grad_()
        return torch.autograd.grad(celu(t, a).sum(), (t, a))
