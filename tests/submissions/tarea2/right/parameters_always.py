# expect: full except 4e (not attempted)
# why: every activation owns parameters of shape (1,) even when l_a_params says None, own DataLoader with workers, keep_prob dropout that is off by default, optimiser with zero_grad.
# %%
import copy
import torch
import torch.nn as nn
from torch.utils.data import Dataset, DataLoader
# %%
def sig(x):
    return 1 / (1 + torch.exp(-x))

def tanh(x):
    return 2 * sig(2 * x) - 1

def relu(x):
    return torch.where(x < 0, torch.zeros_like(x), x)

def swish(x, beta=1):
    return x * sig(x * beta)

def celu(x, alpha=1):
    return torch.where(x < 0, alpha * (torch.exp(x.clamp(max=0) / alpha) - 1), x)

def softmax(x, dim, estable=True):
    if estable:
        x = x - x.max(dim=dim, keepdim=True).values
    return torch.exp(x - torch.log(torch.exp(x).sum(dim=dim, keepdim=True)))
# %% [markdown]
# Respuestas 1a, con $\sigma = \sigma(\beta x)$ y $z = x/\alpha$:
#
# 1. $\mathrm{relu}' = 0$ si $x<0$, $1$ si $x>0$
# 2. $\nabla\mathrm{swish} = \left(\sigma + \beta x\sigma(1-\sigma),\; x^2\sigma(1-\sigma)\right)$
# 3. $\nabla\mathrm{celu} = \left(e^{z},\; e^{z}-ze^{z}-1\right)$ si $x<0$, $(1, 0)$ si no
# %%
def d_relu(x):
    return torch.where(x < 0, torch.zeros_like(x), torch.ones_like(x))

def d_swish(x, beta=1):
    s = sig(beta * x)
    ds = s * (1 - s)
    return [s + beta * x * ds, x * x * ds]

def d_celu(x, alpha=1):
    z = x.clamp(max=0) / alpha
    ez = torch.exp(z)
    return [ez, ez - z * ez - 1]
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    q = Q.clamp(min=epsilon) if estable else Q
    return -torch.log(q).mul(P).sum(dim=1).mean(dim=0)
# %%
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    q = Q.gather(dim=1, index=Target.unsqueeze(1)).squeeze(1)
    if estable:
        q = torch.clamp(q, epsilon)
    return torch.log(1 / q).mean()
# %%
B, C = 5, 10
y = torch.ones(B,C)
y_pred = torch.ones(B,C)
dimL = 40
hL = torch.ones(B,dimL)
U = torch.ones(dimL,C)
c = torch.ones(C)
uLm1 = hL @ U + c
softmax_menos_y = y_pred - y
dL_duLm1 = softmax_menos_y / softmax_menos_y.shape[0]
# %%
dL_dU = torch.einsum('bi,bj->ij', hL, dL_duLm1)
dL_dc = torch.einsum('bj->j', dL_duLm1)
dL_dhL = torch.einsum('bj,ij->bi', dL_duLm1, U)
# %%
dimk = 20
dimkm1 = 30
hk = torch.ones(B,dimk)
Wk = torch.ones(dimk,dimkm1)
bk = torch.ones(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.ones(B,dimkm1)
alpha, beta = 1, 1
dL_duk_relu = d_relu(uk) * dL_dhkm1
dL_duk_celu = d_celu(uk, alpha)[0] * dL_dhkm1
dL_duk_swish = d_swish(uk, beta)[0] * dL_dhkm1
def resto(g):
    return torch.einsum('bi,bj->ij', hk, g), torch.einsum('bj->j', g), torch.einsum('bj,ij->bi', g, Wk)
dL_dWk_relu, dL_dbk_relu, dL_dhk_relu = resto(dL_duk_relu)
dL_dWk_celu, dL_dbk_celu, dL_dhk_celu = resto(dL_duk_celu)
dL_dWk_swish, dL_dbk_swish, dL_dhk_swish = resto(dL_duk_swish)
# %%
class FFNN(nn.Module):
    def __init__(self, F, l_h, l_a, C, l_a_params=None, keep_prob=None):
        super().__init__()
        self.l_a = l_a
        self.keep_prob = keep_prob or [1] * len(l_h)
        if l_a_params is None:
            l_a_params = [None for _ in l_h]
        self.weights, self.biases, self.act = nn.ParameterList(), nn.ParameterList(), nn.ParameterList()
        before = F
        for units, value in zip(l_h, l_a_params):
            self.weights.append(nn.Parameter(torch.randn(before, units) / before ** 0.5))
            self.biases.append(nn.Parameter(torch.zeros(units)))
            self.act.append(nn.Parameter(torch.tensor([1.0 if value is None else value])))
            before = units
        self.U = nn.Parameter(torch.randn(before, C) / before ** 0.5)
        self.c = nn.Parameter(torch.zeros(C))

    def forward(self, x, predict=False):
        self.h, self.u, self.m = [x], [], []
        for i, f in enumerate(self.l_a):
            u = self.h[i] @ self.weights[i] + self.biases[i]
            h = f(u, self.act[i]) if f in (celu, swish) else f(u)
            m = torch.ones_like(h)
            if self.keep_prob[i] < 1 and not predict:
                m = torch.bernoulli(m * self.keep_prob[i]) / self.keep_prob[i]
            self.u.append(u), self.h.append(h * m), self.m.append(m)
        return softmax(self.h[-1] @ self.U + self.c, dim=1)

    def backward(self, x, y, y_pred):
        with torch.no_grad():
            g = (y_pred - y) / x.shape[0]
            self.U.grad, self.c.grad = self.h[-1].T @ g, g.sum(dim=0)
            g = g @ self.U.T
            for i in reversed(range(len(self.l_a))):
                g, u, f = g * self.m[i], self.u[i], self.l_a[i]
                self.act[i].grad = torch.zeros_like(self.act[i])
                if f == relu:
                    g = g * d_relu(u)
                if f == sig:
                    g = g * sig(u) * (1 - sig(u))
                if f == tanh:
                    g = g * (1 - tanh(u) ** 2)
                if f == swish or f == celu:
                    dx, dp = d_swish(u, self.act[i]) if f == swish else d_celu(u, self.act[i])
                    self.act[i].grad = (g * dp).sum().unsqueeze(0)
                    g = g * dx
                self.weights[i].grad = self.h[i].T @ g
                self.biases[i].grad = g.sum(dim=0)
                g = g @ self.weights[i].T
# %%
def chequeo_gradiente(red, x, y, epsilon=1e-6):
    with torch.no_grad():
        red.backward(x, y, red.forward(x))
        dif, tot = [], []
        for p in red.parameters():
            g = p.grad.clone()
            num = []
            for k in range(p.numel()):
                perdida = []
                for signo in (1, -1):
                    otra = copy.deepcopy(p.data)
                    p.data.flatten()[k]            # sólo para que falle temprano si k se pasa
                    p.data.view(-1)[k] += signo * epsilon
                    perdida.append(CELoss(red.forward(x), y).item())
                    p.data.copy_(otra)
                num.append((perdida[0] - perdida[1]) / (2 * epsilon))
            num = torch.tensor(num, dtype=g.dtype).reshape(g.shape)
            dif.append(((g - num) ** 2).sum())
            tot.append((g ** 2).sum() + (num ** 2).sum())
        return sum(dif) / sum(tot)
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def zero_grad(self):
        for p in self.parameters:
            if p.grad is not None:
                p.grad = torch.zeros_like(p)

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                if p.grad is None:
                    continue
                p -= p.grad * self.lr
# %%
class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.data = torch.rand(N, F) - 0.5
        self.targets = torch.randint(C, (N,))

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        return self.data[i], int(self.targets[i])
# %%
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda', workers=2):
    device = torch.device(device)
    red = red.to(device)
    cargador = DataLoader(dataset, batch_size=batch_size, shuffle=True, num_workers=workers)
    historia = []
    for epoca in range(1, epochs + 1):
        perdidas, aciertos = [], 0
        for x, clase in cargador:
            x, clase = x.to(device), clase.to(device)
            y = torch.zeros(x.shape[0], red.c.shape[0], device=device)
            y[range(x.shape[0]), clase] = 1
            optimizador.zero_grad()
            y_pred = red.forward(x)
            perdidas.append(CELoss(y_pred, y).item())
            aciertos += (y_pred.argmax(dim=1) == clase).sum().item()
            red.backward(x, y, y_pred)
            optimizador.step()
        historia.append(sum(perdidas) / len(perdidas))
        print('Epoca %2d: perdida %.4f, acierto %.1f%%' % (epoca, historia[-1], 100 * aciertos / len(dataset)))
    return historia
# %%
import matplotlib.pyplot as plt
N, F, C = 1000, 300, 10
dataset = RandomDataset(N, F, C)
for etiqueta, red in {'relu-sig': FFNN(F, [50, 30], [relu, sig], C),
                      'celu con alpha': FFNN(F, [50, 30], [celu, celu], C, [0.5, 2.0]),
                      'swish con beta': FFNN(F, [50, 30], [swish, swish], C, [0.5, 2.0], [0.9, 0.9])}.items():
    plt.plot(entrenar_FFNN(red, dataset, SGD(red.parameters(), 0.05), 20, 8, 'cpu'), label=etiqueta)
plt.legend()
plt.show()
# %% [markdown]
# Aprender alpha y beta ayuda un poco. El dropout hace más lento el descenso, que es lo esperable.
