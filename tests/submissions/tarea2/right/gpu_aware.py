# expect: full except 1c 3b 3c 4e (not attempted)
# why: written for a GPU: torch.device objects, .cuda() only where there is one, self.device on the network, pin_memory, non_blocking, synchronize and empty_cache.
# %%
import torch
import torch.nn as nn
from torch.utils.data import Dataset, DataLoader

hay_gpu = torch.cuda.is_available()
dispositivo = torch.device('cuda:0' if hay_gpu else 'cpu')
if hay_gpu:
    torch.backends.cudnn.benchmark = True
    print(torch.cuda.get_device_name(0), torch.cuda.memory_allocated() / 2 ** 20, 'MiB')
else:
    print('sin GPU, se usa', dispositivo)
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
# ## 1a
# $$ relu' = \mathbb{1}_{x > 0} $$
# $$ \partial_x swish = \sigma(\beta x) + \beta x \sigma(\beta x) \sigma(-\beta x) \qquad \partial_\beta swish = x^2 \sigma(\beta x)\sigma(-\beta x)$$
# $$ \partial_x celu = e^{x/\alpha}\ (x<0) \qquad \partial_\alpha celu = e^{x/\alpha} - 1 - (x/\alpha) e^{x/\alpha}\ (x<0)$$
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
    P = P.to(Q.device, Q.dtype, non_blocking=True)
    minimo = torch.tensor(epsilon if estable else 0., dtype=Q.dtype, device=Q.device)
    return -(P * torch.maximum(Q, minimo).log()).sum(1).mean()
# %%
def a_gpu(*tensores):
    return tuple(T.cuda() if hay_gpu else T for T in tensores)

B, C, dimL = 5, 10, 40
y, y_pred = a_gpu(torch.ones(B, C), torch.ones(B, C))
hL, U, c = a_gpu(torch.ones(B, dimL), torch.ones(dimL, C), torch.ones(C))
uLm1 = hL @ U + c

dL_duLm1 = (y_pred - y.to(y_pred.device)) / B
if hay_gpu:
    torch.cuda.synchronize()
assert dL_duLm1.device == uLm1.device
# %%
dL_dU = hL.t() @ dL_duLm1
dL_dc = torch.ones(1, len(hL), device=hL.device).mm(dL_duLm1).squeeze(0)
dL_dhL = dL_duLm1 @ U.t()
if hay_gpu:
    dL_dU, dL_dc, dL_dhL = dL_dU.cpu(), dL_dc.cpu(), dL_dhL.cpu()
# %%
dimk, dimkm1 = 20, 30
hk, Wk, bk = a_gpu(torch.ones(B, dimk), torch.ones(dimk, dimkm1), torch.ones(dimkm1))
uk = hk @ Wk + bk
dL_dhkm1, = a_gpu(torch.ones(B, dimkm1))

dL_duk_relu = dL_dhkm1 * d_relu(uk)
dL_duk_celu = dL_dhkm1 * d_celu(uk)[0]
dL_duk_swish = dL_dhkm1 * d_swish(uk)[0]
dL_dWk_relu, dL_dbk_relu, dL_dhk_relu = hk.T @ dL_duk_relu, dL_duk_relu.sum(0), dL_duk_relu @ Wk.T
dL_dWk_celu, dL_dbk_celu, dL_dhk_celu = hk.T @ dL_duk_celu, dL_duk_celu.sum(0), dL_duk_celu @ Wk.T
dL_dWk_swish, dL_dbk_swish, dL_dhk_swish = hk.T @ dL_duk_swish, dL_duk_swish.sum(0), dL_duk_swish @ Wk.T
# %%
class FFNN(nn.Module):
    def __init__(self, F, l_h, l_a, C, device=None):
        super().__init__()
        self.device = torch.device('cpu') if device is None else torch.device(device)
        n, self.W, self.b, self.l_a = F, nn.ParameterList(), nn.ParameterList(), l_a
        for m in l_h + [C]:
            self.W.append(nn.Parameter(torch.randn(n, m, device=self.device) / n ** .5))
            self.b.append(nn.Parameter(torch.zeros(m, device=self.device)))
            n = m

    def to(self, *args, **kwargs):
        # para que self.device diga siempre la verdad
        red = super().to(*args, **kwargs)
        red.device = next(self.parameters()).device
        return red

    def cuda(self, indice=0):
        return self.to(torch.device('cuda', indice)) if hay_gpu else self

    def forward(self, x):
        with torch.no_grad():
            self.h, self.u = [x.to(self.device)], []
            for k, f in enumerate(self.l_a):
                self.u.append(self.h[k] @ self.W[k] + self.b[k])
                self.h.append(f(self.u[k]))
            return softmax(self.h[-1] @ self.W[-1] + self.b[-1], 1)

    def backward(self, x, y, y_pred):
        x, y, y_pred = (T.detach().to(self.device) for T in (x, y, y_pred))
        with torch.no_grad():
            du = (y_pred - y) / torch.tensor(x.size(0), device=self.device)
            for k in range(len(self.l_a), -1, -1):
                self.W[k].grad = (self.h[k].T @ du).to(self.W[k].device)
                self.b[k].grad = du.sum(0).to(self.b[k].device)
                if k == 0:
                    break
                u, f = self.u[k-1], self.l_a[k-1]
                dh = du @ self.W[k].T
                if f is sig:
                    du = dh * sig(u) * sig(-u)
                elif f is tanh:
                    du = dh * (1 - tanh(u) ** 2)
                elif f is relu:
                    du = dh * d_relu(u)
                elif f is swish:
                    du = dh * d_swish(u)[0]
                else:
                    du = dh * d_celu(u)[0]
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    @torch.no_grad()
    def step(self):
        for p in self.parameters:
            p -= torch.as_tensor(self.lr, dtype=p.dtype, device=p.device) * p.grad.to(p.device)
# %%
class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        # en la CPU, para poder usar pin_memory
        self.x = torch.randn(N, F, device='cpu')
        self.y = torch.randint(C, (N,), device='cpu')
        self.C = C

    def __len__(self):
        return self.x.size(0)

    def __getitem__(self, i):
        return self.x[i], torch.zeros(self.C, device=self.x.device).index_fill_(0, self.y[i], 1.)
# %%
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda'):
    device = torch.device(device)
    if device.type == 'cuda' and not torch.cuda.is_available():
        print('Aviso: no hay CUDA, se entrena en la CPU')
        device = torch.device('cpu')
    red.to(device)
    en_gpu = device.type == 'cuda'
    datos = DataLoader(dataset, batch_size=batch_size, shuffle=True, pin_memory=en_gpu)
    perdidas = []
    for epoca in range(epochs):
        acumulada = torch.zeros(1, device=device)
        for x, y in datos:
            x, y = x.to(device, non_blocking=en_gpu), y.to(device, non_blocking=en_gpu)
            y_pred = red(x)
            acumulada += CELoss(y_pred, y) * x.size(0)
            red.backward(x, y, y_pred)
            optimizador.step()
        if en_gpu:
            torch.cuda.synchronize(device)
            torch.cuda.empty_cache()
        perdidas.append(acumulada.cpu().item() / len(dataset))
        print(f'[{device}] época {epoca + 1}/{epochs} pérdida {perdidas[-1]:.4f}')
    return perdidas
# %%
import matplotlib.pyplot as plt
datos = RandomDataset(200, 20, 4)
for h, a in [([10], [tanh]), ([10, 10], [relu, sig]), ([40], [celu])]:
    red = FFNN(20, h, a, 4).cuda()
    plt.plot(entrenar_FFNN(red, datos, SGD(red.parameters(), 0.1), 5, 8, dispositivo), label=str(h))
plt.legend()
plt.show()
# %% [markdown]
# Con paquetes de 8 la GPU no se nota; la red ancha es la que más baja.
