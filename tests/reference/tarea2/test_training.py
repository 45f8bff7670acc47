"""The training loop, on random data and on real digits."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close
from torch.utils.data import Subset, TensorDataset

from reference.tarea2.activations import relu, sig, swish, tanh
from reference.tarea2.data import RandomDataset
from reference.tarea2.images import digits
from reference.tarea2.losses import CELoss
from reference.tarea2.optim import SGD
from reference.tarea2.training import entrenar_FFNN


def test_training_equals_torchs_loop(make_network, generator):
    """The losses and the final parameters are those of a loop with autograd and torch.optim.SGD."""
    dataset = RandomDataset(10, 5, 3, generator)
    red = make_network(5, [7, 6], [swish, tanh], 3, dtype=torch.float32)
    twin = make_network(5, [7, 6], [swish, tanh], 3, dtype=torch.float32)
    twin.load_state_dict(red.state_dict())
    losses = entrenar_FFNN(red, dataset, SGD(red.parameters(), 0.1), 2, 4, "cpu", verbose=0)

    optimiser, expected = torch.optim.SGD(twin.parameters(), 0.1), []
    for _ in range(2):
        for rows in (slice(0, 4), slice(4, 8), slice(8, 10)):
            x, y = dataset[rows]
            loss = CELoss(twin.forward(x), y)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            expected.append(loss.item())
    assert losses == pytest.approx(expected, rel=1e-5)
    assert_close(list(red.parameters()), list(twin.parameters()))


def test_random_data_is_memorised(make_network, generator):
    """A network with more parameters than examples drives the loss on random labels close to zero."""
    dataset = RandomDataset(32, 20, 4, generator)
    red = make_network(20, [30, 15], [relu, sig], 4, dtype=torch.float32)
    losses = entrenar_FFNN(red, dataset, SGD(red.parameters(), 0.5), 150, 8, "cpu", verbose=0)
    assert len(losses) == 150 * 4
    assert losses[-1] < 0.05 < losses[0]


def test_digits_are_learned(make_network):
    """4e: after a few epochs the network reads digits that it has never seen."""
    pytest.importorskip("sklearn")
    dataset = digits()
    train, test = Subset(dataset, range(1400)), TensorDataset(*dataset[1400:])
    red = make_network(64, [32, 16], [relu, swish], 10, [None, 1.0], dtype=torch.float32)
    entrenar_FFNN(red, train, SGD(red.parameters(), 0.3), epochs=6, batch_size=16, device="cpu", verbose=0)
    x, y = test.tensors
    accuracy = (red(x).argmax(dim=1) == y.argmax(dim=1)).float().mean()
    assert accuracy > 0.85


def test_cuda_falls_back_to_the_cpu(monkeypatch, make_network, generator):
    """The default device 'cuda' means the CPU where there is no CUDA."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    red = make_network(5, [4], [sig], 3, dtype=torch.float32)
    entrenar_FFNN(red, RandomDataset(6, 5, 3, generator), SGD(red.parameters(), 0.1), verbose=0)
    assert {p.device.type for p in red.parameters()} == {"cpu"}


@pytest.mark.parametrize(("verbose", "lines"), [(0, 0), (1, 2), (2, 2 + 2 * 3)])
def test_verbose_chooses_how_much_is_printed(verbose, lines, make_network, generator, capsys):
    """Level 0 is silent, level 1 prints a line per epoch, level 2 also a line per batch."""
    red = make_network(5, [4], [sig], 3, dtype=torch.float32)
    dataset = RandomDataset(6, 5, 3, generator)
    entrenar_FFNN(red, dataset, SGD(red.parameters(), 0.1), 2, 2, "cpu", verbose=verbose)
    assert len(capsys.readouterr().out.splitlines()) == lines


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_training_runs_on_cuda(make_network, generator):
    """On a machine with CUDA the network ends on the GPU, and the optimiser still has its parameters."""
    red = make_network(5, [4], [sig], 3, dtype=torch.float32)
    losses = entrenar_FFNN(
        red, RandomDataset(12, 5, 3, generator), SGD(red.parameters(), 0.5), 100, 4, "cuda", verbose=0
    )
    assert all(p.is_cuda for p in red.parameters())
    assert losses[-1] < losses[0]
