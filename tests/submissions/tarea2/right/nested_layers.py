# expect: full except 1c 3b 3c 4e (not attempted)
# why: layers nested one inside the other (each module holds the rest of the network) and walked by recursion, results kept in dictionaries by layer number.
# %%
import torch
from torch import nn
from torch.utils.data import Dataset, DataLoader
# %%
import torch
from torch import nn

def sig(T):
    return 1.0 / (1.0 + torch.exp(-T))


def tanh(T):
    return 2.0 / (1.0 + torch.exp(-2.0 * T)) - 1.0


def relu(T):
    return (T + T.abs()) / 2


def swish(T, beta=1.0):
    return T / (1.0 + torch.exp(-beta * T))


def celu(T, alpha=1.0):
    return T.clamp(min=0) + (alpha * torch.expm1(T.clamp(max=0) / alpha))


def softmax(T, dim, estable=True):
    shift = torch.amax(T, dim, keepdim=True) if estable else torch.zeros(1)
    e = torch.exp(T - shift)
    return e / torch.sum(e, dim=dim, keepdim=True)


class FFNN(nn.Module):
    """Stack of linear layers; inverted dropout is only active in train mode and when keep_prob is given."""

    def __init__(self, F, l_h, l_a, C, l_a_params=None, keep_prob=None):
        super().__init__()
        sizes = [F, *l_h, C]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.l_a = list(l_a)
        if l_a_params is None:
            l_a_params = [None] * len(l_h)
        self.theta = nn.ParameterList()
        self.slot = []
        for value in l_a_params:
            if value is None:
                self.slot.append(None)
            else:
                self.slot.append(len(self.theta))
                self.theta.append(nn.Parameter(torch.tensor([float(value)])))
        self.keep_prob = [1.0] * len(l_h) if keep_prob is None else keep_prob

    def forward(self, x):
        self.cache = []
        h = x
        for k, f in enumerate(self.l_a):
            u = self.layers[k](h)
            out = f(u) if self.slot[k] is None else f(u, self.theta[self.slot[k]])
            p = self.keep_prob[k]
            mask = (torch.rand_like(out) < p).to(out.dtype) / p
            self.cache.append((h, u, mask))
            h = out * mask
        self.last = h
        return softmax(self.layers[-1](h), 1)
# %% [markdown]
# ### 1a
# $\dfrac{d\,relu}{dx}=\mathbb 1[x>0]$;
# $\dfrac{\partial swish}{\partial x}=\sigma(\beta x)\,[1+\beta x(1-\sigma(\beta x))]$;
# $\dfrac{\partial swish}{\partial\beta}=x^2\sigma(\beta x)(1-\sigma(\beta x))$;
# $\dfrac{\partial celu}{\partial x}=e^{\min(x,0)/\alpha}$;
# $\dfrac{\partial celu}{\partial\alpha}=e^{z}-1-z e^{z},\ z=\min(x,0)/\alpha$.
# %%
def d_relu(T):
    return torch.heaviside(T, torch.zeros(1, dtype=T.dtype))


def d_swish(T, beta=1.0):
    s = sig(beta * T)
    return s * (1 + beta * T * (1 - s)), T.pow(2) * s * (1 - s)


def d_celu(T, alpha=1.0):
    z = T.clamp(max=0) / alpha
    return z.exp(), z.expm1() - z * z.exp()
# %%
derivadas = {sig: lambda u: sig(u) - sig(u) ** 2, tanh: lambda u: 1 - tanh(u) ** 2, relu: d_relu,
             swish: lambda u: d_swish(u)[0], celu: lambda u: d_celu(u)[0]}
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        Q = torch.clamp(Q, epsilon)
    N = Q.shape[0]
    return -1 / N * torch.sum(torch.sum(torch.mul(P, torch.log(Q)), dim=1))
# %%
B, C, dimL = 5, 10, 40
y = torch.ones(B,C)
y_pred = torch.ones(B,C)
hL = torch.ones(B,dimL)
U = torch.ones(dimL,C)
c = torch.ones(C)
uLm1 = hL @ U + c
dL_duLm1 = -1/B*(y - y_pred)
print(dL_duLm1.size())
dL_dU = torch.matmul(hL.T, dL_duLm1)
dL_dc = torch.ones(B) @ dL_duLm1
dL_dhL = torch.matmul(dL_duLm1, U.T)
print(dL_dU.size(), dL_dc.size(), dL_dhL.size())
# %%
dimk = 20
dimkm1 = 30
hk = torch.ones(B,dimk)
Wk = torch.ones(dimk,dimkm1)
bk = torch.ones(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.ones(B,dimkm1)
def capa(derivada):
    du = dL_dhkm1*derivada
    return du, hk.T@du, du.sum(0), du@Wk.T
dL_duk_relu, dL_dWk_relu, dL_dbk_relu, dL_dhk_relu = capa(derivadas[relu](uk))
dL_duk_celu, dL_dWk_celu, dL_dbk_celu, dL_dhk_celu = capa(derivadas[celu](uk))
dL_duk_swish, dL_dWk_swish, dL_dbk_swish, dL_dhk_swish = capa(derivadas[swish](uk))
# %%
class Cadena(nn.Module):
    """Una capa y, si queda algo, la cadena de las que siguen."""

    def __init__(self, n, anchos, activaciones, numero=1):
        super().__init__()
        ancho, *otros = anchos
        self.numero = numero
        self.f = activaciones[0] if activaciones else None
        self.W = nn.Parameter(torch.randn(n, ancho) / n ** 0.5)
        self.b = nn.Parameter(torch.zeros(ancho))
        self.resto = Cadena(ancho, otros, activaciones[1:], numero + 1) if otros else None

    def forward(self, h, memoria):
        u = h @ self.W + self.b
        memoria[self.numero] = h, u
        if self.resto is None:
            return softmax(u, 1)
        return self.resto(self.f(u), memoria)

    def volver(self, dL_dy, memoria):
        """Llena los gradientes de aquí en adelante y devuelve dL/dh de la entrada de esta capa."""
        h, u = memoria[self.numero]
        if self.resto is None:
            dL_du = dL_dy
        else:
            dL_du = self.resto.volver(dL_dy, memoria) * derivadas[self.f](u)
        self.W.grad, self.b.grad = h.T @ dL_du, dL_du.sum(0)
        return dL_du @ self.W.T

    def __len__(self):
        return 1 + (0 if self.resto is None else len(self.resto))


class FFNN(nn.Module):
    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        self.primera = Cadena(F, l_h + [C], l_a)
        self.memoria = {}

    def forward(self, x):
        self.memoria.clear()
        return self.primera(x, self.memoria)

    def backward(self, x, y, y_pred):
        with torch.no_grad():
            if len(self.memoria) != len(self.primera):
                self.forward(x)
            self.primera.volver((y_pred - y) / x.size(0), self.memoria)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        torch._foreach_add_([p.data for p in self.parameters], [p.grad for p in self.parameters], alpha=-self.lr)
# %%
class RandomDataset(Dataset):
    """Cada ejemplo se inventa la primera vez que se pide y después se recuerda."""

    def __init__(self, N, F, C):
        self.N, self.F, self.C = N, F, C
        self.recordados = {}

    def __len__(self):
        return self.N

    def __getitem__(self, i):
        if i not in self.recordados:
            y = torch.zeros(self.C)
            y[torch.randint(self.C, ())] = 1
            self.recordados[i] = torch.randn(self.F), y
        return self.recordados[i]
# %%
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda'):
    red.to(device)

    def epoca(n):
        if n == 0:
            return []
        perdidas = epoca(n - 1)
        for x, y in DataLoader(dataset, batch_size=batch_size, shuffle=True):
            x, y = x.to(device), y.to(device)
            y_pred = red(x)
            perdidas.append(CELoss(y_pred, y).item())
            red.backward(x, y, y_pred)
            optimizador.step()
        print('época', n, 'pérdida', perdidas[-1])
        return perdidas

    return epoca(epochs)
# %%
import matplotlib.pyplot as plt
ds = RandomDataset(500, 100, 5)
fig, ejes = plt.subplots(1, 3)
for eje, (h, a) in zip(ejes, [([30], [relu]), ([30, 20], [celu, tanh]), ([80, 60, 40], [swish, swish, sig])]):
    red = FFNN(100, h, a, 5)
    eje.plot(entrenar_FFNN(red, ds, SGD(red.parameters(), 0.01), 10, 10, 'cpu'))
    eje.set_title(str(h))
plt.show()
# %% [markdown]
# Comparación: mientras más chica la red más lento baja la pérdida.
