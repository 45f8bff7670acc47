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
    if torch.device(device).type == "cuda" and not torch.cuda.is_available():
        device = "cpu"
    red.to(device)  # in place: the optimiser's parameters are still the network's
    losses = []
    for epoch in range(1, epochs + 1):
        total, hits, examples = 0.0, 0, 0
        for x, y in DataLoader(dataset, batch_size=batch_size):
            x, y = x.to(device), y.to(device)
            y_pred = red.forward(x)
            loss = CELoss(y_pred, y).item()
            red.backward(x, y, y_pred)
            optimizador.step()
            losses.append(loss)
            total += loss * len(x)
            hits += int((y_pred.argmax(dim=1) == y.argmax(dim=1)).sum())
            examples += len(x)
            if verbose >= 2:
                print(f"epoch {epoch}/{epochs}  example {examples}  batch loss {loss:.4f}")
        if verbose >= 1:
            print(f"epoch {epoch}/{epochs}  loss {total / examples:.4f}  accuracy {hits / examples:.1%}")
    return losses
