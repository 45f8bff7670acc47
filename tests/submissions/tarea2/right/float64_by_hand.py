# expect: full except 1c 3b 4e (not attempted)
# why: float64 without touching the default: parameters and data made with dtype=torch.float64, inputs converted on the way in, derivatives computed in double and handed back in the input's dtype.
# %%
import torch
from torch import nn
from torch.utils.data import Dataset, DataLoader

DOBLE = dict(dtype=torch.float64)
# %%
def en_doble(f):
    """Calcula en float64 y devuelve en el dtype de la entrada."""
    def g(T, *resto, **mas):
        r = f(T.to(torch.float64), *resto, **mas)
        return tuple(t.to(T.dtype) for t in r) if isinstance(r, tuple) else r.to(T.dtype)
    g.__name__ = f.__name__
    return g

@en_doble
def sig(T):
    return 1 / (1 + torch.exp(-T))

@en_doble
def tanh(T):
    return (torch.exp(T) - torch.exp(-T)) / (torch.exp(T) + torch.exp(-T))

@en_doble
def relu(T):
    return torch.max(T, torch.zeros(1, **DOBLE))

@en_doble
def swish(T, beta=1):
    return T * sig(beta * T)

@en_doble
def celu(T, alpha=1):
    return torch.where(T > 0, T, alpha * (torch.exp(T / alpha) - 1))

@en_doble
def softmax(T, dim, estable=True):
    if estable:
        T = T - T.max(dim, keepdim=True)[0]
    return torch.exp(T) / torch.exp(T).sum(dim, keepdim=True)
# %% [markdown]
# ### 1a
# $\dfrac{d\,relu}{dx}=\mathbb 1[x>0]$;
# $\dfrac{\partial swish}{\partial x}=\sigma(\beta x)\,[1+\beta x(1-\sigma(\beta x))]$;
# $\dfrac{\partial swish}{\partial\beta}=x^2\sigma(\beta x)(1-\sigma(\beta x))$;
# $\dfrac{\partial celu}{\partial x}=e^{\min(x,0)/\alpha}$;
# $\dfrac{\partial celu}{\partial\alpha}=e^{z}-1-z e^{z},\ z=\min(x,0)/\alpha$.
# %%
@en_doble
def d_relu(T):
    return (T > 0).double()

@en_doble
def d_swish(T, beta=1):
    s = sig(beta * T)
    return s + beta * T * s * (1 - s), T * T * s * (1 - s)

@en_doble
def d_celu(T, alpha=1):
    e = torch.exp(torch.clamp(T, max=0) / alpha)
    return torch.where(T > 0, torch.ones_like(T), e), torch.where(T > 0, torch.zeros_like(T), e * (1 - T / alpha) - 1)
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    Q, P = Q.double(), P.double()
    if estable:
        Q = Q.clamp(min=epsilon)
    return -(P * Q.log()).sum() / Q.shape[0]
# %%
B, C = 5, 10
y = torch.ones(B, C, **DOBLE)
y_pred = torch.ones(B, C, **DOBLE)
dimL = 40
hL = torch.ones(B, dimL, **DOBLE)
U = torch.ones(dimL, C, **DOBLE)
c = torch.ones(C, **DOBLE)
uLm1 = hL @ U + c

dL_duLm1 = (y_pred.double() - y.double()) / torch.tensor(B, **DOBLE)
# %%
dL_dU = hL.double().T @ dL_duLm1.double()
dL_dc = dL_duLm1.double().sum(0)
dL_dhL = dL_duLm1.double() @ U.double().T
# %%
dimk, dimkm1 = 20, 30
hk, Wk, bk = torch.ones(B, dimk, **DOBLE), torch.ones(dimk, dimkm1, **DOBLE), torch.ones(dimkm1, **DOBLE)
uk = hk @ Wk + bk
dL_dhkm1 = torch.ones(B, dimkm1, **DOBLE)

def capa_escondida(derivada):
    # usa los tensores de esta celda
    du = dL_dhkm1.double() * derivada.double()
    return du, hk.double().T @ du, du.sum(0), du @ Wk.double().T

dL_duk_relu, dL_dWk_relu, dL_dbk_relu, dL_dhk_relu = capa_escondida(d_relu(uk))
dL_duk_celu, dL_dWk_celu, dL_dbk_celu, dL_dhk_celu = capa_escondida(d_celu(uk)[0])
dL_duk_swish, dL_dWk_swish, dL_dbk_swish, dL_dhk_swish = capa_escondida(d_swish(uk)[0])
# %%
class FFNN(nn.Module):
    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        d = [F] + l_h + [C]
        self.Ws = nn.ParameterList([nn.Parameter(torch.randn(d[i], d[i+1], **DOBLE) * 0.3) for i in range(len(d) - 1)])
        self.bs = nn.ParameterList([nn.Parameter(torch.zeros(d[i+1], **DOBLE)) for i in range(len(d) - 1)])
        self.l_a = l_a

    @torch.no_grad()
    def forward(self, x):
        self.u, self.h = [], [x.double()]
        for W, b, f in zip(self.Ws, self.bs, self.l_a):
            self.u.append(self.h[-1] @ W + b)
            self.h.append(f(self.u[-1]))
        return softmax(self.h[-1] @ self.Ws[-1] + self.bs[-1], 1)

    def backward(self, x, y, y_pred):
        with torch.no_grad():
            g = (y_pred - y.double()) / x.shape[0]
            for i in reversed(range(len(self.Ws))):
                self.Ws[i].grad = self.h[i].T @ g
                self.bs[i].grad = g.sum(0)
                if i == 0:
                    return
                f, u = self.l_a[i-1], self.u[i-1]
                g = g @ self.Ws[i].T
                if f is sig: g = g * sig(u) * (1 - sig(u))
                elif f is tanh: g = g * (1 - tanh(u) ** 2)
                elif f is relu: g = g * d_relu(u)
                elif f is swish: g = g * d_swish(u)[0]
                else: g = g * d_celu(u)[0]
# %%
import copy
def chequeo_gradiente(red, x, y, epsilon=1e-6):
    # en float32 no se ve nada, asi que la copia es de doble precision
    r = copy.deepcopy(red).double()
    x, y = x.double(), y.double()
    r.backward(x, y, r.forward(x))
    G = torch.cat([p.grad.flatten() for p in r.parameters()])
    A = []
    for p in r.parameters():
        base = p.data.clone()
        for i in range(base.numel()):
            paso = torch.zeros(base.numel(), dtype=torch.double)
            paso[i] = epsilon
            p.data = base+paso.view_as(base)
            mas = CELoss(r.forward(x), y).item()
            p.data = base-paso.view_as(base)
            menos = CELoss(r.forward(x), y).item()
            A.append((mas-menos)/(2*epsilon))
        p.data = base
    A = torch.tensor(A, dtype=torch.double)
    return torch.sum((G-A)**2)/(torch.sum(G**2)+torch.sum(A**2))
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.parameters = [p for p in parameters]
        self.lr = lr
    def step(self):
        for i in range(len(self.parameters)):
            self.parameters[i].data += -self.lr*self.parameters[i].grad.data
    def zero_grad(self):
        for p in self.parameters:
            p.grad = None
# %%
class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.x = torch.randn(N, F, **DOBLE)
        self.y = torch.zeros(N, C, **DOBLE)
        self.y[torch.arange(N), torch.randint(C, (N,))] = 1

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]
# %%
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda'):
    red.to(device, torch.float64)
    perdidas = []
    for e in range(epochs):
        suma = torch.zeros((), **DOBLE)
        for n, (x, y) in enumerate(DataLoader(dataset, batch_size=batch_size, shuffle=True), start=1):
            x, y = x.to(device, torch.float64), y.to(device, torch.float64)
            y_pred = red(x)
            suma += CELoss(y_pred, y).cpu()
            red.backward(x, y, y_pred)
            optimizador.step()
        perdidas.append((suma / n).item())
        print('época', e, 'pérdida media', perdidas[-1])
    return perdidas
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
