# expect: full except 1c 3b 3c 4e (not attempted)
# why: derivatives as boolean or integer masks, log(Q + eps), CELoss of shape (1,), softmax(uLm1) inside the cell, unsuffixed 2c variables assigned three times.
# %%
import torch
from torch.utils.data import Dataset, DataLoader
# %%
sigma = lambda t: 1/(1 + torch.exp(-t))

def sig(T):
    return sigma(T)

def tanh(T):
    return (1 - torch.exp(-2*T))/(1 + torch.exp(-2*T))

def relu(T):
    return T.masked_fill(T < 0, 0)

def swish(T, beta=1):
    return sigma(T*beta)*T

def celu(T, alpha=1):
    neg = T < 0
    out = T.clone()
    out[neg] = alpha*(torch.exp(T[neg]/alpha) - 1)
    return out

def softmax(T, dim, estable=True):
    c = torch.max(T, dim, keepdim=True).values if estable else 0
    return torch.exp(T - c)/torch.exp(T - c).sum(dim, keepdim=True)
# %% [markdown]
# 1a) relu: la derivada es la máscara $x>0$. celu: $e^{x/\alpha}$ donde $x<0$, y respecto de $\alpha$: $(1-x/\alpha)e^{x/\alpha}-1$.
# swish: $\sigma + \beta x\sigma(1-\sigma)$ y $x^2\sigma(1-\sigma)$.
# %%
def d_relu(T):
    return T > 0

def d_swish(T, beta=1):
    s = sigma(T*beta)
    return s + T*beta*s*(1 - s), T*T*s*(1 - s)

def d_celu(T, alpha=1):
    m = (T < 0).int()
    e = torch.exp(T*m/alpha)         # vale 1 donde T >= 0
    return e, m*(e - T/alpha*e - 1)
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if not estable:
        epsilon = 0
    filas = (-P*torch.log(Q + epsilon)).sum(1, keepdim=True)
    return filas.mean(0)
# %%
# 2a
B, C = 5, 10
y = torch.zeros(B, C)
y[:, 3] = 1
dimL = 40
hL = torch.ones(B, dimL)
U = torch.ones(dimL, C)
c = torch.ones(C)
uLm1 = hL @ U + c
p = softmax(uLm1, 1)
dL_duLm1 = (p - y)/B

assert dL_duLm1.size() == uLm1.size()
# %%
# 2b
dL_dU = (hL.unsqueeze(2)*dL_duLm1.unsqueeze(1)).sum(0)
dL_dc = dL_duLm1.sum(0)
dL_dhL = (dL_duLm1.unsqueeze(1)*U).sum(2)
# %%
# 2c con relu
dimk = 20
dimkm1 = 30
hk = torch.ones(B, dimk)
Wk = torch.ones(dimk, dimkm1)
bk = torch.ones(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.ones(B, dimkm1)

dL_duk = dL_dhkm1*d_relu(uk)
dL_dWk = hk.T @ dL_duk
dL_dbk = dL_duk.sum(0)
dL_dhk = dL_duk @ Wk.T

assert dL_dWk.size() == Wk.size()
assert dL_dbk.size() == bk.size()
assert dL_dhk.size() == hk.size()
# %%
# 2c con celu
dimk = 20
dimkm1 = 30
hk = torch.ones(B, dimk)
Wk = torch.ones(dimk, dimkm1)
bk = torch.ones(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.ones(B, dimkm1)

dL_duk = dL_dhkm1*d_celu(uk)[0]
dL_dWk = hk.T @ dL_duk
dL_dbk = dL_duk.sum(0)
dL_dhk = dL_duk @ Wk.T

assert dL_dWk.size() == Wk.size()
assert dL_dbk.size() == bk.size()
assert dL_dhk.size() == hk.size()
# %%
# 2c con swish
dimk = 20
dimkm1 = 30
hk = torch.ones(B, dimk)
Wk = torch.ones(dimk, dimkm1)
bk = torch.ones(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.ones(B, dimkm1)

dL_duk = dL_dhkm1*d_swish(uk)[0]
dL_dWk = hk.T @ dL_duk
dL_dbk = dL_duk.sum(0)
dL_dhk = dL_duk @ Wk.T

assert dL_dWk.size() == Wk.size()
assert dL_dbk.size() == bk.size()
assert dL_dhk.size() == hk.size()
# %%
class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        d = [F] + l_h + [C]
        # la matriz lleva el sesgo aparte, todo en una sola lista: W1, b1, W2, b2, ...
        self.todo = torch.nn.ParameterList()
        for k in range(1, len(d)):
            self.todo.append(torch.nn.Parameter(torch.normal(0, 0.3, (d[k-1], d[k]))))
            self.todo.append(torch.nn.Parameter(torch.normal(0, 0.3, (d[k],))))
        self.a = l_a

    def forward(self, x):
        self.h, self.u = {0: x}, {}
        n = len(self.todo)//2
        for k in range(n):
            self.u[k + 1] = self.h[k] @ self.todo[2*k] + self.todo[2*k + 1]
            if k < n - 1:
                self.h[k + 1] = self.a[k](self.u[k + 1])
        return softmax(self.u[n], 1)

    def backward(self, x, y, y_pred):
        n = len(self.todo)//2
        with torch.no_grad():
            du = (y_pred - y)/y_pred.size(0)
            for k in range(n, 0, -1):
                W, b = self.todo[2*k - 2], self.todo[2*k - 1]
                W.grad = self.h[k-1].T @ du
                b.grad = du.sum(0)
                if k > 1:
                    dh = du @ W.T
                    u, h = self.u[k-1], self.h[k-1]
                    du = dh*{'sig': lambda: h*(1 - h),
                             'tanh': lambda: 1 - h**2,
                             'relu': lambda: d_relu(u),
                             'celu': lambda: d_celu(u)[0],
                             'swish': lambda: d_swish(u)[0]}[self.a[k-2].__name__]()
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.w = [w for w in parameters]
        self.lr = lr
    def step(self):
        with torch.no_grad():
            for w in self.w:
                w[...] = w - self.lr*w.grad
# %%
class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.ejemplos = torch.rand(N, F)*2 - 1
        self.etiquetas = (torch.randint(0, C, (N, 1)) == torch.arange(C)).float()
    def __len__(self):
        return self.ejemplos.size()[0]
    def __getitem__(self, i):
        return self.ejemplos[i], self.etiquetas[i]
# %%
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda'):
    red = red.to(device)
    salida = []
    carga = DataLoader(dataset, batch_size=batch_size, shuffle=True)
    for ep in range(epochs):
        acumulado = torch.zeros(1)
        for x, y in carga:
            x, y = x.to(device), y.to(device)
            yp = red.forward(x)
            with torch.no_grad():
                acumulado += CELoss(yp, y).cpu()
            red.backward(x, y, yp)
            optimizador.step()
        salida.append((acumulado/len(carga)).item())
        print('epoca', ep, salida[-1])
    return salida
# %%
import matplotlib.pyplot as plt
datos = RandomDataset(1000, 300, 10)
for capas in ([20], [50, 30], [200, 100, 50]):
    red = FFNN(300, capas, [celu]*len(capas), 10)
    plt.plot(entrenar_FFNN(red, datos, SGD(red.parameters(), 0.01), 20, 8, 'cpu'), label=str(capas))
plt.legend(); plt.show()
# %% [markdown]
# La más grande memoriza en pocas épocas.
