# expect: 0 forbidden
# why: sig and tanh call torch.sigmoid and the tensor method tanh.
# %%
import torch
# %%
def sig(T):
    return torch.sigmoid(T)

def tanh(T):
    return T.tanh()

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
