"""Mistakes in FFNN.forward (question 0)."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from ..activations import sig, softmax
from ..network import FFNN
from .decisions import decided

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
    """FFNN.forward with one of its decisions replaced; as it stands it is the reference's.

    `activation` says whose layer's activation a layer uses, None for none; biases are multiplied by 1 or 0.
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
