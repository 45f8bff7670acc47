# Tarea 2, Vicente Valdivia
# %%
"""Assignment 2. Everything is a layer: forward(h) keeps what backward(g) needs and returns the gradient for its input."""
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
# %%
def sig(T):
    """Logistic function, element by element."""
    return torch.where(T >= 0, 1 / (1 + torch.exp(-T.abs())), 1 - 1 / (1 + torch.exp(-T.abs())))


def tanh(T):
    """Hyperbolic tangent through expm1, exact near zero."""
    e = torch.expm1(-2 * T.abs())
    return -T.sign() * e / (e + 2)


def relu(T):
    return torch.stack((T, torch.zeros_like(T))).amax(0)


def swish(T, beta=1):
    return T * sig(beta * T)


def celu(T, alpha=1):
    return torch.clamp(T, min=0) + torch.clamp(alpha * torch.expm1(T / alpha), max=0)


def softmax(T, dim, estable=True):
    if estable:
        T = T - T.amax(dim=dim, keepdim=True)
    e = torch.exp(T)
    return e / e.sum(dim=dim, keepdim=True)
# %% [markdown]
# **1a.** relu: $H(x)$. swish: $\sigma(\beta x)(1+\beta x\,\sigma(-\beta x))$ and $x^2\sigma(\beta x)\sigma(-\beta x)$.
# celu for $x<0$: $e^{x/\alpha}$ and $e^{x/\alpha}(1-x/\alpha)-1$, otherwise 1 and 0.
# %%
def d_relu(T):
    return torch.gt(T, 0).type_as(T)


def d_swish(T, beta=1):
    up, down = sig(beta * T), sig(-beta * T)
    return up * (1 + beta * T * down), T * T * up * down


def d_celu(T, alpha=1):
    z = torch.clamp(T, max=0) / alpha
    e = torch.exp(z)
    return e, e * (1 - z) - 1
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    """Mean over the N rows of -sum_x p(x) log q(x)."""
    if estable:
        Q = Q.clamp(min=epsilon)
    return torch.einsum('nc,nc->n', P, -Q.log()).mean()
# %%
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    """The same, from indices (N,)."""
    q = torch.stack([row[t] for row, t in zip(Q, Target)])
    return -(q.clamp(min=epsilon) if estable else q).log().mean()
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

(dL_duk_relu, dL_duk_celu, dL_duk_swish) = (dL_dhkm1 * slope for slope in (d_relu(uk), d_celu(uk)[0], d_swish(uk)[0]))
dL_dWk_relu, dL_dWk_celu, dL_dWk_swish = [torch.tensordot(hk, g, dims=([0], [0])) for g in (dL_duk_relu, dL_duk_celu, dL_duk_swish)]
dL_dbk_relu, dL_dbk_celu, dL_dbk_swish = torch.stack([dL_duk_relu, dL_duk_celu, dL_duk_swish]).sum(1)
dL_dhk_relu, dL_dhk_celu, dL_dhk_swish = torch.stack([dL_duk_relu, dL_duk_celu, dL_duk_swish]) @ Wk.T
# %%
class Affine(nn.Module):
    """h (B, n) -> h W + b (B, m)."""

    def __init__(self, n, m):
        super().__init__()
        self.W = nn.Parameter(torch.randn(n, m) * (2 / (n + m)) ** 0.5)
        self.b = nn.Parameter(torch.zeros(m))

    def forward(self, h):
        self.h = h
        return h @ self.W + self.b

    def backward(self, g):
        self.W.grad = self.h.T @ g
        self.b.grad = g.sum(0)
        return g @ self.W.T


class Elementwise(nn.Module):
    """Any of the five activations; the ones with a parameter own it when a value is given."""

    def __init__(self, f, value=None):
        super().__init__()
        self.f = f
        self.theta = None if value is None else nn.Parameter(torch.tensor([float(value)]))

    def forward(self, u):
        self.u = u
        self.out = self.f(u) if self.theta is None else self.f(u, self.theta)
        return self.out

    def backward(self, g):
        extra = [] if self.theta is None else [self.theta]
        if self.f is swish or self.f is celu:
            slope, wrt_theta = (d_swish if self.f is swish else d_celu)(self.u, *extra)
            if extra:
                self.theta.grad = (g * wrt_theta).sum().view(1)
            return g * slope
        if self.f is relu:
            return g * d_relu(self.u)
        if self.f is sig:
            return g * self.out * (1 - self.out)
        assert self.f is tanh, self.f
        return g * (1 - self.out ** 2)


class SoftmaxCrossEntropy(nn.Module):
    def forward(self, u):
        return softmax(u, 1)

    def backward(self, y, y_pred):
        return (y_pred - y) / y.size(0)


class FFNN(nn.Module):
    def __init__(self, F, l_h, l_a, C, l_a_params=None):
        super().__init__()
        values = l_a_params or [None] * len(l_a)
        layers = []
        for n, m, f, value in zip([F, *l_h], l_h, l_a, values):
            layers += [Affine(n, m), Elementwise(f, value)]
        self.layers = nn.Sequential(*layers, Affine(l_h[-1], C))
        self.head = SoftmaxCrossEntropy()

    def forward(self, x):
        return self.head(self.layers(x))

    @torch.no_grad()
    def backward(self, x, y, y_pred):
        g = self.head.backward(y, y_pred)
        for layer in reversed(self.layers):
            g = layer.backward(g)
# %%
@torch.no_grad()
def chequeo_gradiente(red, x, y, epsilon=1e-6):
    y_pred = red(x)
    red.backward(x, y, y_pred)
    analytic = {name: p.grad.clone() for name, p in red.named_parameters()}
    difference = size = 0
    for name, p in red.named_parameters():
        numeric = torch.zeros_like(p)
        for index in range(p.numel()):
            bump = torch.zeros(p.numel(), dtype=p.dtype)
            bump[index] = epsilon
            bump = bump.view(p.shape)
            p.add_(bump)
            plus = CELoss(red(x), y)
            p.sub_(2 * bump)
            minus = CELoss(red(x), y)
            p.add_(bump)
            numeric.view(-1)[index] = (plus - minus) / (2 * epsilon)
        difference = difference + (numeric - analytic[name]).pow(2).sum()
        size = size + numeric.pow(2).sum() + analytic[name].pow(2).sum()
    return difference / size
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        torch._foreach_add_([p.data for p in self.parameters], [p.grad for p in self.parameters], alpha=-self.lr)
# %%
class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.N, self.F, self.C, self.seed = N, F, C, torch.initial_seed()

    def __len__(self):
        return self.N

    def __getitem__(self, i):
        # made on demand, but always the same for the same i
        if not 0 <= i < self.N:
            raise IndexError(i)
        g = torch.Generator().manual_seed((self.seed + i) % 2 ** 62)
        return torch.randn(self.F, generator=g), torch.eye(self.C)[torch.randint(self.C, (), generator=g)]
# %%
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda', report=print):
    red.to(device)
    means = []
    for epoch in range(epochs):
        losses = []
        for x, y in DataLoader(dataset, batch_size=batch_size, shuffle=True):
            x, y = x.to(device), y.to(device)
            y_pred = red(x)
            losses.append(CELoss(y_pred, y).detach())
            red.backward(x, y, y_pred)
            optimizador.step()
        means.append(torch.stack(losses).mean())
        report(f'epoch {epoch + 1}: {means[-1].item():.4f}')
    return means
# %%
import matplotlib.pyplot as plt

dataset = RandomDataset(1000, 300, 10)
figure, axes = plt.subplots()
for l_h, l_a in (([50, 30], [relu, sig]), ([50, 30], [celu, swish]), ([200], [tanh])):
    net = FFNN(300, l_h, l_a, 10)
    axes.plot(entrenar_FFNN(net, dataset, SGD(net.parameters(), 0.05), epochs=15, batch_size=8, device='cpu'),
              label=' '.join(f.__name__ for f in l_a))
axes.set(xlabel='epoch', ylabel='loss')
axes.legend()
figure.savefig('curves.png')
# %% [markdown]
# The net that ends in a logistic layer is the slowest, since its slopes are at most one quarter.
