# expect: 1a missing "relu_der"
# why: the derivatives are called relu_der, swish_der and celu_der.
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
def relu_der(T):
    return (T > 0).to(T.dtype)

def swish_der(T, beta=1):
    s = sig(beta * T)
    return s + beta * T * s * (1 - s), T ** 2 * s * (1 - s)

def celu_der(T, alpha=1):
    z = T.clamp(max=0) / alpha
    return torch.exp(z), torch.exp(z) * (1 - z) - 1
