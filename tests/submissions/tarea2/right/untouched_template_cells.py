# expect: full except 1c 3b 3c 4e (not attempted)
# why: untouched template cells that do not parse stand between the answers, the untouched optional ones stay as they were, class skeleton redefined later.
# %% [markdown]
# # Tarea 2
# **Nombre:** (completar)
# %%
# Lo que hace falta importar
import torch

# !pip install -q ipdb
# import ipdb
# %%
# activaciones (tarea 1)
def sig(T):
    return 1 / (1 + torch.exp(-T))

def tanh(T):
    pos = torch.exp(T)
    neg = torch.exp(-T)
    return (pos - neg) / (pos + neg)

def relu(T):
    return torch.max(torch.zeros_like(T), T)

def swish(T, beta=1):
    return T * sig(torch.mul(beta, T))

def celu(T, alpha=1):
    return relu(T) + torch.min(torch.zeros_like(T), alpha * (torch.exp(T / alpha) - 1))

def softmax(T, dim, estable=True):
    if estable:
        T = T - torch.max(T, dim=dim, keepdim=True)[0]
    return torch.exp(T) / torch.sum(torch.exp(T), dim=dim, keepdim=True)
# %% [markdown]
# ## 1a
# relu: $\;1$ si $x>0$
#
# swish: $\;\sigma(\beta x) + \beta x\sigma(\beta x)(1-\sigma(\beta x))$ y $x^2\sigma(\beta x)(1-\sigma(\beta x))$
#
# celu: $\;e^{x/\alpha}$ y $e^{x/\alpha}-\frac{x}{\alpha}e^{x/\alpha}-1$ cuando $x\le0$
# %%
def d_relu(T)
    pass
def d_swish(T, beta=1)
    pass
def d_celu(T, alpha=1)
    pass
# %%
def d_relu(T):
    return (T > 0).float()

def d_swish(T, beta=1):
    s = sig(beta * T)
    return s + beta * T * s * (1 - s), (T ** 2) * s * (1 - s)

def d_celu(T, alpha=1):
    e = torch.exp(torch.min(T, torch.zeros_like(T)) / alpha)
    dalpha = e - (T / alpha) * e - 1
    dalpha[T > 0] = 0
    return e, dalpha
# %% [markdown]
# ## 1b
# %%
# Tu código acá
def CELoss(Q, P, estable=True, epsilon=1e-8)
    pass
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    N = Q.shape[0]
    if estable:
        Q = torch.clamp(Q, min=epsilon)
    return torch.sum(P * torch.log(1 / Q)) / N
# %% [markdown]
# ## 1c (opcional)
# %%
# Tu código acá
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8)
    pass
# %% [markdown]
# ## 2a
# %%
# variables dummy
B, C = 5, 10
y = torch.ones(B,C)
y_pred = torch.ones(B,C)
# %%
dimL = 40
hL = torch.ones(B,dimL)
U = torch.ones(dimL,C)
c = torch.ones(C)
uLm1 = hL @ U + c

# Ahora tu fórmula para el gradiente
dL_duLm1 = None
dL_duLm1 = (1 / B) * (y_pred - y)

# El gradiente debe coincidir en dimensiones con la variable
assert dL_duLm1.size() == uLm1.size()
# %%
dL_dU = None
dL_dc = None
dL_dhL = None

dL_dU = torch.t(hL) @ dL_duLm1
dL_dc = torch.sum(dL_duLm1, dim=0)
dL_dhL = dL_duLm1 @ torch.t(U)

assert dL_dU.size() == U.size()
assert dL_dc.size() == c.size()
assert dL_dhL.size() == hL.size()
# %%
dimk = 20
dimkm1 = 30
hk = torch.ones(B,dimk)
Wk = torch.ones(dimk,dimkm1)
bk = torch.ones(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.ones(B,dimkm1)

# Ahora tu fórmula para el gradiente.
dL_duk = dL_dhkm1 * d_relu(uk)
dL_dWk = torch.t(hk) @ dL_duk
dL_dbk = torch.sum(dL_duk, dim=0)
dL_dhk = dL_duk @ torch.t(Wk)

assert dL_dWk.size() == Wk.size()
assert dL_dbk.size() == bk.size()
assert dL_dhk.size() == hk.size()
# %%
# celu (las dummy son las mismas)
d, _ = d_celu(uk)
dL_duk = dL_dhkm1 * d
dL_dWk = torch.t(hk) @ dL_duk
dL_dbk = torch.sum(dL_duk, dim=0)
dL_dhk = dL_duk @ torch.t(Wk)
# %%
# swish
d, _ = d_swish(uk)
dL_duk = dL_dhkm1 * d
dL_dWk = torch.t(hk) @ dL_duk
dL_dbk = torch.sum(dL_duk, dim=0)
dL_dhk = dL_duk @ torch.t(Wk)
# %% [markdown]
# ## 3a
# %%
# Tu código debiera continuar aquí

class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C):
        pass

    def forward(self, x):
        # ya lo creaste en la parte anterior
        pass

    def backward(self, x, y, y_pred):
        # computar acá todos los gradientes
        pass
# %%
class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C):
        super(FFNN, self).__init__()
        tamanos = [F]
        tamanos.extend(l_h)
        tamanos.append(C)
        self.l_a = l_a
        self.Ws = torch.nn.ParameterList([torch.nn.Parameter(0.2 * torch.randn(tamanos[i], tamanos[i + 1])) for i in range(len(tamanos) - 1)])
        self.bs = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(tamanos[i + 1])) for i in range(len(tamanos) - 1)])

    def forward(self, x):
        self.us = []
        self.hs = [x]
        for i in range(len(self.l_a)):
            self.us.append(self.hs[i] @ self.Ws[i] + self.bs[i])
            self.hs.append(self.l_a[i](self.us[i]))
        self.us.append(self.hs[-1] @ self.Ws[-1] + self.bs[-1])
        return softmax(self.us[-1], dim=1)

    def backward(self, x, y, y_pred):
        with torch.no_grad():
            B = x.size(0)
            dL_du = (1 / B) * (y_pred - y)
            for i in range(len(self.Ws) - 1, -1, -1):
                self.Ws[i].grad = torch.t(self.hs[i]) @ dL_du
                self.bs[i].grad = torch.sum(dL_du, dim=0)
                dL_dh = dL_du @ torch.t(self.Ws[i])
                if i == 0:
                    return
                u = self.us[i - 1]
                f = self.l_a[i - 1]
                if f == relu:
                    dL_du = dL_dh * d_relu(u)
                elif f == swish:
                    dL_du = dL_dh * d_swish(u)[0]
                elif f == celu:
                    dL_du = dL_dh * d_celu(u)[0]
                elif f == sig:
                    dL_du = dL_dh * sig(u) * (1 - sig(u))
                elif f == tanh:
                    dL_du = dL_dh * (1 - tanh(u) * tanh(u))
# %% [markdown]
# ## 3c
# %%
# Tu código de chequeo de gradiente acá
# %%
# Tu código debiera comenzar así

class SGD():
    def __init__(self, parameters, lr):
        # lo que sea necesario inicializar
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        # actualiza acá los parámetros a partir del gradiente de cada uno
        with torch.no_grad():
            for p in self.parameters:
                p.copy_(p - self.lr * p.grad)
# %%
from torch.utils.data import Dataset, DataLoader

# Aquí tu código.
class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.N = N
        self.x = torch.randn(N, F)
        indices = torch.randint(high=C, size=(N,))
        self.y = torch.nn.functional.one_hot(indices, num_classes=C).to(torch.float32)

    def __len__(self):
        return self.N

    def __getitem__(self, i):
        return self.x[i], self.y[i]
# %%
# Tu código acá
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1,
    ↪device='cuda'):
    pass
# %%
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda'):
    red.to(device)
    data = DataLoader(dataset, batch_size=batch_size, shuffle=True)
    perdida = []
    for epoch in range(epochs):
        for x, y in data:
            x = x.to(device)
            y = y.to(device)
            y_pred = red.forward(x)
            l = CELoss(y_pred, y)
            red.backward(x, y, y_pred)
            optimizador.step()
            perdida.append(l.item())
        print('Época', epoch + 1, 'pérdida', perdida[-1])
    return perdida
# %%
# 4d
import matplotlib.pyplot as plt
dataset = RandomDataset(1000, 300, 10)
for l_h in [[50, 30], [10], [100, 100, 100]]:
    red = FFNN(300, l_h, [relu] * len(l_h), 10)
    optimizador = SGD(red.parameters(), 0.01)
    plt.plot(entrenar_FFNN(red, dataset, optimizador, epochs=10, batch_size=50, device='cpu'), label=str(l_h))
plt.legend()
plt.show()
# %% [markdown]
# Las redes con más parámetros logran menos pérdida.
# %%
# Tu código de carga de datos, creación de la red,
    # entrenamiento y reportes acá
