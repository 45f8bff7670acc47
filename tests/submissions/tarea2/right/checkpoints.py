# expect: full except 3b 3c 4e (not attempted)
# why: the training writes files: the whole network with torch.save after each epoch, state dictionaries, a CSV of losses; keeps deep copies of the best network and reads it back.
# %%
import copy
import csv
import os
import pathlib
import tempfile
import torch
from torch.utils.data import Dataset, DataLoader
# %%
# ----- activaciones tarea 1 -----
def sig(T):
  return torch.reciprocal(1+torch.exp(-1*T))

def tanh(T):
  # directa de la definicion
  return (torch.exp(T)-torch.exp(-T))/(torch.exp(T)+torch.exp(-T))

def relu(T):
  return torch.clamp(T,min=0)

def swish(T,beta=1):
  return torch.mul(T,sig(torch.mul(T,beta)))

def celu(T,alpha=1):
  return torch.where(T>0,T,alpha*(torch.exp(T/alpha)-1))

def softmax(T,dim,estable=True):
  if estable:
    m,_=torch.max(T,dim,keepdim=True)
    T=T-m
  return torch.div(torch.exp(T),torch.sum(torch.exp(T),dim,keepdim=True))
# %% [markdown]
# ### 1a
# $\dfrac{d\,relu}{dx}=\mathbb 1[x>0]$;
# $\dfrac{\partial swish}{\partial x}=\sigma(\beta x)\,[1+\beta x(1-\sigma(\beta x))]$;
# $\dfrac{\partial swish}{\partial\beta}=x^2\sigma(\beta x)(1-\sigma(\beta x))$;
# $\dfrac{\partial celu}{\partial x}=e^{\min(x,0)/\alpha}$;
# $\dfrac{\partial celu}{\partial\alpha}=e^{z}-1-z e^{z},\ z=\min(x,0)/\alpha$.
# %%
def d_relu(T):
    return torch.where(T > 0, torch.ones_like(T), torch.zeros_like(T))

def d_swish(T, beta=1):
    s = swish(T, beta)
    dT = beta * s + sig(beta * T) * (1 - beta * s)
    dbeta = s * (T - s)
    return dT, dbeta

def d_celu(T, alpha=1):
    # el exponente se acota para que la rama positiva no desborde
    E = torch.exp(torch.clamp(T, max=0) / alpha)
    dT = torch.where(T > 0, torch.ones_like(T), E)
    dalpha = torch.where(T > 0, torch.zeros_like(T), E * (1 - T / alpha) - 1)
    return dT, dalpha
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        Q = Q.clamp(min=epsilon)
    return -(P * torch.log(Q)).sum(dim=1).mean()

def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    q = Q[torch.arange(Q.size(0)), Target]
    if estable:
        q = q.clamp(min=epsilon)
    return -torch.log(q).mean()
# %%
B, C, dimL = 5, 10, 40
y = torch.ones(B, C)
y_pred = torch.ones(B, C)
hL = torch.ones(B, dimL)
U = torch.ones(dimL, C)
c = torch.ones(C)
uLm1 = hL @ U + c

dL_duLm1 = (y_pred - y) / y.size(0)

assert dL_duLm1.size() == uLm1.size()
# %%
dL_dU = hL.t() @ dL_duLm1
dL_dc = dL_duLm1.sum(dim=0)
dL_dhL = dL_duLm1 @ U.t()

assert dL_dU.size() == U.size()
assert dL_dc.size() == c.size()
assert dL_dhL.size() == hL.size()
# %%
dimk = 20
dimkm1 = 30
hk = torch.ones(B, dimk)
Wk = torch.ones(dimk, dimkm1)
bk = torch.ones(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.ones(B, dimkm1)

# relu
dL_duk_relu = dL_dhkm1 * d_relu(uk)
dL_dWk_relu = hk.t() @ dL_duk_relu
dL_dbk_relu = dL_duk_relu.sum(dim=0)
dL_dhk_relu = dL_duk_relu @ Wk.t()
# celu
dL_duk_celu = dL_dhkm1 * d_celu(uk)[0]
dL_dWk_celu = hk.t() @ dL_duk_celu
dL_dbk_celu = dL_duk_celu.sum(dim=0)
dL_dhk_celu = dL_duk_celu @ Wk.t()
# swish
dL_duk_swish = dL_dhkm1 * d_swish(uk)[0]
dL_dWk_swish = hk.t() @ dL_duk_swish
dL_dbk_swish = dL_duk_swish.sum(dim=0)
dL_dhk_swish = dL_duk_swish @ Wk.t()

assert dL_dWk_relu.size() == dL_dWk_celu.size() == dL_dWk_swish.size() == Wk.size()
# %%
class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        anchos = [F, *l_h, C]
        self.W = torch.nn.ParameterList([torch.nn.Parameter(torch.randn(n, m) / n ** 0.5) for n, m in zip(anchos, anchos[1:])])
        self.b = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(m)) for m in anchos[1:]])
        self.l_a = l_a

    @torch.no_grad()
    def forward(self, x):
        self.h, self.u = [x], []
        for W, b, f in zip(self.W, self.b, self.l_a):
            self.u.append(self.h[-1] @ W + b)
            self.h.append(f(self.u[-1]))
        return softmax(self.h[-1] @ self.W[-1] + self.b[-1], 1)

    @torch.no_grad()
    def backward(self, x, y, y_pred):
        g = (y_pred - y) / len(x)
        for k in reversed(range(len(self.W))):
            self.W[k].grad, self.b[k].grad = self.h[k].T @ g, g.sum(0)
            if k > 0:
                g = (g @ self.W[k].T) * self.pendiente(self.l_a[k - 1], self.u[k - 1])

    @staticmethod
    def pendiente(f, u):
        if f is sig:
            return sig(u) * (1 - sig(u))
        if f is tanh:
            return 1 - tanh(u) ** 2
        if f is relu:
            return d_relu(u)
        return (d_swish if f is swish else d_celu)(u)[0]
# %%
class SGD():
  def __init__(self,parameters,lr):
    self.p=[]
    for q in parameters:
      self.p.append(q)
    self.lr=lr
  def step(self):
    for q in self.p:
      q.data=q.data-self.lr*q.grad
# %%
class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.x = torch.randn(N, F)
        self.y = torch.eye(C)[torch.randint(0, C, (N,))]

    def __len__(self):
        return self.x.size(0)

    def __getitem__(self, i):
        return self.x[i], self.y[i]
# %%
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda', carpeta=None):
    red.to(device)
    carpeta = pathlib.Path(carpeta or tempfile.mkdtemp(prefix='tarea2_'))
    os.makedirs(carpeta / 'puntos', exist_ok=True)
    perdidas, mejor, mejor_red = [], float('inf'), None
    for epoca in range(epochs):
        for x, y in DataLoader(dataset, batch_size=batch_size, shuffle=True):
            x, y = x.to(device), y.to(device)
            y_pred = red(x)
            perdidas.append(CELoss(y_pred, y).item())
            red.backward(x, y, y_pred)
            optimizador.step()
        torch.save(red, carpeta / 'puntos' / f'red_{epoca}.pt')
        torch.save({'epoca': epoca, 'pesos': red.state_dict(), 'perdidas': perdidas}, carpeta / 'ultimo.pt')
        if perdidas[-1] < mejor:
            mejor, mejor_red = perdidas[-1], copy.deepcopy(red)
        print(f'época {epoca}: {perdidas[-1]:.4f} (mejor {mejor:.4f})')
    with open(carpeta / 'perdidas.csv', 'w', newline='') as f:
        csv.writer(f).writerows(enumerate(perdidas))
    guardado = torch.load(carpeta / 'ultimo.pt', map_location=device)
    assert guardado['perdidas'] == perdidas and isinstance(mejor_red, FFNN)
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
