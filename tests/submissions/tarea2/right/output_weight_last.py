# expect: full except 1c 3b 4e (not attempted)
# why: output weight last in one list, bias of shape (1, n), dictionary of derivatives, backward recomputes everything from x, class index labels, 0-d losses.
# %%
!pip install -q ipdb
import ipdb
import torch
import torch.nn as nn
# %%
def sig(T):
    return torch.exp(T)/(torch.exp(T)+1)
def tanh(T):
    return 2*sig(2*T)-1
def relu(T):
    r = T.clone()
    r[r<0] = 0
    return r
def swish(T, beta=1):
    return T*sig(T*beta)
def celu(T, alpha=1):
    zero = torch.tensor(0., dtype=T.dtype)
    return torch.max(zero, T)+torch.min(zero, alpha*(torch.exp(T/alpha)-1))
def softmax(T, dim, estable=True):
    M = T.max(dim, keepdim=True)[0] if estable else 0
    numerador = (T-M).exp()
    return numerador/numerador.sum(dim).unsqueeze(dim)
# %% [markdown]
# **1a** $relu'(x)=1$ si $x>0$, $0$ si no. $swish_x=\sigma+\beta x\sigma(1-\sigma)$, $swish_\beta=x^2\sigma(1-\sigma)$ con $\sigma=\sigma(\beta x)$.
# $celu_x = \min(1, e^{x/\alpha})$, $celu_\alpha = (1-x/\alpha)e^{x/\alpha}-1$ si $x<0$.
# %%
def d_relu(T):
    return (T>=0).float().to(T)
def d_swish(T, beta=1):
    S = sig(beta*T)
    dS = S*(1-S)
    return S+beta*T*dS, T**2*dS
def d_celu(T, alpha=1):
    neg = torch.min(T, torch.zeros_like(T))
    e = torch.exp(neg/alpha)
    return e, (1-neg/alpha)*e-1
def d_sig(T):
    return sig(T)*(1-sig(T))
def d_tanh(T):
    return 1-tanh(T)**2
derivadas = {sig: d_sig, tanh: d_tanh, relu: d_relu,
             swish: lambda u: d_swish(u)[0], celu: lambda u: d_celu(u)[0]}
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    N = Q.size(0)
    if estable:
        Q = torch.max(Q, torch.full_like(Q, epsilon))
    suma = 0
    for i in range(N):
        suma = suma+torch.dot(P[i], -torch.log(Q[i]))
    return suma/N
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
class FFNN(nn.Module):
    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        dims = [F, *l_h, C]
        self.pesos = nn.ParameterList()
        self.sesgos = nn.ParameterList()
        for i in range(len(dims)-1):
            self.pesos.append(nn.Parameter(torch.randn(dims[i], dims[i+1])*0.3))
            self.sesgos.append(nn.Parameter(torch.zeros(1, dims[i+1])))
        self.activaciones = l_a

    def forward(self, x):
        h = x
        for i in range(len(self.activaciones)):
            h = self.activaciones[i](h@self.pesos[i]+self.sesgos[i])
        return softmax(h@self.pesos[-1]+self.sesgos[-1], 1)

    def backward(self, x, y, y_pred):
        with torch.no_grad():
            u, h = [], [x]
            for i, f in enumerate(self.activaciones):
                u.append(h[i]@self.pesos[i]+self.sesgos[i])
                h.append(f(u[i]))
            delta = (y_pred-y)/len(x)
            i = len(self.pesos)-1
            while i >= 0:
                self.pesos[i].grad = h[i].T@delta
                self.sesgos[i].grad = delta.sum(0, keepdim=True)
                if i > 0:
                    delta = (delta@self.pesos[i].T)*derivadas[self.activaciones[i-1]](u[i-1])
                i -= 1
            #ipdb.set_trace()
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
from torch.utils.data import Dataset, DataLoader
class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.C = C
        self.ejemplos = [(torch.randn(F), torch.randint(0, C, (1,))[0]) for _ in range(N)]
    def __len__(self):
        return len(self.ejemplos)
    def __getitem__(self, i):
        return self.ejemplos[i]
# %%
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda'):
    red.to(device)
    clases = red.sesgos[-1].size(1)
    historia = []
    for epoca in range(epochs):
        for x, etiqueta in DataLoader(dataset, batch_size=batch_size):
            x = x.to(device)
            y = torch.zeros(len(x), clases, device=device)
            y[torch.arange(len(x)), etiqueta.to(device)] = 1
            optimizador.zero_grad()
            y_pred = red(x).detach()
            l = CELoss(y_pred, y)
            historia.append(l)
            red.backward(x, y, y_pred)
            optimizador.step()
        print(epoca, historia[-1])
    return historia
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
