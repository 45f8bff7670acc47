"""Partes 2 y 4 de la práctica."""

import torch
import torch.nn.functional as F
from torch import nn, optim


def softmax(z):
    z = z - z.max(dim=1, keepdim=True)[0]
    e = z.exp()
    return e / e.sum(dim=1, keepdim=True)


def cross_entropy(p, q):
    N = p.shape[0]
    return -(p * q.log()).sum() / N

def binary_cross_entropy(y, y_hat):
    return (-y * y_hat.log() - (1 - y) * (1 - y_hat).log()).mean()

def accuracy(p, q):
    return (p.argmax(1) == q.argmax(1)).float().mean()


def perceptron(X, w, b):
    return (X @ w + b > 0).float()

def or_weights():
    return torch.tensor([2., 2.]), torch.tensor(-1.)


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
