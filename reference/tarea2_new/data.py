"""The data set of random examples (question 4b)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.utils.data import Dataset


class RandomDataset(Dataset[tuple[Tensor, Tensor]]):
    """N random examples with F features and one of C classes, drawn once.

    `data` (N, F) is standard normal. `targets` (N,) holds class indices of dtype long, drawn uniformly.
    """

    def __init__(self, N: int, F: int, C: int, generator: torch.Generator | None = None) -> None:
        self.data = torch.randn(N, F, generator=generator)
        self.targets = torch.randint(C, (N,), generator=generator)
        self.one_hot = torch.eye(C)[self.targets]

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        """Example i: x (F,) and one-hot y (C,), both float."""
        return self.data[i], self.one_hot[i]
