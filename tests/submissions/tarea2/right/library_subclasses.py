# expect: full except 1c 3b 3c 4e (not attempted)
# why: FFNN is an nn.Sequential, its layers are subclasses of nn.Linear, RandomDataset is a TensorDataset whose items are named tuples, SGD is a dataclass.
# %%
from collections import namedtuple
from dataclasses import dataclass
from typing import Iterable

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
# %%
def sig(T: Tensor) -> Tensor:
    return 1 / (1 + torch.exp(-T))

def tanh(T: Tensor) -> Tensor:
    return torch.sinh(T) / torch.cosh(T)

def relu(T: Tensor) -> Tensor:
    return torch.fmax(T, torch.zeros_like(T))

def swish(T: Tensor, beta: float = 1) -> Tensor:
    return T * sig(beta * T)

def celu(T: Tensor, alpha: float = 1) -> Tensor:
    below = torch.fmin(T, torch.zeros_like(T))
    return (T - below) + alpha * (torch.exp(below / alpha) - 1)

def softmax(T: Tensor, dim: int, estable: bool = True) -> Tensor:
    shifted = T - torch.amax(T, dim=dim, keepdim=True) if estable else T
    return torch.exp(shifted - torch.logsumexp(shifted, dim=dim, keepdim=True))
# %% [markdown]
# ### 1a
# Write $\sigma=\sigma(\beta x)$, $z=\min(x,0)/\alpha$.
# $\;\mathrm{relu}'=[x>0]$,
# $\;\partial_x\mathrm{swish}=\sigma+\beta x\,\sigma(1-\sigma)$, $\;\partial_\beta\mathrm{swish}=x^2\sigma(1-\sigma)$,
# $\;\partial_x\mathrm{celu}=e^z$, $\;\partial_\alpha\mathrm{celu}=(1-z)e^z-1$.
# %%
Slopes = namedtuple('Slopes', 'dT dparameter')

def d_relu(T):
    return torch.ge(T, 0).to(T.dtype)

def d_swish(T, beta=1):
    s = sig(beta * T)
    return Slopes(dT=s * (1 + beta * T * (1 - s)), dparameter=T * T * s * (1 - s))

def d_celu(T, alpha=1):
    z = torch.fmin(T, torch.zeros_like(T)) / alpha
    return Slopes(dT=torch.exp(z), dparameter=(1 - z) * torch.exp(z) - 1)
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
  assert Q.shape == P.shape
  if estable:
    Q = Q.clamp(min=epsilon, max=1 - epsilon)
  return (P * Q.log()).sum(dim=-1).mean().neg()
# %%
# 2a: the softmax and the cross entropy together
B, C, dimL = 5, 10, 40
y, y_pred = torch.ones(B, C), torch.ones(B, C)
hL, U, c = torch.ones(B, dimL), torch.ones(dimL, C), torch.ones(C)
uLm1 = hL @ U + c

dL_duLm1 = (softmax(uLm1, dim=1) - y) / len(hL)
# %%
dL_dU = torch.tensordot(hL, dL_duLm1, dims=([0], [0]))
dL_dc = torch.tensordot(torch.ones(len(hL)), dL_duLm1, dims=1)
dL_dhL = torch.tensordot(dL_duLm1, U, dims=([1], [1]))
# %%
dimk, dimkm1 = 20, 30
hk, Wk, bk = torch.ones(B, dimk), torch.ones(dimk, dimkm1), torch.ones(dimkm1)
uk, dL_dhkm1 = hk @ Wk + bk, torch.ones(B, dimkm1)

Gradients = namedtuple('Gradients', 'u W b h')

def hidden_layer(slope):
    g = dL_dhkm1 * slope
    return Gradients(u=g, W=hk.T @ g, b=g.sum(0), h=g @ Wk.T)

with_relu = hidden_layer(d_relu(uk))
with_celu = hidden_layer(d_celu(uk).dT)
with_swish = hidden_layer(d_swish(uk).dT)
dL_duk_relu, dL_dWk_relu, dL_dbk_relu, dL_dhk_relu = with_relu
dL_duk_celu, dL_dWk_celu, dL_dbk_celu, dL_dhk_celu = with_celu
dL_duk_swish, dL_dWk_swish, dL_dbk_swish, dL_dhk_swish = with_swish._asdict().values()
# %%
class Layer(nn.Linear):
    """An nn.Linear that keeps what it saw and knows its way back."""

    def __init__(self, n, m, f=None):
        super().__init__(n, m)
        self.f = f

    def forward(self, h):
        self.h, self.u = h, super().forward(h)
        return softmax(self.u, 1) if self.f is None else self.f(self.u)

    def backward(self, g):
        """From dL/du to dL/dh of the layer below."""
        self.weight.grad, self.bias.grad = g.T @ self.h, g.sum(0)
        return g @ self.weight

    def through(self, g):
        """From dL/dh to dL/du of this layer."""
        slopes = {sig: lambda u: sig(u) * sig(-u), tanh: lambda u: torch.cosh(u) ** -2, relu: d_relu,
                  swish: lambda u: d_swish(u).dT, celu: lambda u: d_celu(u).dT}
        return g * slopes[self.f](self.u)


class FFNN(nn.Sequential):
    def __init__(self, F, l_h, l_a, C):
        sizes = [F, *l_h, C]
        super().__init__(*(Layer(n, m, f) for n, m, f in zip(sizes, sizes[1:], [*l_a, None])))

    @torch.no_grad()
    def backward(self, x, y, y_pred):
        *hidden, last = self
        g = last.backward((y_pred - y) / x.shape[0])
        for layer in hidden[::-1]:
            g = layer.backward(layer.through(g))
# %%
@dataclass
class SGD:
    parameters: Iterable[nn.Parameter]
    lr: float = 0.1

    def __post_init__(self):
        self.parameters = list(self.parameters)

    def step(self):
        for p in self.parameters:
            p.data -= self.lr * p.grad
# %%
Example = namedtuple('Example', ['x', 'y'])

class RandomDataset(TensorDataset):
    def __init__(self, N, F, C):
        super().__init__(torch.randn(N, F), torch.eye(C)[torch.randint(C, (N,))])

    def __getitem__(self, i):
        return Example(*super().__getitem__(i))
# %%
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda'):
    red.to(device)
    losses = []
    for epoch in range(1, epochs + 1):
        for batch in DataLoader(dataset, batch_size=batch_size, shuffle=True):
            x, y = batch.x.to(device), batch.y.to(device)
            y_pred = red(x)
            losses.append(float(CELoss(y_pred, y)))
            red.backward(x, y, y_pred)
            optimizador.step()
        print(f'{epoch:>4} {losses[-1]:10.5f}')
    return losses
# %%
import matplotlib.pyplot as plt
data = RandomDataset(200, 20, 4)
for l_h, l_a in (([30], [tanh]), ([20, 10], [celu, swish]), ([10, 10, 10], [relu, sig, tanh])):
    net = FFNN(20, l_h, l_a, 4)
    plt.plot(entrenar_FFNN(net, data, SGD(net.parameters(), 0.1), epochs=5, batch_size=10, device='cpu'))
plt.show()
# %% [markdown]
# Three layers are too many for two hundred examples: its curve stays flat.
