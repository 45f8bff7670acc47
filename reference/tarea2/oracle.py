"""The reference's place in the public check of 4c: a network that differentiates itself with autograd, torch's own step.

What the training loop of a student should give depends on the student's own batches, so it cannot be recorded; this
repeats them on the student's machine. It holds nothing of the solution.
"""

import torch
from torch.optim.sgd import sgd


class FFNN(torch.nn.Module):
    """Layers of h W + b and an activation, then softmax; `backward` sets .grad to that of the cross entropy."""

    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        widths = [F, *l_h, C]
        self.activations = [*l_a, lambda u: torch.softmax(u, 1)]
        self.W = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(n, m)) for n, m in zip(widths, widths[1:])])
        self.b = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(m)) for m in widths[1:]])

    def forward(self, x):
        for W, b, f in zip(self.W, self.b, self.activations):
            x = f(x @ W + b)
        return x

    def backward(self, x, y, y_pred=None):
        parameters = list(self.parameters())
        with torch.enable_grad():
            loss = torch.nn.functional.cross_entropy(self.forward(x).clamp(min=1e-8).log(), y.to(x.dtype))
            gradients = torch.autograd.grad(loss, parameters)
        for parameter, gradient in zip(parameters, gradients):
            parameter.grad = gradient


class SGD:
    """torch's gradient descent in its functional form."""

    def __init__(self, parameters, lr):
        self.parameters, self.lr = list(parameters), lr

    def step(self):
        with torch.no_grad():
            sgd(
                self.parameters,
                [p.grad for p in self.parameters],
                [None] * len(self.parameters),
                weight_decay=0.0,
                momentum=0.0,
                lr=self.lr,
                dampening=0.0,
                nesterov=False,
                maximize=False,
            )
