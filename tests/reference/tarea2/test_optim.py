"""Gradient descent against torch.optim.SGD."""

from __future__ import annotations

import torch
from torch.testing import assert_close

from reference.tarea2.activations import relu, swish
from reference.tarea2.losses import CELoss
from reference.tarea2.optim import SGD


def test_sgd_equals_torchs_over_several_steps(make_network, make_batch):
    """Ten steps from red.parameters(), a generator, end where torch.optim.SGD ends."""
    red = make_network(5, [7, 6], [swish, relu], 3, [1.2, None])
    twin = make_network(5, [7, 6], [swish, relu], 3, [1.2, None])
    twin.load_state_dict(red.state_dict())
    ours, torchs = SGD(red.parameters(), 0.1), torch.optim.SGD(twin.parameters(), 0.1)
    for _ in range(10):
        x, y = make_batch(4, 5, 3)
        red.backward(x, y, red.forward(x))
        ours.step()
        torchs.zero_grad()
        CELoss(twin.forward(x), y).backward()
        torchs.step()
    assert_close(list(red.parameters()), list(twin.parameters()))


def test_step_updates_in_place():
    """A step adds minus lr times the gradient to the very parameter given, and keeps the gradient."""
    p = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    p.grad = torch.tensor([10.0, -10.0])
    SGD([p], lr=0.1).step()
    assert_close(p.detach(), torch.tensor([0.0, 3.0]))
    assert_close(p.grad, torch.tensor([10.0, -10.0]))
    assert p.requires_grad


def test_parameter_without_gradient_stays():
    """A parameter without a gradient keeps its value, also after zero_grad."""
    p, q = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    q.grad = torch.ones(2)
    optimiser = SGD([p, q], lr=0.1)
    optimiser.zero_grad()
    optimiser.step()
    assert_close([p.detach(), q.detach()], [torch.ones(2), torch.ones(2)])
