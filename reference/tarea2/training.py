"""The training loop (question 4c)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from .losses import CELoss
from .network import FFNN
from .optim import SGD


@torch.no_grad()
def entrenar_FFNN(
    red: FFNN,
    dataset: Dataset[tuple[Tensor, Tensor]],
    optimizador: SGD,
    epochs: int = 1,
    batch_size: int = 1,
    device: str = "cuda",
    verbose: int = 1,
) -> list[float]:
    """Train `red` for `epochs` epochs and return the loss of each batch, in order.

    The network and each batch x (B, F), one-hot y (B, C) are moved to `device`, or to the CPU where there
    is no CUDA. `verbose`: 0 prints nothing, 1 a line per epoch, 2 also a line per batch.
    """
    device = or_cpu(device)
    red.to(device)  # in place: the optimiser's parameters are still the network's
    losses: list[float] = []
    for epoch in range(epochs):
        hits = 0
        sizes: list[int] = []
        epoch_losses: list[float] = []
        for x, y in DataLoader(dataset, batch_size=batch_size):
            x, y = x.to(device), y.to(device)
            y_pred = red.forward(x)
            loss = CELoss(y_pred, y).item()
            red.backward(x, y, y_pred)
            optimizador.step()
            hits += count_hits(y_pred, y)
            sizes.append(len(x))
            if verbose >= 2:
                print(f"epoch {epoch + 1}/{epochs}  example {sum(sizes)}  batch loss {loss:.4f}")
            epoch_losses.append(loss)
        losses += epoch_losses
        if verbose >= 1:
            mean = weighted_mean(epoch_losses, sizes)
            print(f"epoch {epoch + 1}/{epochs}  loss {mean:.4f}  accuracy {hits / sum(sizes):.1%}")
    return losses


def or_cpu(device: str) -> str:
    """The device, or the CPU for a CUDA device on a machine without CUDA."""
    if torch.device(device).type == "cuda" and not torch.cuda.is_available():
        return "cpu"
    return device


def count_hits(y_pred: Tensor, y: Tensor) -> int:
    """The number of rows of y_pred (B, C) whose largest entry is at the class of one-hot y (B, C)."""
    right = y_pred.argmax(dim=1) == y.argmax(dim=1)
    return int(right.sum())


def weighted_mean(values: list[float], weights: list[int]) -> float:
    """The mean of the values, each with its weight."""
    total = sum(value * weight for value, weight in zip(values, weights, strict=True))
    return total / sum(weights)
