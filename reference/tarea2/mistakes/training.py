"""Mistakes in the training loop (question 4c)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate, islice
from typing import Any

import torch
from torch import Tensor

from ..losses import CELoss
from ..network import FFNN
from ..optim import SGD
from .decisions import decided

Batch = tuple[Tensor, Tensor]
Losses = list[list[float]]  # of the batches of each epoch


def _batches(dataset: Any, size: int, drop_last: bool) -> Iterator[Batch]:
    """x (b, F) and one-hot y (b, C) for each batch, in the order of the data set; rows are read when needed."""
    for start in range(0, len(dataset), size):
        rows = range(start, min(start + size, len(dataset)))
        if len(rows) == size or not drop_last:
            xs, ys = zip(*(dataset[i] for i in rows), strict=True)
            yield torch.stack(xs), torch.stack(ys)


def _each_batch(losses: Losses) -> list[float]:
    return [loss for epoch in losses for loss in epoch]


def _or_the_cpu(asked: str) -> str:
    return asked if torch.device(asked).type != "cuda" or torch.cuda.is_available() else "cpu"


def _cross_entropy(y_pred: Tensor, y: Tensor) -> float:
    return float(CELoss(y_pred, y))


@decided
def train(
    *,
    size: Callable[[int, int], int] = lambda asked, N: asked,
    drop_last: bool = False,
    batches: int | None = None,
    rounds: Callable[[int], int] = lambda epochs: epochs,
    verbs: str = "backward step",
    once_per_epoch: str = "",
    loss: Callable[[Tensor, Tensor], float] = _cross_entropy,
    returned: Callable[[Losses], Any] = _each_batch,
    place: Callable[[str], str] = _or_the_cpu,
    moved: str = "network batches",
) -> Callable[..., Any]:
    """entrenar_FFNN with one of its decisions replaced; as it stands it trains as the reference does.

    size: of a batch, from what was asked and the number of examples;  batches: how many of an epoch, None for all
    rounds: how often the data set is gone through, from the epochs asked;  returned: from the losses
    verbs: what follows on a batch's forward and loss;  once_per_epoch: what follows on an epoch
    place: where things are moved, from the device asked;  moved: what is
    """

    @torch.no_grad()
    def entrenar_FFNN(
        red: FFNN, dataset: Any, optimizador: SGD, epochs: int = 1, batch_size: int = 1, device: str = "cuda"
    ) -> Any:
        losses: Losses = []
        if moved:
            device = place(device)
        if "network" in moved:
            red.to(device)
        for _ in range(rounds(epochs)):
            losses.append([])
            for x, y in islice(_batches(dataset, size(batch_size, len(dataset)), drop_last), batches):
                if "batches" in moved:
                    x, y = x.to(device), y.to(device)
                y_pred = red.forward(x)
                losses[-1].append(loss(y_pred, y))
                for verb in verbs.split():
                    if verb == "backward":
                        red.backward(x, y, y_pred)
                    elif verb == "zero":
                        optimizador.zero_grad()
                    elif verb == "step" or next(red.parameters()).grad is not None:
                        optimizador.step()
            if once_per_epoch:
                optimizador.step()
        return returned(losses)

    return entrenar_FFNN


def _accuracy(y_pred: Tensor, y: Tensor) -> float:
    return float((y_pred.argmax(1) == y.argmax(1)).double().mean())


# The loop --------------------------------------------------------------------------------------------------------

training_never_steps = train(verbs="backward")
training_zeroes_before_step = train(verbs="backward zero step")
training_steps_before_backward = train(verbs="step backward")
training_steps_one_batch_late = train(verbs="step-if-there-are-gradients backward")
training_steps_twice = train(verbs="backward step step")
training_steps_once_per_epoch = train(verbs="backward", once_per_epoch="step")
training_first_batch_only = train(batches=1)
training_drops_last_batch = train(drop_last=True)
training_one_epoch = train(rounds=lambda epochs: 1)
training_one_epoch_more = train(rounds=lambda epochs: epochs + 1)
training_one_epoch_less = train(rounds=lambda epochs: epochs - 1)
training_one_batch = train(rounds=lambda epochs: 1, batches=1)
training_batches_of_1 = train(size=lambda asked, N: 1)
training_batches_of_4 = train(size=lambda asked, N: 4)
training_batches_of_8 = train(size=lambda asked, N: 8)
training_whole_data_set = train(size=lambda asked, N: N)


def training_epochs_for_batch_size(
    red: FFNN, dataset: Any, optimizador: SGD, epochs: int = 1, batch_size: int = 1, device: str = "cuda"
) -> Any:
    return train()(red, dataset, optimizador, epochs=batch_size, batch_size=epochs, device=device)


# What is returned ------------------------------------------------------------------------------------------------

training_returns_nothing = train(returned=lambda losses: None)
training_returns_last_loss = train(returned=lambda losses: losses[-1][-1])
training_returns_mean = train(returned=lambda losses: sum(_each_batch(losses)) / len(_each_batch(losses)))
training_returns_total = train(returned=lambda losses: sum(_each_batch(losses)))
training_returns_sums = train(returned=lambda losses: [sum(epoch) for epoch in losses])
training_returns_running_sums = train(returned=lambda losses: list(accumulate(_each_batch(losses))))
training_returns_running_sums_of_epochs = train(
    returned=lambda losses: [total for epoch in losses for total in accumulate(epoch)]
)
training_returns_last_epoch = train(returned=lambda losses: losses[-1])
training_returns_lists = train(returned=lambda losses: losses)
training_returns_accuracy = train(loss=_accuracy)
training_returns_accuracy_of_epochs = train(
    loss=_accuracy, returned=lambda losses: [sum(epoch) / len(epoch) for epoch in losses]
)
training_returns_hits = train(loss=lambda y_pred, y: _accuracy(y_pred, y) * len(y))
training_loss_of_batch_summed = train(loss=lambda y_pred, y: _cross_entropy(y_pred, y) * len(y))
training_loss_divided_again = train(loss=lambda y_pred, y: _cross_entropy(y_pred, y) / len(y))
training_loss_swapped = train(loss=lambda y_pred, y: _cross_entropy(y, y_pred))
training_loss_negative = train(loss=lambda y_pred, y: -_cross_entropy(y_pred, y))
training_loss_of_squares = train(loss=lambda y_pred, y: float((y_pred - y).square().mean()))

# The device ------------------------------------------------------------------------------------------------------

training_ignores_device = train(moved="")
training_fixed_cpu = train(place=lambda asked: "cpu")
training_fixed_cuda = train(place=lambda asked: "cuda")
training_moves_only_network = train(place=lambda asked: asked, moved="network")
