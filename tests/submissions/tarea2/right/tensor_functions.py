# expect: full except 3b 3c 4e (not attempted)
# why: log-softmax trick over own logits, masked_fill, boolean indexing, index_put_, index_add_, addcmul, outer, cumsum, gather and scatter in place of arithmetic.
# %%
import torch
from torch.utils.data import Dataset, DataLoader
# %%
def sig(T):
    return torch.logaddexp(torch.zeros_like(T), -T).neg().exp()

def tanh(T):
    return torch.addcdiv(torch.ones_like(T), torch.full_like(T, -2.), torch.exp(2 * T) + 1)

def relu(T):
    return T.masked_fill(T.le(0), 0.)

def swish(T, beta=1):
    return torch.addcmul(torch.zeros_like(T), T, sig(torch.mul(T, beta)))

def celu(T, alpha=1):
    salida = T.clone()
    negativos = (T < 0).nonzero(as_tuple=True)
    return salida.index_put_(negativos, alpha * torch.expm1(T[negativos] / alpha))

def log_probabilidades(T, dim):
    """log de softmax, sin pasar por la exponencial de números grandes."""
    T = T - T.amax(dim, keepdim=True)
    return T - torch.logsumexp(T, dim, keepdim=True)

def softmax(T, dim, estable=True):
    if estable:
        return log_probabilidades(T, dim).exp()
    E = T.exp()
    acumulada = E.cumsum(dim)
    return E / acumulada.narrow(dim, T.size(dim) - 1, 1)
# %% [markdown]
# relu' $=[x>0]$; swish: $s(1+\beta x(1-s))$, $x^2s(1-s)$; celu with $z=\min(0,x)/\alpha$: $e^z$, $e^z(1-z)-1$.
# %%
def d_relu(T):
    return torch.zeros_like(T).masked_fill_(T > 0, 1.)

def d_swish(T, beta=1):
    s = sig(beta * T)
    r = torch.addcmul(s, s, s, value=-1)        # s - s²
    return torch.addcmul(s, r, T, value=beta), r * T.pow(2)

def d_celu(T, alpha=1):
    dT, dalpha = torch.ones_like(T), torch.zeros_like(T)
    negativos = T < 0
    z = torch.masked_select(T, negativos) / alpha
    dT.masked_scatter_(negativos, z.exp())
    dalpha[negativos] = torch.lerp(z.exp(), torch.zeros_like(z), z) - 1   # (1 - z) e^z - 1
    return dT, dalpha
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        Q = torch.where(Q.lt(epsilon), Q.new_tensor(epsilon), Q)
    por_fila = torch.zeros(Q.size(0), dtype=Q.dtype, device=Q.device)
    fila, columna = P.nonzero(as_tuple=True)
    por_fila.index_add_(0, fila, P[fila, columna] * Q[fila, columna].log())
    return por_fila.mean().neg()

def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    P = torch.zeros_like(Q).index_put((torch.arange(len(Target)), Target), Q.new_ones(()))
    return CELoss(Q, P, estable=estable, epsilon=epsilon)
# %%
B,C=5,10
y=torch.ones(B,C)
y_pred=torch.ones(B,C)
dimL=40
hL=torch.ones(B,dimL)
U=torch.ones(dimL,C)
c=torch.ones(C)
uLm1=hL@U+c

dL_duLm1=torch.zeros(B,C)
for b in range(B):
    for j in range(C):
        dL_duLm1[b,j]=(y_pred[b,j]-y[b,j])/B
assert dL_duLm1.size()==uLm1.size()
# %%
dL_dU = torch.stack([torch.outer(h, g) for h, g in zip(hL.unbind(), dL_duLm1.unbind())]).sum(0)
dL_dc = dL_duLm1.cumsum(0)[-1]
dL_dhL = torch.baddbmm(torch.zeros(len(hL), 1, U.size(0)), dL_duLm1[:, None], U.t().expand(len(hL), -1, -1)).squeeze(1)
# %%
dimk = 20
dimkm1 = 30
hk = torch.ones(B, dimk)
Wk = torch.ones(dimk, dimkm1)
bk = torch.ones(dimkm1)
uk = torch.addmm(bk, hk, Wk)
dL_dhkm1 = torch.ones(B, dimkm1)

# las tres activaciones a la vez, en una dimensión más
pendientes = torch.stack((d_relu(uk), d_celu(uk)[0], d_swish(uk)[0]))
du = pendientes.mul(dL_dhkm1)
dW = torch.matmul(hk.t(), du)
db = du.sum(dim=-2)
dh = torch.matmul(du, Wk.t())
dL_duk_relu, dL_duk_celu, dL_duk_swish = du.unbind(0)
dL_dWk_relu, dL_dWk_celu, dL_dWk_swish = dW
dL_dbk_relu, dL_dbk_celu, dL_dbk_swish = db[0], db[1], db[2]
dL_dhk_relu, dL_dhk_celu, dL_dhk_swish = (t.squeeze(0) for t in dh.split(1))
# %%
class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        self.l_a = l_a
        d = torch.tensor([F, *l_h, C])
        pares = torch.stack((d[:-1], d[1:]), 1).tolist()
        self.W = torch.nn.ParameterList(torch.nn.Parameter(torch.randn(n, m).div_(n ** 0.5)) for n, m in pares)
        self.b = torch.nn.ParameterList(torch.nn.Parameter(torch.zeros(m)) for _, m in pares)

    def forward(self, x):
        self.h, self.u = [x], []
        for W, b, f in zip(self.W, self.b, self.l_a):
            self.u.append(torch.addmm(b, self.h[-1], W))
            self.h.append(f(self.u[-1]))
        self.logits = torch.addmm(self.b[-1], self.h[-1], self.W[-1])
        return log_probabilidades(self.logits, 1).exp()

    @torch.no_grad()
    def backward(self, x, y, y_pred):
        # y es one-hot: basta restar 1 en la clase de cada ejemplo
        clase = y.argmax(1, keepdim=True)
        g = y_pred.scatter_add(1, clase, torch.full_like(clase, -1, dtype=y_pred.dtype)).div(x.size(0))
        for k in torch.arange(len(self.W)).flip(0).tolist():
            self.W[k].grad = torch.einsum('bn,bm->nm', self.h[k], g)
            self.b[k].grad = torch.zeros_like(self.b[k]).index_add_(0, torch.arange(g.size(1)).repeat(len(g)), g.flatten())
            if k:
                f, u = self.l_a[k - 1], self.u[k - 1]
                casos = torch.tensor([f is a for a in (sig, tanh, relu, swish, celu)])
                d = torch.stack([sig(u) * sig(-u), 1 - tanh(u).square(), d_relu(u), d_swish(u)[0], d_celu(u)[0]])
                g = torch.mm(g, self.W[k].t()) * d[casos].squeeze(0)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters, self.lr = list(parameters), torch.tensor(lr)

    def step(self):
        for p in self.parameters:
            p.data.addcmul_(p.grad, self.lr.to(p), value=-1)
# %%
class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.x = torch.empty(N, F).normal_()
        self.y = torch.zeros(N, C).scatter_(1, torch.randint(C, (N, 1)), 1.)

    def __len__(self):
        return self.y.count_nonzero().item()

    def __getitem__(self, i):
        return self.x.select(0, i), self.y.select(0, i)
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
