# expect: full except 1c 3b 3c 4e (not attempted)
# why: whole data set moved once, shuffled with one permutation and cut with split; classes read from dataset.targets; loss as the trace of P log(Q)^T with the logarithm clamped; einsum over nn.Linear weights.
# %%
import torch
from torch.utils.data import Dataset
# %%
def sig(T):
    """1 / (1 + e^-T)"""
    return torch.ones_like(T) / (torch.ones_like(T) + torch.exp(-T))

def tanh(T):
    """por la exponencial negativa del módulo, que no desborda"""
    q = torch.exp(-2 * torch.abs(T))
    return torch.where(T < 0, q - 1, 1 - q) / (1 + q)

def relu(T):
    """max(0, T)"""
    z = torch.zeros(1, dtype=T.dtype, device=T.device).expand_as(T)
    return torch.stack([T, z], dim=-1).max(dim=-1).values

def swish(T, beta=1):
    return T * sig(T * beta)

def celu(T, alpha=1):
    return torch.where(T > 0, T, alpha * torch.exp(torch.where(T > 0, T * 0, T) / alpha) - alpha)

def softmax(T, dim, estable=True):
    if estable:
        m = torch.max(T, dim=dim, keepdim=True).values
        return torch.exp(T - m) / torch.sum(torch.exp(T - m), dim=dim, keepdim=True)
    return torch.exp(T) / torch.sum(torch.exp(T), dim=dim, keepdim=True)
# %% [markdown]
# ## Respuesta 1a
# Para `relu`, $r'(x) = 0$ si $x<0$ y $1$ si $x>0$.
#
# Para `swish`, sea $s(x,\beta)=x\sigma(\beta x)$. Por la regla del producto
# $\partial_x s=\sigma(\beta x)+x\beta\sigma(\beta x)(1-\sigma(\beta x))$ y $\partial_\beta s=x\cdot x\,\sigma(\beta x)(1-\sigma(\beta x))$.
#
# Para `celu`, si $x\leq 0$, $\partial_x=e^{x/\alpha}$ y $\partial_\alpha=e^{x/\alpha}-1-\frac x\alpha e^{x/\alpha}$.
# %%
def d_relu(T):
    return torch.where(T > 0, torch.full_like(T, 1.), torch.full_like(T, 0.))

def d_swish(T, beta=1):
    a = sig(T * beta)
    b = a - a ** 2
    return a + T * beta * b, T * T * b

def d_celu(T, alpha=1):
    e = torch.exp(torch.where(T > 0, T * 0, T) / alpha)
    return e, torch.where(T > 0, T * 0, e - 1 - T / alpha * e)
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    # acotar el logaritmo es lo mismo que acotar la probabilidad
    log_Q = torch.log(Q)
    if estable:
        log_Q = torch.clamp(log_Q, min=torch.log(torch.tensor(epsilon)).item())
    return -torch.trace(P @ log_Q.T) / P.shape[0]
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
# 2c
dimk = 20
dimkm1 = 30
hk = torch.ones(B,dimk)
Wk = torch.ones(dimk,dimkm1)
bk = torch.ones(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.ones(B,dimkm1)

# relu
dL_duk_relu = torch.where(uk > 0, dL_dhkm1, torch.zeros(B, dimkm1))
dL_dWk_relu = torch.bmm(hk.view(B, dimk, 1), dL_duk_relu.view(B, 1, dimkm1)).sum(dim=0)
dL_dbk_relu = dL_duk_relu.sum(dim=0)
dL_dhk_relu = torch.einsum('bj,ij->bi', dL_duk_relu, Wk)
# %%
dL_duk_celu = torch.where(uk > 0, dL_dhkm1, dL_dhkm1 * (celu(uk) + 1))
dL_dWk_celu = torch.bmm(hk.view(B, dimk, 1), dL_duk_celu.view(B, 1, dimkm1)).sum(dim=0)
dL_dbk_celu = dL_duk_celu.sum(dim=0)
dL_dhk_celu = torch.einsum('bj,ij->bi', dL_duk_celu, Wk)
# %%
dL_duk_swish = dL_dhkm1 * (swish(uk) + sig(uk) * (1 - swish(uk)))
dL_dWk_swish = torch.bmm(hk.view(B, dimk, 1), dL_duk_swish.view(B, 1, dimkm1)).sum(dim=0)
dL_dbk_swish = dL_duk_swish.sum(dim=0)
dL_dhk_swish = torch.einsum('bj,ij->bi', dL_duk_swish, Wk)
# %%
class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        self.f = l_a
        self.entrada = torch.nn.Linear(F, l_h[0])
        self.medias = torch.nn.ModuleList([torch.nn.Linear(a, b) for a, b in zip(l_h, l_h[1:])])
        self.salida = torch.nn.Linear(l_h[-1], C)

    def lineales(self):
        yield self.entrada
        yield from self.medias
        yield self.salida

    def forward(self, x):
        self.h, self.u = [x.flatten(1)], []
        for f, lineal in zip(self.f + [None], self.lineales()):
            self.u.append(lineal(self.h[-1]))
            if f is not None:
                self.h.append(f(self.u[-1]))
        return softmax(self.u[-1], dim=1)

    def backward(self, x, y, y_pred):
        nombres = {'sig': lambda u: sig(u) * sig(-u), 'tanh': lambda u: 1 - tanh(u) ** 2, 'relu': d_relu,
                   'swish': lambda u: d_swish(u)[0], 'celu': lambda u: d_celu(u)[0]}
        g = (y_pred.detach() - y) / len(y)
        capas = list(self.lineales())
        for k in range(len(capas))[::-1]:
            capas[k].weight.grad = torch.einsum('bi,bj->ji', self.h[k].detach(), g)
            capas[k].bias.grad = torch.einsum('bj->j', g)
            if k:
                pendiente = nombres[self.f[k - 1].__name__](self.u[k - 1].detach())
                g = torch.einsum('bj,ji,bi->bi', g, capas[k].weight.detach(), pendiente)
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.parametros, self.lr = list(parameters), lr
    def step(self):
        for p in self.parametros:
            p.data.copy_(p.data-self.lr*p.grad)
# %%
class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.data = torch.normal(0.0, 1.0, size=(N, F))
        self.targets = torch.arange(N).remainder(C)[torch.randperm(N)]   # clases parejas
        self.num_classes = C

    def __len__(self):
        return self.data.size()[0]

    def __getitem__(self, i):
        return self.data[i], self.targets[i]
# %%
def exactitud(y_pred, clases):
    return y_pred.argmax(dim=1).eq(clases).float().mean().item()

def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda', barajar=True):
    red = red.to(device)
    X, clases = dataset.data.to(device), dataset.targets.to(device)
    Y = torch.eye(int(clases.max()) + 1 if not hasattr(dataset, 'num_classes') else dataset.num_classes, device=device)[clases]
    losses, accs = [], []
    for epoca in range(1, epochs + 1):
        if barajar:
            orden = torch.randperm(len(X), device=device)
            X, Y = X.index_select(0, orden), Y.index_select(0, orden)
        for x, y in zip(X.split(batch_size), Y.split(batch_size)):
            y_pred = red(x)
            losses.append(CELoss(y_pred, y).item())
            accs.append(exactitud(y_pred, y.argmax(1)))
            red.backward(x, y, y_pred)
            optimizador.step()
        print('época', epoca, 'pérdida', round(losses[-1], 4), 'exactitud', round(accs[-1], 2))
    return losses, accs
# %%
import matplotlib.pyplot as plt
datos = RandomDataset(200, 20, 4)
fig, (arriba, abajo) = plt.subplots(2)
for h, a in [([10], [tanh]), ([10, 10], [relu, sig]), ([40], [celu])]:
    red = FFNN(20, h, a, 4)
    losses, accs = entrenar_FFNN(red, datos, SGD(red.parameters(), 0.1), 5, 8, 'cpu')
    arriba.plot(losses)
    abajo.plot(accs)
fig.show()
plt.show()
# %% [markdown]
# La exactitud sube cuando la pérdida baja de 1.
