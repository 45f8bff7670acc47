"""Mistakes in the data set of random examples (question 4b)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..data import RandomDataset

Init = Callable[[RandomDataset, int, int, int], None]
Example = tuple[Tensor, Tensor]


def _one_hot(labels: Tensor, C: int) -> Tensor:
    return torch.eye(C)[labels]


def made(x: Callable[[int, int, int], Tensor], y: Callable[[int, int, int], Tensor]) -> Init:
    """RandomDataset.__init__ that keeps x(N, F, C) and the labels y(N, F, C), of which row i is example i's."""

    def init(self: RandomDataset, N: int, F: int, C: int) -> None:
        self.data, self.one_hot = x(N, F, C), y(N, F, C)
        self.targets = torch.zeros(N, dtype=torch.long)

    return init


def _x(N: int, F: int, C: int) -> Tensor:
    return torch.randn(N, F)


def _y(N: int, F: int, C: int) -> Tensor:
    return _one_hot(torch.randint(C, (N,)), C)


# What is drawn ---------------------------------------------------------------------------------------------------

dataset_swapped_sizes = made(lambda N, F, C: torch.randn(N, C), lambda N, F, C: _y(N, C, F))
dataset_one_feature_more = made(lambda N, F, C: torch.randn(N, F + 1), _y)
# From 1 to C, each of them as soon as there are C examples: no draw may hide the mistake.
dataset_invalid_labels = made(_x, lambda N, F, C: 1 + torch.arange(N) % C)
dataset_one_class = made(_x, lambda N, F, C: _one_hot(torch.zeros(N, dtype=torch.long), C))

# How many --------------------------------------------------------------------------------------------------------


def dataset_constant_length(self: RandomDataset) -> int:
    return 1000  # the statement's example


def dataset_length_of_features(self: RandomDataset) -> int:
    return self.data.shape[1]


def dataset_length_of_entries(self: RandomDataset) -> int:
    return self.data.numel()


def dataset_length_of_pair(self: RandomDataset) -> int:
    return 2


def dataset_length_less_one(self: RandomDataset) -> int:
    return len(self.data) - 1


def dataset_length_plus_one(self: RandomDataset) -> int:
    return len(self.data) + 1


# What an index gives ---------------------------------------------------------------------------------------------


def dataset_everything(self: RandomDataset, i: int) -> Example:
    return self.data, self.one_hot


def dataset_all_examples(self: RandomDataset, i: int) -> Example:
    return self.data, self.one_hot[i]


def dataset_first_example(self: RandomDataset, i: int) -> Example:
    return self.data[0], self.one_hot[0]


def dataset_random_example(self: RandomDataset, i: int) -> Example:
    # Another one at each access, some of them twice, as draws would give: without chance, so that nothing is hidden.
    turn = self.turn = getattr(self, "turn", -1) + 1  # type: ignore[attr-defined]
    i = (turn // 2 + turn // len(self.data)) % len(self.data)
    return self.data[i], self.one_hot[i]


def dataset_redraws(self: RandomDataset, i: int) -> Example:
    return torch.randn_like(self.data[i]), self.one_hot[i]


def dataset_batch_dimension(self: RandomDataset, i: int) -> Example:
    return self.data[i : i + 1], self.one_hot[i : i + 1]


def dataset_swapped_pair(self: RandomDataset, i: int) -> Example:
    return self.one_hot[i], self.data[i]


def dataset_only_x(self: RandomDataset, i: int) -> Tensor:
    return self.data[i]


def dataset_x_list(self: RandomDataset, i: int) -> Any:
    return self.data[i].tolist(), self.one_hot[i]


def dataset_x_first_feature(self: RandomDataset, i: int) -> Example:
    return self.data[i][0], self.one_hot[i]


class NoDataset:
    """The same examples in a class of no parent."""

    def __init__(self, N: int, F: int, C: int) -> None:
        self.data, self.one_hot = _x(N, F, C), _y(N, F, C)

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, i: int) -> Example:
        return self.data[i], self.one_hot[i]
