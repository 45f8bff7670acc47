# expect: full except 3b 3c 4e (not attempted)
# why: functools.partial, wraps, lru_cache and singledispatch, own decorators stacked on the asked functions (timing, no_grad, shape checks), operator and itertools in place of indices.
# %%
import functools
import itertools
import operator
import time

import torch
from torch.utils.data import Dataset, DataLoader
# %%
TIEMPOS = {}

def cronometrar(f):
    @functools.wraps(f)
    def medida(*args, **kwargs):
        inicio = time.perf_counter()
        try:
            return f(*args, **kwargs)
        finally:
            TIEMPOS[f.__name__] = TIEMPOS.get(f.__name__, 0) + time.perf_counter() - inicio
    return medida

def misma_forma(f):
    @functools.wraps(f)
    def revisada(T, *args, **kwargs):
        salida = f(T, *args, **kwargs)
        for s in salida if isinstance(salida, tuple) else (salida,):
            assert s.shape == T.shape, f.__name__
        return salida
    return revisada

def repetir(veces):
    """Un decorador con argumento; con 1 no cambia nada."""
    def decorador(f):
        @functools.wraps(f)
        def repetida(*args, **kwargs):
            for _ in range(veces):
                salida = f(*args, **kwargs)
            return salida
        return repetida
    return decorador
# %%
@misma_forma
def logistica(T, pendiente, alto=1, bajo=0):
    return bajo + (alto - bajo) / (1 + torch.exp(-pendiente * T))

sig = functools.partial(logistica, pendiente=1)
tanh = functools.partial(logistica, pendiente=2, alto=1, bajo=-1)
sig.__name__, tanh.__name__ = 'sig', 'tanh'
relu = functools.partial(torch.clamp, min=0)
positivos = functools.partial(torch.gt, other=0)
negativa = functools.partial(torch.clamp, max=0)

@misma_forma
def swish(T, beta=1):
    return T * sig(beta * T)

@misma_forma
def celu(T, alpha=1):
    return relu(T) + alpha * torch.expm1(negativa(T) / alpha)

@misma_forma
@cronometrar
def softmax(T, dim, estable=True):
    E = torch.exp(operator.sub(T, T.amax(dim, keepdim=True)) if estable else T)
    return operator.truediv(E, E.sum(dim, keepdim=True))
# %% [markdown]
# **1a.** relu: $H(x)$. swish: $\sigma(\beta x)(1+\beta x\,\sigma(-\beta x))$ and $x^2\sigma(\beta x)\sigma(-\beta x)$.
# celu for $x<0$: $e^{x/\alpha}$ and $e^{x/\alpha}(1-x/\alpha)-1$, otherwise 1 and 0.
# %%
@misma_forma
def d_relu(T):
    return torch.gt(T, 0).to(T.dtype)

@misma_forma
@cronometrar
def d_swish(T, beta=1):
    s, r = sig(beta * T), sig(-beta * T)
    return s + beta * T * s * r, T * T * s * r

@cronometrar
@repetir(1)
@misma_forma
def d_celu(T, alpha=1):
    z = negativa(T) / alpha
    return z.exp(), z.expm1() - z * z.exp()

primera = operator.itemgetter(0)

@functools.lru_cache(maxsize=None)
def derivada(f):
    """La derivada de una activación; se busca una sola vez por función."""
    if f is sig:
        return lambda u: sig(u) * sig(-u)
    if f is tanh:
        return lambda u: 1 - tanh(u) ** 2
    if f is relu:
        return d_relu
    return lambda u, d={swish: d_swish, celu: d_celu}[f]: primera(d(u))
# %%
def _perdida(log_de_q, P, /):
    return -torch.sum(P * log_de_q, dim=1).mean()

@cronometrar
@torch.no_grad()
def CELoss(Q, P, estable=True, epsilon=1e-8):
    acotar = functools.partial(torch.clamp, min=epsilon) if estable else lambda T: T
    return _perdida(acotar(Q).log(), P)

@functools.singledispatch
def _one_hot(clases, C):
    return torch.eye(C)[clases]

@_one_hot.register
def _(clases: list, C):
    return _one_hot(torch.tensor(clases), C)

CategoricalCELoss = lambda Q, Target, **opciones: CELoss(Q, _one_hot(Target.tolist(), Q.shape[1]).to(Q), **opciones)
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
dimk, dimkm1 = 20, 30
hk, Wk, bk = torch.ones(B, dimk), torch.ones(dimk, dimkm1), torch.ones(dimkm1)
uk, dL_dhkm1 = hk @ Wk + bk, torch.ones(B, dimkm1)

en_u = functools.partial(operator.mul, dL_dhkm1)
en_W = functools.partial(operator.matmul, hk.T)
en_h = lambda g: operator.matmul(g, Wk.T)
en_b = functools.partial(torch.sum, dim=0)
dL_duk_relu, dL_duk_celu, dL_duk_swish = grads_u = [en_u(derivada(f)(uk)) for f in (relu, celu, swish)]
dL_dWk_relu, dL_dWk_celu, dL_dWk_swish = map(en_W, grads_u)
dL_dbk_relu, dL_dbk_celu, dL_dbk_swish = map(en_b, grads_u)
dL_dhk_relu, dL_dhk_celu, dL_dhk_swish = map(en_h, grads_u)
# %%
def guardar_gradiente(p, grad):
    p.grad = grad

class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        self.W, self.b = torch.nn.ParameterList(), torch.nn.ParameterList()
        for n, m in itertools.pairwise([F, *l_h, C]):
            self.W.append(torch.nn.Parameter(torch.randn(n, m) * n ** -0.5))
            self.b.append(torch.nn.Parameter(torch.zeros(m)))
        self.fs = [*l_a, functools.partial(softmax, dim=1)]

    @cronometrar
    @torch.no_grad()
    def forward(self, x):
        self.us = []
        def capa(h, Wbf):
            self.us.append(h @ Wbf[0] + Wbf[1])
            return Wbf[2](self.us[-1])
        *self.hs, y_pred = itertools.accumulate(zip(self.W, self.b, self.fs), capa, initial=x)
        return y_pred

    @cronometrar
    @torch.no_grad()
    def backward(self, x, y, y_pred):
        g = (y_pred - y) / len(y)
        for k, (W, b, h) in reversed(list(enumerate(zip(self.W, self.b, self.hs)))):
            guardar_gradiente(W, h.T @ g)
            guardar_gradiente(b, g.sum(0))
            if k:
                g = g @ W.T * derivada(self.fs[k - 1])(self.us[k - 1])
# %%
class SGD:
    def __init__(self, parameters, lr):
        # un paso por parámetro, listo para ser llamado
        self.pasos = [functools.partial(self.mover, p, lr) for p in parameters]

    @staticmethod
    @torch.no_grad()
    def mover(p, lr):
        p.sub_(p.grad, alpha=lr)

    def step(self):
        for paso in self.pasos:
            paso()
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
@cronometrar
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda'):
    mover = operator.methodcaller('to', device)
    mover(red)
    perdidas = []
    cargar = functools.partial(DataLoader, dataset, batch_size=batch_size, shuffle=True)
    for n, (x, y) in enumerate(itertools.chain.from_iterable(cargar() for _ in range(epochs)), start=1):
        x, y = map(mover, (x, y))
        y_pred = red(x)
        perdidas.append(CELoss(y_pred, y).item())
        red.backward(x, y, y_pred)
        optimizador.step()
        if n % 20 == 0:
            print(f'paquete {n}: {perdidas[-1]:.4f}')
    return perdidas
# %%
import matplotlib.pyplot as plt
datos = RandomDataset(200, 20, 4)
for h, a in [([10], [tanh]), ([10, 10], [relu, sig]), ([40], [celu])]:
    red = FFNN(20, h, a, 4)
    plt.plot(entrenar_FFNN(red, datos, SGD(red.parameters(), 0.1), 5, 8, 'cpu'), label=str(h))
plt.legend()
plt.show()
print({nombre: round(t, 2) for nombre, t in TIEMPOS.items()})
# %% [markdown]
# El tiempo se va casi todo en forward; en pérdida, la red ancha gana.
