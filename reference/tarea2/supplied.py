"""Parts that the student's process gets when the student's own part is wrong or plays no role.

These sources run next to the student's code, so they hold nothing of the solution. The network differentiates itself
with autograd, and the optimiser's step is torch's.
"""

from itertools import cycle

import torch
from torch.optim.sgd import sgd
from torch.utils.data import Dataset


class DatosDePrueba(Dataset):
    """N examples: data (N, F) and targets, one-hot (N, C) or class indices (N,)."""

    def __init__(self, data, targets):
        self.data, self.targets = data, targets

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        return self.data[i], self.targets[i]


class DatosVistos(Dataset):
    """N examples for a loop that repeats another loop: each access returns the next row, whatever its index.

    A loop that needs more rows than the other loop starts again with the first row.
    """

    def __init__(self, N, data, targets):
        self.N, self.rows = N, cycle(list(zip(data, targets)))

    def __len__(self):
        return self.N

    def __getitem__(self, i):
        return next(self.rows)


def es_dataset(data):
    return isinstance(data, Dataset)


def primeros(data, n):
    return [data[i] for i in range(n)]


class ParametrosDePrueba(torch.nn.Module):
    """Parameters of the given shapes. Their gradients are set from outside."""

    def __init__(self, shapes):
        super().__init__()
        self.p = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(*shape)) for shape in shapes])

    def poner_gradientes(self, gradients):
        for p, g in zip(self.p, gradients):
            p.grad = g.to(p.dtype).clone()

    def lista(self):
        return Lista(self.parameters())


class Lista:
    """An iterable of parameters that can be iterated over many times, as a list can."""

    def __init__(self, parameters):
        self.parameters = list(parameters)

    def __iter__(self):
        return iter(self.parameters)

    def __len__(self):
        return len(self.parameters)


class RedDePrueba(torch.nn.Module):
    """One hidden layer of tanh. `backward` sets .grad to the gradient of the cross entropy, each times its factor."""

    def __init__(self, F, n, C, factors=(1.0, 1.0, 1.0, 1.0)):
        super().__init__()
        self.W = torch.nn.Parameter(torch.randn(F, n) / F**0.5)
        self.b = torch.nn.Parameter(torch.zeros(n))
        self.U = torch.nn.Parameter(torch.randn(n, C) / n**0.5)
        self.c = torch.nn.Parameter(torch.zeros(C))
        self.factors = factors

    def forward(self, x):
        return torch.softmax(torch.tanh(x @ self.W + self.b) @ self.U + self.c, 1)

    def backward(self, x, y, y_pred=None):
        with torch.enable_grad():
            parameters = list(self.parameters())
            p = self.forward(x).clamp(min=1e-8)
            if y.dim() == 1:
                y = torch.eye(p.shape[1], dtype=p.dtype, device=p.device)[y.long()]
            # Rows of p sum to 1, so their logarithms can serve as logits.
            loss = torch.nn.functional.cross_entropy(p.log(), y.to(p.dtype))
            gradients = torch.autograd.grad(loss, parameters)
        for parameter, gradient, factor in zip(parameters, gradients, self.factors):
            parameter.grad = gradient * factor


def con_backward_de_prueba(red, names):
    """Give a network with one hidden layer of tanh a right backward, whatever its own backward does.

    `names` lists the names of its parameters W, b, U and c, and for each whether the network keeps it transposed.
    """
    parameters = dict(red.named_parameters())
    kept = [(parameters[name], transposed) for name, transposed in names]

    def backward(x, y, y_pred=None):
        with torch.enable_grad():
            # Copies, because code that writes gradients by hand may have set requires_grad of its parameters to False.
            leaves = [p.detach().clone().requires_grad_() for p, _ in kept]
            W, b, U, c = ((p.t() if transposed else p) for p, (_, transposed) in zip(leaves, kept))
            p = torch.softmax(torch.tanh(x @ W + b) @ U + c, 1).clamp(min=1e-8)
            if y.dim() == 1:
                y = torch.eye(p.shape[1], dtype=p.dtype, device=p.device)[y.long()]
            # Rows of p sum to 1, so their logarithms can serve as logits.
            loss = torch.nn.functional.cross_entropy(p.log(), y.to(p.dtype))
            gradients = torch.autograd.grad(loss, leaves)
        for (parameter, _), gradient in zip(kept, gradients):
            parameter.grad = gradient

    object.__setattr__(red, "backward", backward)
    return True


def parametros_de(red):
    """The parameters of a network one after the other, whatever its `parameters` returns."""
    yield from red.parameters()


class OptimizadorDePrueba:
    """torch's own gradient descent in its functional form, because making a torch.optim.SGD loads torch's compiler."""

    def __init__(self, parameters, lr):
        self.parameters, self.lr = list(parameters), lr

    def step(self):
        with torch.no_grad():
            known = [p for p in self.parameters if p.grad is not None]
            sgd(
                known,
                [p.grad for p in known],
                [None] * len(known),
                weight_decay=0.0,
                momentum=0.0,
                lr=self.lr,
                dampening=0.0,
                nesterov=False,
                maximize=False,
            )

    def zero_grad(self, set_to_none=True):
        for p in self.parameters:
            p.grad = None
