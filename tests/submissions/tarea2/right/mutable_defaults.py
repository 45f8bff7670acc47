# expect: full except 4e (not attempted)
# why: default arguments that are lists, dictionaries and functions, none of them changed in a way that matters; arguments of the network that nobody uses; defaults taken from earlier names.
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
def CELoss(Q, P, estable=True, epsilon=1e-8):
    log_q = torch.log(torch.clip(Q, epsilon, None) if estable else Q)
    return torch.neg(torch.mean(torch.sum(P * log_q, 1)))
# %%
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    """The same, from indices (N,)."""
    q = torch.stack([row[t] for row, t in zip(Q, Target)])
    return -(q.clamp(min=epsilon) if estable else q).log().mean()
# %%
B,C=5,10
y=torch.ones(B,C)
y_pred=torch.ones(B,C)
# %%
dimL=40
hL=torch.ones(B,dimL)
U=torch.ones(dimL,C)
c=torch.ones(C)
uLm1=hL@U+c
dL_duLm1=torch.mul(1/B,torch.sub(y_pred,y))
assert dL_duLm1.size()==uLm1.size()
# %%
dL_dU=torch.mm(torch.t(hL),dL_duLm1)
dL_dc=torch.sum(dL_duLm1,0)
dL_dhL=torch.mm(dL_duLm1,torch.t(U))
# %%
def entrenar_FFNN(red,dataset,optimizador,epochs=1,batch_size=1,device='cuda',verbose=True):
  red=red.to(device)
  loader=DataLoader(dataset,batch_size=batch_size,shuffle=True)
  loss=[]
  for e in range(1,epochs+1):
    total=0
    vistos=0
    for x,y in loader:
      x=x.to(device)
      y=y.to(device)
      y_pred=red(x)
      total+=CELoss(y_pred,y).item()*len(x)
      vistos+=len(x)
      red.backward(x,y,y_pred)
      optimizador.step()
    loss.append(total/vistos)
    if verbose:
      print('Epoch',e,'loss',loss[-1])
  return loss
# %%
dimk = 20
dimkm1 = 30
hk = torch.ones(B, dimk)
Wk = torch.ones(dimk, dimkm1)
bk = torch.ones(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.ones(B, dimkm1)

def gradientes(derivada, llega=None, acumulado={}):
    # los tensores de la celda se leen como globales
    llega = dL_dhkm1 if llega is None else llega
    du = llega * derivada
    return du, hk.T @ du, du.sum(0), du @ Wk.T

dL_duk_relu, dL_dWk_relu, dL_dbk_relu, dL_dhk_relu = gradientes(d_relu(uk))
dL_duk_celu, dL_dWk_celu, dL_dbk_celu, dL_dhk_celu = gradientes(d_celu(uk)[0])
dL_duk_swish, dL_dWk_swish, dL_dbk_swish, dL_dhk_swish = gradientes(d_swish(uk)[0])
# %%
DERIVADAS = {'sig': lambda u: sig(u) * (1 - sig(u)), 'tanh': lambda u: 1 - tanh(u) ** 2, 'relu': d_relu}

class FFNN(nn.Module):
    def __init__(self, F, l_h, l_a, C, l_a_params=[], keep_prob=[], batch_norm=False, init='normal', seed=None,
                 opciones={'sesgo': 0.0}, derivadas=DERIVADAS):
        super().__init__()
        d = [F, *l_h, C]
        self.l_a, self.derivadas = l_a, derivadas
        self.W = nn.ParameterList(nn.Parameter(torch.randn(n, m) / n ** 0.5) for n, m in zip(d, d[1:]))
        self.b = nn.ParameterList(nn.Parameter(torch.full((m,), opciones['sesgo'])) for m in d[1:])
        # [] o None: sin parámetros en las activaciones
        valores = list(l_a_params or []) + [None] * (len(l_a) - len(l_a_params or []))
        self.params = nn.ParameterList(
            nn.Parameter(torch.tensor([1.0 if v is None else v]), requires_grad=v is not None) for v in valores
        )
        self.con_param = [v is not None for v in valores]

    def f(self, k, u):
        return self.l_a[k](u, self.params[k]) if self.con_param[k] else self.l_a[k](u)

    def forward(self, x, memoria=None, guardar=True):
        memoria = [] if memoria is None else memoria
        h = x
        for k in range(len(self.l_a)):
            u = h @ self.W[k] + self.b[k]
            memoria.append((h, u))
            h = self.f(k, u)
        memoria.append((h, None))
        if guardar:
            self.memoria = memoria
        return softmax(h @ self.W[-1] + self.b[-1], 1)

    def backward(self, x, y, y_pred, lados=('W', 'b')):
        with torch.no_grad():
            g = (y_pred - y) / len(x)
            for k in range(len(self.W) - 1, -1, -1):
                grads = dict(zip(lados, (self.memoria[k][0].T @ g, g.sum(0))))
                self.W[k].grad, self.b[k].grad = grads['W'], grads['b']
                if k == 0:
                    break
                u, f = self.memoria[k - 1][1], self.l_a[k - 1]
                g = g @ self.W[k].T
                if f.__name__ in self.derivadas:
                    g = g * self.derivadas[f.__name__](u)
                    continue
                d, dp = (d_swish if f is swish else d_celu)(u, self.params[k - 1])
                if self.con_param[k - 1]:
                    self.params[k - 1].grad = (g * dp).sum().reshape(1)
                g = g * d
# %%
def chequeo_gradiente(red, x, y, epsilon=1e-6, vistos=[], perdida=CELoss):
    """`vistos` guarda los errores de todas las llamadas; no influye en el resultado."""
    red.backward(x, y, red.forward(x))
    arriba = abajo = 0.0
    with torch.no_grad():
        for p in red.parameters():
            if p.grad is None:
                continue
            for i in range(p.numel()):
                original = p.view(-1)[i].clone()
                valores = []
                for lado in (+epsilon, -epsilon):
                    p.view(-1)[i] = original + lado
                    valores.append(perdida(red.forward(x), y).item())
                p.view(-1)[i] = original
                a, g = (valores[0] - valores[1]) / (2 * epsilon), p.grad.view(-1)[i].item()
                arriba += (g - a) ** 2
                abajo += g * g + a * a
    vistos.append(arriba / abajo)
    return vistos[-1]
# %%
class SGD():
    def __init__(self, parameters, lr=0.01, historia=[]):
        self.parameters = [p for p in parameters if p.requires_grad]
        self.lr = lr

    def step(self):
        for p in self.parameters:
            p.data = torch.add(p.data, p.grad, alpha=-self.lr)
# %%
class RandomDataset(Dataset):
    def __init__(self, N, F, C, cache={}, generador=torch.randn):
        self.N, self.C = N, C
        self.x = generador(N, F)
        self.y = torch.randint(C, (N,))

    def __len__(self):
        return self.N

    def __getitem__(self, i):
        return self.x[i], (torch.arange(self.C) == self.y[i]).float()
# %%
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda', perdida=CELoss, metricas={},
                  callbacks=[], mostrar=print):
    red.to(device)
    perdidas = []
    for epoca in range(epochs):
        for x, y in DataLoader(dataset, batch_size=batch_size, shuffle=True):
            x, y = x.to(device), y.to(device)
            y_pred = red(x)
            perdidas.append(perdida(y_pred, y).item())
            red.backward(x, y, y_pred)
            optimizador.step()
        for callback in callbacks:
            callback(red, epoca)
        mostrar('época', epoca, *(f'{n}={m(red)}' for n, m in metricas.items()), 'pérdida', f'{perdidas[-1]:.4f}')
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
