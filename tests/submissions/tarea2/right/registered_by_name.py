# expect: full except 4e (not attempted)
# why: register_parameter and getattr by name, a buffer among the parameters, gradients set through named_parameters, beta and alpha registered as None where absent.
# %%
import torch
from torch.utils.data import DataLoader, Dataset
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
# %%
# 1a
# relu' = 1 si x>0
# swish' = sig(bx) + bx sig(bx)(1-sig(bx)) ; d/db = x^2 sig(bx)(1-sig(bx))
# celu' = 1 si x>0, exp(x/a) si no ; d/da = 0 si x>0, exp(x/a) - (x/a) exp(x/a) - 1 si no
def d_relu(T):
  return (T>0).type(T.dtype)

def d_swish(T,beta=1):
  s=sig(beta*T)
  return s+beta*T*s*(1-s), T*T*s*(1-s)

def d_celu(T,alpha=1):
  pos=(T>0).to(T.dtype)
  neg=1-pos
  e=torch.exp(T*neg/alpha)
  return pos+neg*e, neg*(e-(T/alpha)*e-1)
# %%
def CategoricalCELoss(Q,Target,estable=True,epsilon=1e-8):
  elegidos=torch.gather(Q,1,Target.view(-1,1))
  if estable:
    elegidos=torch.clamp(elegidos,min=epsilon)
  return torch.mean(-torch.log(elegidos))
# %%
def CELoss(Q,P,estable=True,epsilon=1e-8):
  N=Q.shape[0]
  if estable:
    Q=torch.clamp(Q,epsilon,1-epsilon)
  return -torch.sum(P*torch.log(Q))/N
# %% [markdown]
# ### 1a
# $\dfrac{d\,relu}{dx}=\mathbb 1[x>0]$;
# $\dfrac{\partial swish}{\partial x}=\sigma(\beta x)\,[1+\beta x(1-\sigma(\beta x))]$;
# $\dfrac{\partial swish}{\partial\beta}=x^2\sigma(\beta x)(1-\sigma(\beta x))$;
# $\dfrac{\partial celu}{\partial x}=e^{\min(x,0)/\alpha}$;
# $\dfrac{\partial celu}{\partial\alpha}=e^{z}-1-z e^{z},\ z=\min(x,0)/\alpha$.
# %%
B, C = 5, 10
y = torch.ones(B,C)
y_pred = torch.ones(B,C)
dimL = 40
hL = torch.ones(B,dimL)
U = torch.ones(dimL,C)
c = torch.ones(C)
uLm1 = hL @ U + c

dL_duLm1 = y_pred.clone()
dL_duLm1 -= y
dL_duLm1 /= B
# %%
dL_dU = torch.zeros_like(U)
dL_dU += hL.T @ dL_duLm1
dL_dc = torch.zeros_like(c)
dL_dc += dL_duLm1.sum(0)
dL_dhL = torch.empty_like(hL)
torch.mm(dL_duLm1, U.T, out=dL_dhL)
# %%
dimk = 20
dimkm1 = 30
hk = torch.ones(B,dimk)
Wk = torch.ones(dimk,dimkm1)
bk = torch.ones(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.ones(B,dimkm1)

dL_duk_relu = dL_dhkm1.clone()
dL_duk_relu[uk <= 0] = 0
dL_dWk_relu = hk.T @ dL_duk_relu
dL_dbk_relu = dL_duk_relu.sum(0)
dL_dhk_relu = dL_duk_relu @ Wk.T

dL_duk_celu = dL_dhkm1.clone()
dL_duk_celu[uk <= 0] *= uk[uk <= 0].exp()
dL_dWk_celu = hk.T @ dL_duk_celu
dL_dbk_celu = dL_duk_celu.sum(0)
dL_dhk_celu = dL_duk_celu @ Wk.T

dL_duk_swish = dL_dhkm1.clone()
dL_duk_swish *= d_swish(uk)[0]
dL_dWk_swish = hk.T @ dL_duk_swish
dL_dbk_swish = dL_duk_swish.sum(0)
dL_dhk_swish = dL_duk_swish @ Wk.T
# %%
class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C, l_a_params=None):
        super().__init__()
        self.L = len(l_h)
        self.funcs = list(l_a)
        anchos = [F] + list(l_h) + [C]
        for k in range(1, self.L + 2):
            n, m = anchos[k - 1], anchos[k]
            self.register_parameter('W%d' % k, torch.nn.Parameter(torch.randn(n, m) / n ** 0.5))
            self.register_parameter('b%d' % k, torch.nn.Parameter(torch.zeros(1, m)))
        for k in range(1, self.L + 1):
            valor = None if l_a_params is None else l_a_params[k - 1]
            nuevo = None if valor is None else torch.nn.Parameter(torch.full((1,), float(valor)))
            self.register_parameter('theta%d' % k, nuevo)
        self.register_buffer('vistos', torch.zeros((), dtype=torch.long))

    def p(self, letra, k):
        return getattr(self, '%s%d' % (letra, k))

    def activar(self, k, u):
        theta = self.p('theta', k)
        return self.funcs[k - 1](u) if theta is None else self.funcs[k - 1](u, theta)

    def forward(self, x):
        self.vistos += len(x)
        self.h, self.u = {0: x}, {}
        for k in range(1, self.L + 1):
            self.u[k] = self.h[k - 1] @ self.p('W', k) + self.p('b', k)
            self.h[k] = self.activar(k, self.u[k])
        return softmax(self.h[self.L] @ self.p('W', self.L + 1) + self.p('b', self.L + 1), 1)

    @torch.no_grad()
    def backward(self, x, y, y_pred):
        grads = {}
        g = (y_pred - y) / len(x)
        for k in range(self.L + 1, 0, -1):
            grads[f'W{k}'] = self.h[k - 1].T @ g
            grads[f'b{k}'] = g.sum(0, keepdim=True)
            if k == 1:
                break
            g = g @ self.p('W', k).T
            u, f, theta = self.u[k - 1], self.funcs[k - 2].__name__, self.p('theta', k - 1)
            resto = () if theta is None else (theta,)
            if f == 'sig':
                d = self.h[k - 1] * (1 - self.h[k - 1])
            elif f == 'tanh':
                d = 1 - self.h[k - 1] ** 2
            elif f == 'relu':
                d = d_relu(u)
            else:
                d, dtheta = globals()['d_' + f](u, *resto)
                if resto:
                    grads[f'theta{k - 1}'] = (g * dtheta).sum().view(1)
            g = g * d
        for nombre, p in self.named_parameters():
            p.grad = grads.get(nombre)
# %%
def chequeo_gradiente(red, x, y, epsilon=1e-6):
    red.backward(x, y, red.forward(x))
    numerador = denominador = 0.
    for nombre, p in red.named_parameters():
        for i in range(p.numel()):
            lados = {}
            for signo in (1, -1):
                estado = {n: v.clone() for n, v in red.state_dict().items()}
                estado[nombre].view(-1)[i] += signo * epsilon
                antes = p.data
                p.data = estado[nombre]
                lados[signo] = float(CELoss(red.forward(x), y))
                p.data = antes
            app = (lados[1] - lados[-1]) / (2 * epsilon)
            grad = p.grad.view(-1)[i].item()
            numerador += (grad - app) ** 2
            denominador += grad ** 2 + app ** 2
    return numerador / denominador
# %%
class SGD():
    def __init__(self, parameters, lr):
        for i, p in enumerate(parameters):
            setattr(self, f'p{i}', p)
        self.n, self.lr = i + 1, lr

    def step(self):
        for i in range(self.n):
            p = getattr(self, f'p{i}')
            if p.grad is None:
                continue
            setattr(p, 'data', p.data.sub(p.grad, alpha=self.lr))
# %%
from torch.utils.data import Dataset, DataLoader
class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.data = torch.empty(N, F).uniform_(-1, 1)
        self.targets = torch.zeros(N, C)
        self.targets[torch.arange(N), torch.empty(N).random_(0, C).long()] = 1.
    def __len__(self):
        return self.targets.shape[0]
    def __getitem__(self, i):
        return self.data[i].clone(), self.targets[i].clone()
# %%
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda'):
    red.to(device)
    perdidas = []
    datos = DataLoader(dataset, batch_size=batch_size)
    for epoca in range(epochs):
        suma = 0
        for x, y in datos:
            x, y = x.to(device), y.to(device)
            y_pred = red.forward(x)
            l = CELoss(y_pred, y).item()
            red.backward(x, y, y_pred)
            optimizador.step()
            perdidas.append(l)
            suma += l
        print(f'época {epoca + 1}/{epochs}: pérdida {suma / len(datos):.4f}')
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
