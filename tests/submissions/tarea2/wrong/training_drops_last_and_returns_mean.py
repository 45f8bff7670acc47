# expect: 4c failed "The last batch, which is smaller, is dropped: its examples are never seen."; 3a passed; 4a passed; 4b passed
# why: two mistakes in one function; the one that the examples show is named for certain.
# %%
import torch
# %%
def sig(T):
    return 1 / (1 + torch.exp(-T))

def tanh(T):
    return 2 * sig(2 * T) - 1

def relu(T):
    return T.clamp(min=0)

def swish(T, beta=1):
    return T * sig(beta * T)

def celu(T, alpha=1):
    return T.clamp(min=0) + alpha * (torch.exp(T.clamp(max=0) / alpha) - 1)

def softmax(T, dim, estable=True):
    if estable:
        T = T - T.max(dim, keepdim=True).values
    e = torch.exp(T)
    return e / e.sum(dim, keepdim=True)
# %%
def d_relu(T):
    return (T > 0).to(T.dtype)

def d_swish(T, beta=1):
    s = sig(beta * T)
    return s + beta * T * s * (1 - s), T ** 2 * s * (1 - s)

def d_celu(T, alpha=1):
    z = T.clamp(max=0) / alpha
    return torch.exp(z), torch.exp(z) * (1 - z) - 1
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        Q = Q.clamp(min=epsilon)
    return -(P * torch.log(Q)).sum(1).mean()
# %%
class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        n = [F] + l_h + [C]
        self.W = torch.nn.ParameterList([torch.nn.Parameter(torch.randn(a, b) * 0.4) for a, b in zip(n, n[1:])])
        self.b = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(b)) for b in n[1:]])
        self.l_a = l_a

    def forward(self, x):
        self.h, self.u = [x], []
        for W, b, f in zip(self.W, self.b, self.l_a):
            self.u.append(self.h[-1] @ W + b)
            self.h.append(f(self.u[-1]))
        return softmax(self.h[-1] @ self.W[-1] + self.b[-1], 1)

    def slope(self, k):
        f, u = self.l_a[k], self.u[k]
        if f is sig:
            return sig(u) * (1 - sig(u))
        if f is tanh:
            return 1 - tanh(u) ** 2
        if f is relu:
            return d_relu(u)
        if f is swish:
            return d_swish(u)[0]
        return d_celu(u)[0]

    def backward(self, x, y, y_pred):
        with torch.no_grad():
            g = (y_pred - y) / len(y)
            for k in range(len(self.W) - 1, -1, -1):
                self.W[k].grad = self.h[k].T @ g
                self.b[k].grad = g.sum(0)
                if k > 0:
                    g = (g @ self.W[k].T) * self.slope(k - 1)
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
# %%
from torch.utils.data import DataLoader, Dataset

class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.x = torch.randn(N, F)
        self.y = torch.eye(C)[torch.randint(C, (N,))]

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]
# %%
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda'):
    red.to(device)
    losses = []
    for epoch in range(epochs):
        for x, y in DataLoader(dataset, batch_size=batch_size, shuffle=True, drop_last=True):
            x, y = x.to(device), y.to(device)
            y_pred = red.forward(x)
            losses.append(CELoss(y_pred, y).item())
            red.backward(x, y, y_pred)
            optimizador.step()
        print(epoch, losses[-1])
    return sum(losses) / len(losses)
