"""Mistakes in the data set of random examples (question 4b)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..data import RandomDataset
from .row import row

Init = Callable[[RandomDataset, int, int, int], None]
Example = tuple[Tensor, Tensor]


def _one_hot(labels: Tensor, C: int) -> Tensor:
    return torch.eye(C)[labels]


def made(x: Callable[[int, int, int], Tensor], y: Callable[[int, int, int], Tensor]) -> Init:
    """RandomDataset.__init__ that keeps x(N, F, C) and the labels y(N, F, C). Row i belongs to example i."""

    def init(self: RandomDataset, N: int, F: int, C: int) -> None:
        self.data, self.one_hot = x(N, F, C), y(N, F, C)
        self.targets = torch.zeros(N, dtype=torch.long)

    return init


def _x(N: int, F: int, C: int) -> Tensor:
    return torch.randn(N, F)


def _y(N: int, F: int, C: int) -> Tensor:
    return _one_hot(torch.randint(C, (N,)), C)


# The draws -------------------------------------------------------------------------------------------------------

dataset_swapped_sizes = made(lambda N, F, C: torch.randn(N, C), lambda N, F, C: _y(N, C, F))
dataset_one_feature_more = made(lambda N, F, C: torch.randn(N, F + 1), _y)
# The labels run from 1 to C, and C examples have each of them once: no draw may hide the mistake.
dataset_invalid_labels = made(_x, lambda N, F, C: 1 + torch.arange(N) % C)
dataset_one_class = made(_x, lambda N, F, C: _one_hot(torch.zeros(N, dtype=torch.long), C))

# The length ------------------------------------------------------------------------------------------------------


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


# The example of an index -----------------------------------------------------------------------------------------


def dataset_everything(self: RandomDataset, i: int) -> Example:
    return self.data, self.one_hot


def dataset_all_examples(self: RandomDataset, i: int) -> Example:
    return self.data, self.one_hot[i]


def dataset_first_example(self: RandomDataset, i: int) -> Example:
    return self.data[0], self.one_hot[0]


def dataset_random_example(self: RandomDataset, i: int) -> Example:
    # Another example at each access, and some of them twice, as with draws. No chance is involved that could hide it.
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
    """The same examples in a class without a parent."""

    def __init__(self, N: int, F: int, C: int) -> None:
        self.data, self.one_hot = _x(N, F, C), _y(N, F, C)

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, i: int) -> Example:
        return self.data[i], self.one_hot[i]


# The table -------------------------------------------------------------------------------------------------------

MISCONCEPTIONS = (
    # 4b
    row("4b", "dataset-one-class", "RandomDataset.__init__", dataset_one_class,
        "Hay clases que nunca salen: las etiquetas se sortean entre las C clases.",
        "Some classes never occur: labels are drawn among all C classes."),
    row("4b", "dataset-constant-length", "RandomDataset.__len__", dataset_constant_length,
        "El largo es fijo: tiene que ser el número de ejemplos que se pidió.",
        "The length is fixed: it must be the number of examples that was asked for."),
    row("4b", "dataset-length-of-features", "RandomDataset.__len__", dataset_length_of_features,
        "El largo es el número de características: tiene que ser el número de ejemplos.",
        "The length is the number of features: it must be the number of examples."),
    row("4b", "dataset-length-of-entries", "RandomDataset.__len__", dataset_length_of_entries,
        "El largo cuenta todos los números: tiene que contar ejemplos.",
        "The length counts all numbers: it must count examples."),
    row("4b", "dataset-length-of-pair", "RandomDataset.__len__", dataset_length_of_pair,
        "El largo es 2, el del par: tiene que ser el número de ejemplos.",
        "The length is 2, that of the pair: it must be the number of examples."),
    row("4b", "dataset-length-less-one", "RandomDataset.__len__", dataset_length_less_one,
        "El largo se queda corto en uno.",
        "The length is one too small."),
    row("4b", "dataset-length-plus-one", "RandomDataset.__len__", dataset_length_plus_one,
        "El largo se pasa en uno.",
        "The length is one too large."),
    row("4b", "dataset-everything", "RandomDataset.__getitem__", dataset_everything,
        "Se retorna todo el conjunto de datos: el índice pide un solo ejemplo.",
        "The whole data set is returned: the index asks for one example."),
    row("4b", "dataset-all-examples", "RandomDataset.__getitem__", dataset_all_examples,
        "Con cada etiqueta vienen todos los ejemplos: falta usar el índice también en x.",
        "All examples come with each label: use the index for x as well."),
    row("4b", "dataset-redraws", "RandomDataset.__getitem__", dataset_redraws,
        "El mismo índice da otros números cada vez: los datos se sortean una sola vez, al crear el dataset.",
        "The same index gives other numbers each time: the data are drawn once, when the data set is created."),
    row("4b", "dataset-random-example", "RandomDataset.__getitem__", dataset_random_example,
        "Se ignora el índice y sale otro ejemplo cada vez.",
        "The index is ignored and another example comes each time."),
    row("4b", "dataset-first-example", "RandomDataset.__getitem__", dataset_first_example,
        "Todos los ejemplos salen iguales: cada índice tiene que dar el suyo, sorteado por separado.",
        "All examples are equal: each index must give its own example, drawn separately."),
    row("4b", "dataset-batch-dimension", "RandomDataset.__getitem__", dataset_batch_dimension,
        "Sobra una dimensión de tamaño 1: el DataLoader arma el lote, y aquí va un solo ejemplo.",
        "There is an extra dimension of size 1: the DataLoader makes the batch, and here a single example is returned."),
    row("4b", "dataset-swapped-pair", "RandomDataset.__getitem__", dataset_swapped_pair,
        "El par está en el otro orden: primero x, después y.",
        "The pair is in the other order: first x, then y."),
    row("4b", "dataset-only-x", "RandomDataset.__getitem__", dataset_only_x,
        "Cada elemento tiene que ser un par: el ejemplo y su etiqueta.",
        "Each item must be a pair: the example and its label."),
    row("4b", "dataset-x-list", "RandomDataset.__getitem__", dataset_x_list,
        "x no es un tensor.",
        "x is not a tensor."),
    row("4b", "dataset-x-one-number", "RandomDataset.__getitem__", dataset_x_first_feature,
        "x es un solo número: cada ejemplo tiene todas sus características.",
        "x is a single number: each example has all of its features."),
    row("4b", "dataset-swapped-sizes", "RandomDataset.__init__", dataset_swapped_sizes,
        "Los números de características y de clases están intercambiados.",
        "The numbers of features and classes are swapped."),
    row("4b", "dataset-one-feature-more", "RandomDataset.__init__", dataset_one_feature_more,
        "Cada ejemplo tiene una característica de más.",
        "Each example has one feature too many."),
    row("4b", "dataset-invalid-labels", "RandomDataset.__init__", dataset_invalid_labels,
        "y no es la etiqueta de un ejemplo: tiene que ser el índice de una de las C clases, que parten de 0, o un vector con un único 1.",
        "y is not the label of one example: it must be the index of one of the C classes, which start from 0, or a vector with a single 1."),
    row("4b", "dataset-without-parent", "RandomDataset", NoDataset,
        "La clase funciona, pero no hereda de Dataset.",
        "The class works, but does not inherit from Dataset."),
)  # fmt: skip
