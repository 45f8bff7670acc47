# expect: full except 3b 4e (not attempted)
# why: import torch as th, torch.nn.functional as F hidden by the argument F, one_hot, pad and linear of the library, th.Tensor annotations and nested aliases.
# %%
import torch as th
import torch.nn as nn
import torch.nn.functional as F
import torch.utils.data as D
import torch.nn.utils as nnu

exp, log, Tensor = th.exp, th.log, th.Tensor
# %%
def sig(T: Tensor) -> Tensor:
    """Logistic function through logaddexp, so that nothing overflows."""
    return exp(-th.logaddexp(th.zeros_like(T), -T))


def tanh(T: Tensor) -> Tensor:
    return sig(2 * T) - sig(-2 * T)


def relu(T: Tensor) -> Tensor:
    return T.clamp_min(0)


def swish(T: Tensor, beta: float = 1) -> Tensor:
    return T * sig(T * beta)


def celu(T: Tensor, alpha: float = 1) -> Tensor:
    return T.clamp_min(0) + alpha * th.expm1(T.clamp_max(0) / alpha)


def softmax(T: Tensor, dim: int, estable: bool = True) -> Tensor:
    if estable:
        return exp(T - th.logsumexp(T, dim, keepdim=True))
    return F.normalize(exp(T), p=1, dim=dim)
# %% [markdown]
# ### 1a
# Write $\sigma=\sigma(\beta x)$, $z=\min(x,0)/\alpha$.
# $\;\mathrm{relu}'=[x>0]$,
# $\;\partial_x\mathrm{swish}=\sigma+\beta x\,\sigma(1-\sigma)$, $\;\partial_\beta\mathrm{swish}=x^2\sigma(1-\sigma)$,
# $\;\partial_x\mathrm{celu}=e^z$, $\;\partial_\alpha\mathrm{celu}=(1-z)e^z-1$.
# %%
def d_relu(T: th.Tensor) -> th.Tensor:
    return th.heaviside(T, T.new_zeros(1))


def d_swish(T: th.Tensor, beta: float = 1) -> tuple[th.Tensor, th.Tensor]:
    s, r = sig(beta * T), sig(-beta * T)
    return s * (1 + beta * T * r), T * T * s * r


def d_celu(T: th.Tensor, alpha: float = 1) -> tuple[th.Tensor, th.Tensor]:
    z = T.clamp_max(0) / alpha
    return exp(z), exp(z) - 1 - z * exp(z)
# %%
def CELoss(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    if estable:
        Q = F.threshold(Q, epsilon, epsilon)
    return F.linear(log(Q).reshape(1, -1), P.reshape(1, -1)).neg().squeeze() / len(Q)


def CategoricalCELoss(Q: Tensor, Target: th.LongTensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q, F.one_hot(Target, num_classes=Q.size(-1)).to(Q), estable, epsilon)
# %%
B, C, dimL = 5, 10, 40
y, y_pred = th.ones(B, C), th.ones(B, C)
hL, U, c = th.ones(B, dimL), th.ones(dimL, C), th.ones(C)
uLm1 = F.linear(hL, U.T, c)

dL_duLm1 = (y_pred - y) / B
# %%
# the bias as one more row: [hL 1] times [U; c]
dL_dUc = F.pad(hL, (0, 1), value=1.0).T @ dL_duLm1
dL_dU, dL_dc = dL_dUc[:-1], dL_dUc[-1]
dL_dhL = F.linear(dL_duLm1, U)
# %%
dimk, dimkm1 = 20, 30
hk, Wk, bk = th.ones(B, dimk), th.ones(dimk, dimkm1), th.ones(dimkm1)
uk, dL_dhkm1 = F.linear(hk, Wk.T, bk), th.ones(B, dimkm1)
hk1 = F.pad(hk, (0, 1), value=1.0)

dL_duk_relu = dL_dhkm1 * d_relu(uk)
dL_duk_celu = dL_dhkm1 * d_celu(uk)[0]
dL_duk_swish = dL_dhkm1 * d_swish(uk)[0]
dL_dWk_relu, dL_dbk_relu = (hk1.T @ dL_duk_relu).split([dimk, 1])
dL_dWk_celu, dL_dbk_celu = (hk1.T @ dL_duk_celu).split([dimk, 1])
dL_dWk_swish, dL_dbk_swish = (hk1.T @ dL_duk_swish).split([dimk, 1])
dL_dbk_relu, dL_dbk_celu, dL_dbk_swish = dL_dbk_relu[0], dL_dbk_celu[0], dL_dbk_swish[0]
dL_dhk_relu, dL_dhk_celu, dL_dhk_swish = (F.linear(g, Wk) for g in (dL_duk_relu, dL_duk_celu, dL_duk_swish))
# %%
class FFNN(nn.Module):
    """Weights as nn.Linear keeps them, (out, in); the argument F hides the module F only inside __init__."""

    def __init__(self, F: int, l_h: list[int], l_a: list, C: int) -> None:
        super().__init__()
        outs = [*l_h, C]
        self.W = nn.ParameterList(nn.Parameter(th.empty(m, n)) for n, m in zip([F, *l_h], outs))
        self.b = nn.ParameterList(nn.Parameter(th.empty(m)) for m in outs)
        for W, b in zip(self.W, self.b):
            nn.init.kaiming_uniform_(W, a=5 ** 0.5)
            nn.init.zeros_(b)
        self.l_a = l_a

    def forward(self, x: th.Tensor) -> th.Tensor:
        self.h, self.u = [x], []
        for W, b, f in zip(self.W, self.b, self.l_a):
            self.u.append(F.linear(self.h[-1], W, b))
            self.h.append(F.dropout(f(self.u[-1]), p=0.0, training=self.training))
        return softmax(F.linear(self.h[-1], self.W[-1], self.b[-1]), dim=-1)

    def backward(self, x: th.Tensor, y: th.Tensor, y_pred: th.Tensor) -> None:
        slopes = {sig: lambda u: sig(u) * sig(-u), tanh: lambda u: 1 - tanh(u) ** 2, relu: d_relu,
                  swish: lambda u: d_swish(u)[0], celu: lambda u: d_celu(u)[0]}
        with th.inference_mode(False), th.no_grad():
            g = (y_pred - y) / len(x)
            for k in range(len(self.l_a), -1, -1):
                self.W[k].grad, self.b[k].grad = g.T @ self.h[k], g.sum(0)
                if k:
                    g = g @ self.W[k] * slopes[self.l_a[k - 1]](self.u[k - 1])
# %%
def chequeo_gradiente(red: nn.Module, x: Tensor, y: Tensor, epsilon: float = 1e-6) -> float:
    """On a network whose state is saved before and put back after."""
    before = {name: value.clone() for name, value in red.state_dict().items()}
    red.backward(x, y, red.forward(x))
    grad = nnu.parameters_to_vector([p.grad for p in red.parameters()])
    theta = nnu.parameters_to_vector(red.parameters()).detach()
    losses = []
    for shift in th.cat([th.eye(theta.numel()), -th.eye(theta.numel())]).to(theta) * epsilon:
        nnu.vector_to_parameters(theta + shift, red.parameters())
        losses.append(CELoss(red.forward(x), y).detach())
    red.load_state_dict(before)
    plus, minus = th.stack(losses).chunk(2)
    approx = (plus - minus) / (2 * epsilon)
    return float(F.mse_loss(grad, approx, reduction='sum') / (grad.dot(grad) + approx.dot(approx)))
# %%
class SGD:
    def __init__(self, parameters, lr: float) -> None:
        self.parameters: list[nn.Parameter] = list(parameters)
        self.lr = lr

    def step(self) -> None:
        p = nnu.parameters_to_vector(self.parameters).detach()
        g = nnu.parameters_to_vector([p.grad for p in self.parameters])
        nnu.vector_to_parameters(th.sub(p, g, alpha=self.lr), self.parameters)
# %%
class RandomDataset(D.Dataset):
    def __init__(self, N: int, F: int, C: int) -> None:
        self.data = th.randn(N, F)
        self.labels = th.randint(C, (N,))
        self.C = C

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, i: int) -> tuple[th.Tensor, th.Tensor]:
        return self.data[i], F.one_hot(self.labels[i], self.C).type_as(self.data)
# %%
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda') -> list[float]:
    red = red.to(device)
    history: list[float] = []
    loader = D.DataLoader(dataset, batch_size=batch_size, sampler=D.RandomSampler(dataset))
    for epoch in range(epochs):
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            y_pred = red(x)
            history += CELoss(y_pred, y).view(1).tolist()
            red.backward(x, y, y_pred)
            optimizador.step()
        print(f'{epoch=} {history[-1]=:.4f}')
    return history
# %%
def plots() -> None:
    # in a function, so that no F of mine replaces the module
    import matplotlib.pyplot as plt

    dataset = RandomDataset(200, 20, 4)
    for l_h, l_a in [([30], [tanh]), ([20, 10], [celu, swish]), ([10, 10], [relu, sig])]:
        net = FFNN(20, l_h, l_a, 4)
        plt.plot(entrenar_FFNN(net, dataset, SGD(net.parameters(), 0.1), 5, 8, 'cpu'))
    plt.show()

plots()
# %% [markdown]
# One wide layer of tanh is the first below 1.
