# expect: full except 1c 3b 3c 4e (not attempted)
# why: tqdm with set_postfix and trange, a stand-in where tqdm is absent, history of numpy floats from np.mean, early print with carriage return, sampler and batch_sampler by hand.
# %%
import numpy as np
import torch
from torch.utils.data import BatchSampler, DataLoader, Dataset, RandomSampler, SequentialSampler

try:
    from tqdm.auto import tqdm, trange
except ImportError:
    class tqdm:
        """Sin barra: sólo recorre."""
        def __init__(self, cosas, **opciones):
            self.cosas = cosas
        def __iter__(self):
            return iter(self.cosas)
        def set_postfix(self, **datos):
            pass
        @staticmethod
        def write(texto):
            print(texto)

    def trange(n, **opciones):
        return tqdm(range(n), **opciones)
# %%
def sig(T):
  "logistic"
  return 1 / (1 + (-T).exp())

def tanh(T):
  return (T.exp() - (-T).exp()) / (T.exp() + (-T).exp())

def relu(T):
  return (T > 0).float().to(T.dtype) * T

def swish(T, beta=1):
  return T * sig(beta * T)

def celu(T, alpha=1):
  return relu(T) - relu(alpha * (1 - (-relu(-T) / alpha).exp()))

def softmax(T, dim, estable=True):
  if estable:
    T = T - T.max(dim=dim, keepdim=True)[0]
  return T.exp() / T.exp().sum(dim=dim, keepdim=True)
# %% [markdown]
# ### 1a
# $\dfrac{d\,relu}{dx}=\mathbb 1[x>0]$;
# $\dfrac{\partial swish}{\partial x}=\sigma(\beta x)\,[1+\beta x(1-\sigma(\beta x))]$;
# $\dfrac{\partial swish}{\partial\beta}=x^2\sigma(\beta x)(1-\sigma(\beta x))$;
# $\dfrac{\partial celu}{\partial x}=e^{\min(x,0)/\alpha}$;
# $\dfrac{\partial celu}{\partial\alpha}=e^{z}-1-z e^{z},\ z=\min(x,0)/\alpha$.
# %%
def d_relu(T):
  return (T > 0).float()

def d_swish(T, beta=1):
  a, b = sig(beta * T), sig(-beta * T)
  return a + beta * T * a * b, T**2 * a * b

def d_celu(T, alpha=1):
  z = -relu(-T) / alpha
  return z.exp(), z.exp() - 1 - z * z.exp()
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
  assert Q.shape == P.shape
  if estable:
    Q = Q.clamp(min=epsilon, max=1 - epsilon)
  return (P * Q.log()).sum(dim=-1).mean().neg()
# %%
# 2a. Primero dL/dy_pred = -(1/B) y / y_pred; después el jacobiano diag(q) - q q^T de cada fila.
B, C = 5, 10
y = torch.ones(B,C)
y_pred = torch.ones(B,C)
dimL = 40
hL = torch.ones(B,dimL)
U = torch.ones(dimL,C)
c = torch.ones(C)
uLm1 = hL @ U + c

dL_dy_pred = -(1 / B) * y / y_pred
jacobiano = torch.diag_embed(y_pred) - y_pred.unsqueeze(2) * y_pred.unsqueeze(1)
dL_duLm1 = torch.matmul(jacobiano, dL_dy_pred.unsqueeze(2)).squeeze(2)

assert dL_duLm1.size() == uLm1.size()
# %%
# 2b
dL_dU = torch.bmm(hL.unsqueeze(2), dL_duLm1.unsqueeze(1)).sum(dim=0)
dL_dc = dL_duLm1.mean(dim=0) * B
dL_dhL = torch.bmm(dL_duLm1.unsqueeze(1), U.T.expand(B, C, dimL)).squeeze(1)
# %%
%%time
dimk = 20
dimkm1 = 30
hk = torch.ones(B,dimk)
Wk = torch.ones(dimk,dimkm1)
bk = torch.ones(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.ones(B,dimkm1)

dL_duk_relu = dL_dhkm1 * d_relu(uk)
dL_duk_celu = dL_dhkm1 * d_celu(uk)[0]
dL_duk_swish = dL_dhkm1 * d_swish(uk)[0]

dL_dWk_relu, dL_dbk_relu, dL_dhk_relu = hk.T @ dL_duk_relu, dL_duk_relu.sum(0), dL_duk_relu @ Wk.T
dL_dWk_celu, dL_dbk_celu, dL_dhk_celu = hk.T @ dL_duk_celu, dL_duk_celu.sum(0), dL_duk_celu @ Wk.T
dL_dWk_swish, dL_dbk_swish, dL_dhk_swish = hk.T @ dL_duk_swish, dL_duk_swish.sum(0), dL_duk_swish @ Wk.T
# %%
class FFNN(torch.nn.Module):
  def __init__(self, F, l_h, l_a, C):
    super(FFNN, self).__init__()
    self.Ws = torch.nn.ParameterList()
    self.bs = torch.nn.ParameterList()
    self.fs = l_a
    for n_in, n_out in zip([F] + l_h[:-1], l_h):
      W = torch.nn.Parameter(torch.empty(n_in, n_out))
      torch.nn.init.xavier_uniform_(W)
      self.Ws.append(W)
      self.bs.append(torch.nn.Parameter(torch.zeros(n_out)))
    self.U = torch.nn.Parameter(torch.empty(l_h[-1], C))
    torch.nn.init.xavier_uniform_(self.U)
    self.c = torch.nn.Parameter(torch.zeros(C))

  def forward(self, x):
    self.us, self.hs = [], []
    h = x.view(x.shape[0], -1)
    for W, b, f in zip(self.Ws, self.bs, self.fs):
      self.us.append(h @ W + b)
      h = f(self.us[-1])
      self.hs.append(h)
    return softmax(h @ self.U + self.c, dim=1)

  def backward(self, x, y, y_pred):
    with torch.no_grad():
      x = x.view(x.shape[0], -1)
      du = (y_pred - y) / y.shape[0]
      self.U.grad = self.hs[-1].T @ du
      self.c.grad = du.sum(0)
      dh = du @ self.U.T
      for k in reversed(range(len(self.Ws))):
        f, u = self.fs[k], self.us[k]
        # ipdb.set_trace()
        if f == sig:
          d = sig(u) * sig(-u)
        elif f == tanh:
          d = (1 + tanh(u)) * (1 - tanh(u))
        elif f == relu:
          d = d_relu(u)
        elif f == celu:
          d, _ = d_celu(u)
        elif f == swish:
          d, _ = d_swish(u)
        du = dh * d
        self.Ws[k].grad = (self.hs[k-1] if k > 0 else x).T @ du
        self.bs[k].grad = du.sum(0)
        dh = du @ self.Ws[k].T
# %%
class SGD():
  def __init__(self, parameters, lr):
    self.parameters = list(parameters)
    self.lr = lr

  def step(self):
    for p in self.parameters:
      with torch.no_grad():
        p -= self.lr * p.grad
# %%
class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.N, self.F, self.C, self.seed = N, F, C, torch.initial_seed()

    def __len__(self):
        return self.N

    def __getitem__(self, i):
        # made on demand, but always the same for the same i
        if not 0 <= i < self.N:
            raise IndexError(i)
        g = torch.Generator().manual_seed((self.seed + i) % 2 ** 62)
        return torch.randn(self.F, generator=g), torch.eye(self.C)[torch.randint(self.C, (), generator=g)]
# %%
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda', barra=True, barajar=True):
    red.to(device)
    orden = (RandomSampler if barajar else SequentialSampler)(dataset)
    datos = DataLoader(dataset, batch_sampler=BatchSampler(orden, batch_size=batch_size, drop_last=False))
    historia = []
    epocas = trange(epochs, desc='épocas', disable=not barra)
    for epoca in epocas:
        de_la_epoca = []
        for paso, (x, y) in enumerate(tqdm(datos, leave=False, desc=f'época {epoca + 1}', disable=not barra)):
            x, y = x.to(device), y.to(device)
            y_pred = red(x)
            perdida = CELoss(y_pred, y)
            red.backward(x, y, y_pred)
            optimizador.step()
            de_la_epoca.append(perdida.cpu().detach().numpy())
            if paso % 10 == 0:
                print(f'\r{paso:5d}: {perdida:.4f}', end='', flush=True)
        historia.append(np.mean(de_la_epoca))
        epocas.set_postfix(perdida=f'{historia[-1]:.4f}')
        tqdm.write(f'época {epoca + 1}: {historia[-1]:.4f} (de {np.min(de_la_epoca):.3f} a {np.max(de_la_epoca):.3f})')
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
