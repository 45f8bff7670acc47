# expect: full except 3b 3c 4e (not attempted)
# why: changes its arguments in place and is still right: softmax subtracts the maximum from T, CELoss clamps Q itself, backward multiplies the same tensor on its way down.
# %%
import torch
# %%
def sig(T):
    return (-T).exp_().add_(1).reciprocal_()

def tanh(T):
    e = (2*T).exp_()
    return (e - 1).div_(e.add_(1))

def relu(T):
    return T.clone().clamp_(min=0)

def swish(T, beta=1):
    return sig(beta*T).mul_(T)

def celu(T, alpha=1):
    r = T.div(alpha).clamp_(max=0).exp_().sub_(1).mul_(alpha)
    r += T.clamp(min=0)
    return r

def softmax(T, dim, estable=True):
    if estable:
        T -= T.max(dim, keepdim=True)[0]
    T = T.exp()
    T /= T.sum(dim, keepdim=True)
    return T
# %% [markdown]
# $\mathrm{relu}'=1_{x>0}$; $\partial_x\mathrm{swish}=\sigma(1+\beta x(1-\sigma))$; $\partial_\beta\mathrm{swish}=x^2\sigma(1-\sigma)$;
# $\partial_x\mathrm{celu}=\min(1,e^{x/\alpha})$; $\partial_\alpha\mathrm{celu}=e^z(1-z)-1$, $z=\min(0,x/\alpha)$
# %%
def d_relu(T):
    d = T.clone()
    d[d > 0] = 1
    d[d < 0] = 0
    return d

def d_swish(T, beta=1):
    s = sig(beta*T)
    db = (1 - s).mul_(s)
    dT = (beta*T).mul_(db).add_(s)
    db *= T
    db *= T
    return dT, db

def d_celu(T, alpha=1):
    z = (T/alpha).clamp_(max=0)
    e = z.exp()
    z.neg_().add_(1).mul_(e).sub_(1)
    return e, z
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    with torch.no_grad():
        if estable:
            Q.clamp_(min=epsilon)
        return -(Q.log().mul_(P)).sum()/Q.shape[0]
# %%
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    q = torch.empty(len(Target), dtype=Q.dtype, device=Q.device)
    torch.gather(Q.detach(), 1, Target[:, None], out=q.unsqueeze_(1))
    if estable:
        q.clamp_(min=epsilon)
    return q.log_().neg_().mean()
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
    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        sizes = [F] + l_h + [C]
        self.W = torch.nn.ParameterList([torch.nn.Parameter(torch.empty(a, b).normal_(0, a**-.5)) for a, b in zip(sizes, sizes[1:])])
        self.b = torch.nn.ParameterList([torch.nn.Parameter(torch.empty(b).zero_()) for b in sizes[1:]])
        # los .grad existen desde el principio y backward escribe sobre ellos
        for p in self.parameters():
            p.grad = torch.zeros_like(p)
        self.l_a = l_a

    def forward(self, x):
        self.pasos = []
        with torch.no_grad():
            for W, b, f in zip(self.W, self.b, self.l_a):
                u = x @ W
                u += b
                self.pasos.append((x, u))
                x = f(u)
            self.pasos.append((x, None))
            u = x @ self.W[-1]
            u += self.b[-1]
            return softmax(u, 1)

    def backward(self, x, y, y_pred):
        with torch.no_grad():
            g = y_pred.clone()
            g -= y
            g /= len(g)
            for k in range(len(self.W) - 1, -1, -1):
                h, u = self.pasos[k]
                if k < len(self.l_a):
                    f = self.l_a[k]
                    if f == relu:
                        g[u < 0] = 0
                    elif f == sig:
                        s = sig(u)
                        g *= s
                        g *= s.neg_().add_(1)
                    elif f == tanh:
                        g *= tanh(u).square_().neg_().add_(1)
                    elif f == celu:
                        g *= d_celu(u)[0]
                    elif f == swish:
                        g *= d_swish(u)[0]
                for p, valor in ((self.W[k], h.T @ g), (self.b[k], g.sum(0))):
                    if p.grad is None:
                        p.grad = torch.zeros_like(p)
                    p.grad.copy_(valor)
                g = g @ self.W[k].T
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.ps = list(parameters)
        self.lr = lr
    def step(self):
        for p in self.ps:
            p.data.sub_(p.grad, alpha=self.lr)
    def zero_grad(self):
        for p in self.ps:
            p.grad.zero_()
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
    perdidas = torch.zeros(epochs, (len(dataset) + batch_size - 1)//batch_size)
    for e in range(epochs):
        for i, (x, y) in enumerate(DataLoader(dataset, batch_size)):
            x, y = x.to(device), y.to(device)
            optimizador.zero_grad()
            y_pred = red.forward(x)
            perdidas[e, i] = CELoss(y_pred, y)
            red.backward(x, y, y_pred)
            optimizador.step()
        print(f'{e+1:02d} {perdidas[e].mean():.4f}')
    return list(perdidas.view(-1))
# %%
import matplotlib.pyplot as plt
d = RandomDataset(1000, 300, 10)
for h in [5], [50], [50, 50]:
    r = FFNN(300, h, [tanh]*len(h), 10)
    plt.plot(entrenar_FFNN(r, d, SGD(r.parameters(), .05), 10, 8, 'cpu'))
plt.show()
# %% [markdown]
# Con 5 neuronas casi no aprende; con 50 sí.
