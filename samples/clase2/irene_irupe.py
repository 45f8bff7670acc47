# %% [markdown]
# # Clase 2
#
# Irene Irupé

# %%
import math
import torch
import torch.nn.functional as F
from torch import nn, optim

# %% 1a
def add_gate(x, y, g):
    # la suma copia el gradiente
    return g, g

def mul_gate(x, y, g):
    return g * y, g * x

def max_gate(x, y, g):
    gx = g * (x >= y)
    gy = g * (y >= x)
    return gx, gy

# %% 1b
def circuit(x, y, z, w):
    xy = x * y
    m = max(z, w)
    f = 2 * (xy + m)
    g_xy, g_m = add_gate(xy, m, 2)
    g_x, g_y = mul_gate(x, y, g_xy)
    g_z, g_w = max_gate(z, w, g_m)
    return f, (g_x, g_y, g_z, g_w)

def neuron(w, x):
    s = w[0]*x[0] + w[1]*x[1] + w[2]
    f = 1 / (1 + math.exp(-s))
    ds = f * (1 - f)
    return f, [ds*x[0], ds*x[1], ds], [ds*w[0], ds*w[1]]

# %% 1c
def numerical_gradient(f, x, h=1e-3):
    grad = torch.zeros_like(x)
    for i in range(x.shape[0]):
        mas, menos = x.clone(), x.clone()
        mas[i] += h
        menos[i] -= h
        grad[i] = (f(mas) - f(menos)) / (2*h)
    return grad

# %% 1d
def gradient_check(f, df, x, h=1e-3):
    a = df(x)
    n = numerical_gradient(f, x, h)
    return (a - n).norm() / (a.norm() + n.norm())

# %% 2a
def softmax(z):
    z = z - z.max(dim=1, keepdim=True)[0]
    e = z.exp()
    return e / e.sum(dim=1, keepdim=True)

# %% 2b
def cross_entropy(p, q):
    N = p.shape[0]
    return -(p * q.log()).sum() / N

def binary_cross_entropy(y, y_hat):
    return (-y * y_hat.log() - (1 - y) * (1 - y_hat).log()).mean()

def accuracy(p, q):
    return (p.argmax(1) == q.argmax(1)).float().mean()

# %% 2c
def perceptron(X, w, b):
    return (X @ w + b > 0).float()

def or_weights():
    return torch.tensor([2., 2.]), torch.tensor(-1.)

# %% 2d
def mlp(X, W_H, b_H, W_O, b_O):
    h = X @ W_H + b_H
    h = torch.relu(h)
    return h @ W_O + b_O

def xor_weights():
    # la primera unidad cuenta las entradas, la segunda resta el caso (1, 1)
    W_H = torch.ones(2, 2)
    b_H = torch.tensor([0., -1.])
    W_O = torch.tensor([[1.], [-2.]])
    return W_H, b_H, W_O, torch.zeros(1)

# %% 3a
def minibatches(N, M):
    perm = torch.randperm(N)
    return [perm[i:i+M] for i in range(0, N, M)]

# %% 3b
def gradient_descent(X, d, W, delta, M, epochs):
    N = X.shape[0]
    for epoch in range(epochs):
        for i in range(0, N, M):
            x, y = X[i:i+M], d[i:i+M]
            grad = 2 * x.t() @ (x @ W - y) / x.shape[0]
            W = W - delta * grad
    return W

# %% 4a
def model(x, w, b):
    return w * x + b

def loss_fn(prediction, target):
    return ((prediction - target)**2).mean()

def gradients(x, target, w, b):
    for p in (w, b):
        if p.grad is not None:
            p.grad.zero_()
    loss_fn(model(x, w, b), target).backward()
    return w.grad, b.grad

# %% 4b
def training_loop(model, params, inputs, ground_truth, loss_fn, learning_rate, n_epochs):
    for epoch in range(1, n_epochs + 1):
        if params.grad is not None:
            params.grad.zero_()
        loss = loss_fn(model(inputs, *params), ground_truth)
        loss.backward()
        with torch.no_grad():
            params -= learning_rate * params.grad
    return params

# %% 4c
def training_loop_optim(model, params, inputs, ground_truth, loss_fn, optimizer, n_epochs):
    for epoch in range(n_epochs):
        optimizer.zero_grad()
        loss = loss_fn(model(inputs, *params), ground_truth)
        loss.backward()
        optimizer.step()
    return params

def minimise(f, start, learning_rate, steps):
    x = torch.tensor(float(start), requires_grad=True)
    opt = torch.optim.SGD([x], lr=learning_rate)
    for _ in range(steps):
        opt.zero_grad()
        y = f(x)
        y.backward()
        opt.step()
    return x.item()

# %% 4d
class Net(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.fc1 = nn.Linear(n_in, n_hidden, bias=False)
        self.fc2 = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        return self.fc2(x)

class SequentialNet(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.seq_model = nn.Sequential(nn.Linear(n_in, n_hidden), nn.ReLU(), nn.Linear(n_hidden, n_out))

    def forward(self, x):
        return self.seq_model(x)

# %% 4e
def train(net, inputs, ground_truth, learning_rate, n_epochs):
    opt = optim.SGD(net.parameters(), lr=learning_rate)
    mse = nn.MSELoss()
    losses = []
    for epoch in range(n_epochs):
        opt.zero_grad()
        loss = mse(net(inputs), ground_truth)
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses

# %% [markdown]
# **2c.** La frontera del perceptrón es la recta $w_0x_0+w_1x_1+b=0$. En XOR los puntos (0,1) y (1,0) tendrían que quedar de
# un lado y (0,0) y (1,1) del otro, pero los dos segmentos que los unen se cruzan: ninguna recta los separa.
