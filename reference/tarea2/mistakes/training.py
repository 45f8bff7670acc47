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
from .row import row

Batch = tuple[Tensor, Tensor]
Losses = list[list[float]]  # of the batches of each epoch


def _batches(dataset: Any, size: int, drop_last: bool) -> Iterator[Batch]:
    """x (b, F) and one-hot y (b, C) for each batch, in the order of the data set. Rows are read when they are needed."""
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
    """entrenar_FFNN with one of its decisions replaced; without arguments it trains as the reference does.

    size: the size of a batch, from the size asked for and the number of examples
    batches: the number of batches that an epoch uses, None for all
    rounds: the number of epochs that it trains for, from the number asked for
    returned: the result, from the losses
    verbs: the calls after a batch's forward and loss;  once_per_epoch: the call after an epoch
    place: the device that things are moved to, from the device asked for;  moved: the things that are moved
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


# The result ------------------------------------------------------------------------------------------------------

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

# The table -------------------------------------------------------------------------------------------------------

MISCONCEPTIONS = (
    # 4c: the mistakes that are seen most come first, because each trial is a training run
    row("4c", "training-never-steps", "entrenar_FFNN", training_never_steps,
        "La red no cambia: nunca se le pide al optimizador que dé un paso.",
        "The network does not change: the optimiser is never asked to make a step."),
    row("4c", "training-returns-nothing", "entrenar_FFNN", training_returns_nothing,
        "La función no retorna nada: imprimir la pérdida no basta.",
        "The function returns nothing: printing the loss is not enough."),
    row("4c", "training-returns-accuracy", "entrenar_FFNN", training_returns_accuracy,
        "Eso es la fracción de aciertos de cada lote: se pide la pérdida.",
        "That is the fraction of correct predictions in each batch: the loss is asked for."),
    row("4c", "training-returns-last-loss", "entrenar_FFNN", training_returns_last_loss,
        "Se retorna un número, la última pérdida: se pide la lista.",
        "One number is returned, the last loss: the list is asked for."),
    row("4c", "training-returns-sums", "entrenar_FFNN", training_returns_sums,
        "Por época se retorna la suma de las pérdidas de sus lotes: así depende de cuántos lotes hay.",
        "The sum of the batches' losses is returned for each epoch: that depends on how many batches there are."),
    row("4c", "training-first-batch-only", "entrenar_FFNN", training_first_batch_only,
        "En cada época se usa solo el primer lote.",
        "Only the first batch of each epoch is used."),
    row("4c", "training-drops-last-batch", "entrenar_FFNN", training_drops_last_batch,
        "El último lote, más chico, se descarta: esos ejemplos nunca se ven.",
        "The last batch, which is smaller, is dropped: its examples are never seen."),
    row("4c", "training-one-epoch", "entrenar_FFNN", training_one_epoch,
        "Se entrena una sola época: o no se usa el argumento, o la función termina dentro del ciclo.",
        "It trains for one epoch only: either the argument is not used, or the function ends inside the loop."),
    row("4c", "training-batches-of-8", "entrenar_FFNN", training_batches_of_8,
        "Los lotes son siempre de 8 ejemplos: no se usa el tamaño pedido.",
        "Batches always have 8 examples: the size that was asked for is not used."),
    row("4c", "training-batches-of-1", "entrenar_FFNN", training_batches_of_1,
        "Los lotes son siempre de un ejemplo: no se usa el tamaño pedido.",
        "Batches always have one example: the size that was asked for is not used."),
    row("4c", "training-steps-before-backward", "entrenar_FFNN", training_steps_before_backward,
        "El paso va antes que backward: cada lote usa los gradientes del anterior.",
        "The step comes before backward: each batch uses the gradients of the one before."),
    row("4c", "training-steps-one-batch-late", "entrenar_FFNN", training_steps_one_batch_late,
        "El paso va antes que backward: cada lote usa los gradientes del anterior, y los del último se pierden.",
        "The step comes before backward: each batch uses the gradients of the one before, and those of the last batch are lost."),
    row("4c", "training-returns-running-sums", "entrenar_FFNN", training_returns_running_sums,
        "Cada entrada suma todas las pérdidas hasta ese lote: tiene que ser solo la de ese lote.",
        "Each entry sums all losses up to its batch: it should be the loss of that batch only."),

    # 4c: more of the loop
    row("4c", "training-zeroes-before-step", "entrenar_FFNN", training_zeroes_before_step,
        "Los gradientes se borran justo antes de usarlos: la red no cambia.",
        "The gradients are cleared right before they are used: the network does not change."),
    row("4c", "training-steps-twice", "entrenar_FFNN", training_steps_twice,
        "El optimizador da dos pasos por lote.",
        "The optimiser makes two steps per batch."),
    row("4c", "training-steps-once-per-epoch", "entrenar_FFNN", training_steps_once_per_epoch,
        "El optimizador da un solo paso por época: va uno por cada lote.",
        "The optimiser makes one step per epoch: it should make one for each batch."),
    row("4c", "training-one-batch", "entrenar_FFNN", training_one_batch,
        "Se entrena con un solo lote y se termina: revisa la indentación de la línea que corta los ciclos.",
        "It trains on one batch and ends: check the indentation of the line that leaves the loops."),
    row("4c", "training-one-epoch-more", "entrenar_FFNN", training_one_epoch_more,
        "Se entrena una época de más.",
        "It trains for one epoch too many."),
    row("4c", "training-one-epoch-less", "entrenar_FFNN", training_one_epoch_less,
        "Se entrena una época de menos.",
        "It trains for one epoch too few."),
    row("4c", "training-epochs-for-batch-size", "entrenar_FFNN", training_epochs_for_batch_size,
        "El número de épocas y el tamaño de lote están intercambiados.",
        "The number of epochs and the batch size are swapped."),
    row("4c", "training-batches-of-4", "entrenar_FFNN", training_batches_of_4,
        "Los lotes son siempre de 4 ejemplos: no se usa el tamaño pedido.",
        "Batches always have 4 examples: the size that was asked for is not used."),
    row("4c", "training-whole-data-set", "entrenar_FFNN", training_whole_data_set,
        "Todos los datos van en un solo lote: no se usa el tamaño pedido.",
        "All data go in one batch: the size that was asked for is not used."),

    # 4c: more of the result
    row("4c", "training-returns-mean", "entrenar_FFNN", training_returns_mean,
        "Se retorna un número, la pérdida promedio: se pide la lista.",
        "One number is returned, the mean loss: the list is asked for."),
    row("4c", "training-returns-total", "entrenar_FFNN", training_returns_total,
        "Se retorna un número, la suma de las pérdidas: se pide la lista.",
        "One number is returned, the sum of the losses: the list is asked for."),
    row("4c", "training-returns-running-sums-of-epochs", "entrenar_FFNN", training_returns_running_sums_of_epochs,
        "Cada entrada suma las pérdidas de su época hasta ese lote: tiene que ser solo la de ese lote.",
        "Each entry sums the losses of its epoch up to its batch: it should be the loss of that batch only."),
    row("4c", "training-returns-last-epoch", "entrenar_FFNN", training_returns_last_epoch,
        "Solo quedan las pérdidas de la última época: la lista se vacía en cada una.",
        "Only the losses of the last epoch remain: the list is emptied in each one."),
    row("4c", "training-returns-lists", "entrenar_FFNN", training_returns_lists,
        "Se retorna una lista de listas: se pide una sola lista de números.",
        "A list of lists is returned: one list of numbers is asked for."),
    row("4c", "training-returns-accuracy-of-epochs", "entrenar_FFNN", training_returns_accuracy_of_epochs,
        "Eso es la fracción de aciertos de cada época: se pide la pérdida.",
        "That is the fraction of correct predictions in each epoch: the loss is asked for."),
    row("4c", "training-returns-hits", "entrenar_FFNN", training_returns_hits,
        "Eso es el número de aciertos de cada lote: se pide la pérdida.",
        "That is the number of correct predictions in each batch: the loss is asked for."),
    row("4c", "training-loss-of-batch-summed", "entrenar_FFNN", training_loss_of_batch_summed,
        "La pérdida de cada lote está multiplicada por su tamaño: el promedio ya lo da la entropía cruzada.",
        "Each batch's loss is multiplied by its size: the cross entropy is already a mean."),
    row("4c", "training-loss-divided-again", "entrenar_FFNN", training_loss_divided_again,
        "La pérdida de cada lote se divide por su tamaño: la entropía cruzada ya es un promedio.",
        "Each batch's loss is divided by its size: the cross entropy is already a mean."),
    row("4c", "training-loss-swapped", "entrenar_FFNN", training_loss_swapped,
        "Los argumentos de la pérdida están intercambiados: primero la predicción, después la etiqueta.",
        "The arguments of the loss are swapped: first the prediction, then the label."),
    row("4c", "training-loss-negative", "entrenar_FFNN", training_loss_negative,
        "La pérdida no es negativa: mira el signo.",
        "The loss is not negative: look at the sign."),
    row("4c", "training-loss-of-squares", "entrenar_FFNN", training_loss_of_squares,
        "Eso es un error cuadrático: la pérdida es la entropía cruzada.",
        "That is a squared error: the loss is the cross entropy."),

    # 4c: the device
    row("4c", "training-ignores-device", "entrenar_FFNN", training_ignores_device,
        "El argumento device no se usa: nada se mueve al dispositivo pedido.",
        "The argument device is not used: nothing is moved to the device that was asked for."),
    row("4c", "training-fixed-cpu", "entrenar_FFNN", training_fixed_cpu,
        "Todo se mueve siempre a la CPU, diga lo que diga device.",
        "Everything is always moved to the CPU, whatever device says."),
    row("4c", "training-fixed-cuda", "entrenar_FFNN", training_fixed_cuda,
        "Todo se mueve siempre a la GPU, diga lo que diga device: sin GPU no se puede entrenar.",
        "Everything is always moved to the GPU, whatever device says: without a GPU nothing can be trained."),
    row("4c", "training-moves-only-network", "entrenar_FFNN", training_moves_only_network,
        "La red se mueve al dispositivo y los lotes se quedan donde estaban: para multiplicarlos, todo tiene que estar en el mismo dispositivo.",
        "The network is moved to the device and the batches stay where they were: to be multiplied, they must be on the same device."),
)  # fmt: skip
