"""Mistakes in FFNN.forward (question 0)."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from ..activations import sig, softmax
from ..network import FFNN
from .decisions import decided
from .row import AFTER_FORWARD, row

Forward = Callable[[FFNN, Tensor], Tensor]


def _probabilities(logits: Tensor) -> Tensor:
    return softmax(logits, dim=1)


@decided
def forward(
    *,
    activation: Callable[[int, int], int | None] = lambda layer, layers: layer,
    bias: float = 1.0,
    output_bias: float = 1.0,
    output: Callable[[Tensor], Tensor] = _probabilities,
    activated_output: bool = False,
) -> Forward:
    """FFNN.forward with one of its decisions replaced; without arguments it is the reference's.

    `activation` says which layer's activation a layer uses, None for none. Biases are multiplied by 1 or 0.
    """

    def method(self: FFNN, x: Tensor) -> Tensor:
        h, layers = x, len(self.Ws)
        for layer, (W, b) in enumerate(zip(self.Ws, self.bs, strict=True)):
            u = h @ W + bias * b
            used = activation(layer, layers)
            h = u if used is None else self.l_a[used](u)
        logits = h @ self.U + output_bias * self.c
        return output(self.l_a[-1](logits) if activated_output else logits)

    return method


forward_logits = forward(output=lambda logits: logits)
forward_softmax_over_batch = forward(output=lambda logits: softmax(logits, dim=0))
forward_sigmoid = forward(output=sig)
forward_softmax_twice = forward(output=lambda logits: softmax(softmax(logits, dim=1), dim=1))
forward_activated_output = forward(activated_output=True)
forward_linear = forward(activation=lambda layer, layers: None)
forward_last_hidden_linear = forward(activation=lambda layer, layers: layer if layer < layers - 1 else None)
forward_first_hidden_linear = forward(activation=lambda layer, layers: layer if layer > 0 else None)
forward_first_activation = forward(activation=lambda layer, layers: 0)
forward_last_activation = forward(activation=lambda layer, layers: layers - 1)
forward_activations_reversed = forward(activation=lambda layer, layers: layers - 1 - layer)
forward_without_biases = forward(bias=0.0, output_bias=0.0)
forward_without_hidden_biases = forward(bias=0.0)
forward_without_output_bias = forward(output_bias=0.0)

# The table -------------------------------------------------------------------------------------------------------

MISCONCEPTIONS = (
    # 0: forward
    row("0", "forward-logits", "FFNN.forward", forward_logits,
        "Lo que sale no son probabilidades: falta softmax en la capa de salida.",
        "The output does not hold probabilities: softmax is missing at the output layer.", also=AFTER_FORWARD),
    row("0", "forward-softmax-over-batch", "FFNN.forward", forward_softmax_over_batch,
        "Las probabilidades suman 1 sobre el lote: deben sumar 1 para cada ejemplo.",
        "The probabilities sum to 1 over the batch: they should sum to 1 for each example.", also=AFTER_FORWARD),
    row("0", "forward-sigmoid", "FFNN.forward", forward_sigmoid,
        "La salida aplica una sigmoide a cada valor por separado: las clases compiten y sus probabilidades suman 1.",
        "The output applies a sigmoid to each entry by itself: the classes compete, and their probabilities sum to 1.", also=AFTER_FORWARD),
    row("0", "forward-softmax-twice", "FFNN.forward", forward_softmax_twice,
        "softmax se aplica dos veces: aplicada a probabilidades, las deja casi todas iguales.",
        "softmax is applied twice: applied to probabilities, it makes them nearly all equal.", also=AFTER_FORWARD),
    row("0", "forward-activated-output", "FFNN.forward", forward_activated_output,
        "La última activación pasa también por la capa de salida: antes de softmax va solo la parte lineal.",
        "The last activation is applied to the output layer as well: only the linear part comes before softmax.", also=AFTER_FORWARD),
    row("0", "forward-linear", "FFNN.forward", forward_linear,
        "Las capas escondidas no aplican su activación: así la red entera es lineal.",
        "The hidden layers do not apply their activation: that makes the whole network linear.", also=AFTER_FORWARD),
    row("0", "forward-last-hidden-linear", "FFNN.forward", forward_last_hidden_linear,
        "La última capa escondida queda sin activación: revisa hasta dónde llega tu ciclo.",
        "The last hidden layer has no activation: check how far your loop goes.", also=AFTER_FORWARD),
    row("0", "forward-first-hidden-linear", "FFNN.forward", forward_first_hidden_linear,
        "La primera capa escondida queda sin activación: revisa dónde empieza tu ciclo.",
        "The first hidden layer has no activation: check where your loop starts.", also=AFTER_FORWARD),
    row("0", "forward-first-activation", "FFNN.forward", forward_first_activation,
        "Todas las capas usan la primera activación de la lista: cada capa tiene la suya.",
        "All layers use the first activation of the list: each layer has its own.", also=AFTER_FORWARD),
    row("0", "forward-last-activation", "FFNN.forward", forward_last_activation,
        "Todas las capas usan la última activación de la lista: cada capa tiene la suya.",
        "All layers use the last activation of the list: each layer has its own.", also=AFTER_FORWARD),
    row("0", "forward-activations-reversed", "FFNN.forward", forward_activations_reversed,
        "Las activaciones están en el orden inverso: la primera de la lista es la de la capa que recibe x.",
        "The activations are in reverse order: the first in the list belongs to the layer that receives x.", also=AFTER_FORWARD),
    row("0", "forward-without-biases", "FFNN.forward", forward_without_biases,
        "Ninguna capa suma su sesgo.",
        "No layer adds its bias.", also=AFTER_FORWARD),
    row("0", "forward-without-hidden-biases", "FFNN.forward", forward_without_hidden_biases,
        "Las capas escondidas no suman su sesgo.",
        "The hidden layers do not add their bias.", also=AFTER_FORWARD),
    row("0", "forward-without-output-bias", "FFNN.forward", forward_without_output_bias,
        "La capa de salida no suma su sesgo.",
        "The output layer does not add its bias.", also=AFTER_FORWARD),
)  # fmt: skip
