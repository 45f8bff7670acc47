# expect: full except 3b 3c 4e (not attempted)
# why: activations are lambdas bound to names (no useful __name__), everything short, training returns a plain list through yield, terse English.
# %%
import torch as t
from torch.utils.data import Dataset as DS, DataLoader as DL
# %%
sig = lambda T: 1 / (1 + t.exp(-T))
tanh = lambda T: 1 - 2 / (t.exp(2 * T) + 1)
relu = lambda T: T * (T > 0)
swish = lambda T, beta=1: T * sig(beta * T)
celu = lambda T, alpha=1: relu(T) + alpha * (t.exp(-relu(-T) / alpha) - 1)

def softmax(T, dim, estable=True):
    E = t.exp(T - (T.max(dim, True)[0] if estable else 0))
    return E / E.sum(dim, True)

d_relu = lambda T: (T > 0) * 1.0
d_swish = lambda T, beta=1: ((lambda s: (s * (1 + beta * T * (1 - s)), T * T * s * (1 - s)))(sig(beta * T)))
d_celu = lambda T, alpha=1: ((lambda z: (t.exp(z), t.exp(z) * (1 - z) - 1))(-relu(-T) / alpha))
slope = {sig: lambda u: sig(u) * (1 - sig(u)), tanh: lambda u: 1 - tanh(u) ** 2, relu: d_relu,
         swish: lambda u: d_swish(u)[0], celu: lambda u: d_celu(u)[0]}
# %% [markdown]
# relu' $=[x>0]$; swish: $s(1+\beta x(1-s))$, $x^2s(1-s)$; celu with $z=\min(0,x)/\alpha$: $e^z$, $e^z(1-z)-1$.
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return -(P * (Q.clamp(min=epsilon) if estable else Q).log()).sum(1).mean()

def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    return CELoss(Q, t.eye(Q.shape[1], dtype=Q.dtype, device=Q.device)[Target], estable, epsilon)
# %%
dL_duLm1 = (y_pred - y) / B
dL_dU = hL.T @ dL_duLm1; dL_dc = dL_duLm1.sum(0); dL_dhL = dL_duLm1 @ U.T
# %%
dL_duk_relu = dL_dhkm1 * slope[relu](uk); dL_dWk_relu = hk.T @ dL_duk_relu; dL_dbk_relu = dL_duk_relu.sum(0); dL_dhk_relu = dL_duk_relu @ Wk.T
dL_duk_celu = dL_dhkm1 * slope[celu](uk); dL_dWk_celu = hk.T @ dL_duk_celu; dL_dbk_celu = dL_duk_celu.sum(0); dL_dhk_celu = dL_duk_celu @ Wk.T
dL_duk_swish = dL_dhkm1 * slope[swish](uk); dL_dWk_swish = hk.T @ dL_duk_swish; dL_dbk_swish = dL_duk_swish.sum(0); dL_dhk_swish = dL_duk_swish @ Wk.T
# %%
class FFNN(t.nn.Module):
    def __init__(s, F, l_h, l_a, C):
        super().__init__()
        s.l_a, d = l_a, [F, *l_h, C]
        s.P = t.nn.ParameterList(t.nn.Parameter(t.randn(*shape) * .4) for i in range(1, len(d)) for shape in ((d[i-1], d[i]), (d[i],)))
    def forward(s, x):
        s.h, s.u = [x], []
        for W, b, f in zip(s.P[0::2], s.P[1::2], [*s.l_a, lambda u: softmax(u, 1)]):
            s.u.append(s.h[-1] @ W + b); s.h.append(f(s.u[-1]))
        return s.h[-1]
    @t.no_grad()
    def backward(s, x, y, y_pred):
        g = (y_pred - y) / len(x)
        for k in range(len(s.l_a), -1, -1):
            W, b = s.P[2 * k], s.P[2 * k + 1]
            W.grad, b.grad = s.h[k].T @ g, g.sum(0)
            if k: g = g @ W.T * slope[s.l_a[k - 1]](s.u[k - 1])
# %%
class SGD:
    def __init__(s, parameters, lr): s.p, s.lr = [*parameters], lr
    def step(s):
        for p in s.p: p.data -= s.lr * p.grad
# %%
class RandomDataset(DS):
    def __init__(s, N, F, C): s.data, s.targets = t.randn(N, F), t.eye(C)[t.randint(C, (N,))]
    def __len__(s): return len(s.data)
    def __getitem__(s, i): return s.data[i], s.targets[i]
# %%
def steps(red, dataset, optimizador, epochs, batch_size, device):
    for e in range(epochs):
        for x, y in DL(dataset, batch_size, shuffle=True):
            x, y = x.to(device), y.to(device)
            q = red(x)
            yield CELoss(q, y).item()
            red.backward(x, y, q)
            optimizador.step()

def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda'):
    losses = list(steps(red.to(device), dataset, optimizador, epochs, batch_size, device))
    print(f'{losses[0]:.3f} -> {losses[-1]:.3f}')
    return losses
# %%
import matplotlib.pyplot as plt
D = RandomDataset(500, 60, 5)
for h, a in (([9], [tanh]), ([30, 20], [relu, swish]), ([50], [celu])):
    n = FFNN(60, h, a, 5); plt.plot(entrenar_FFNN(n, D, SGD(n.parameters(), .05), 8, 8, 'cpu'))
plt.show()
# %% [markdown]
# More units, faster fall.
