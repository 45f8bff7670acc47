"""How each question of Tarea 2 is exercised: one probe per named result or group of results.

A probe runs on the reference and on the student's program alike. Shapes: B examples, F features, C classes.
"""

from __future__ import annotations

from .functions import (
    ACTIVATIONS,
    CategoricalCELoss,
    CategoricalCELoss_zeros,
    CELoss,
    CELoss_epsilon,
    CELoss_one_hot,
    CELoss_unstable,
    CELoss_zeros,
    activation,
    derivative,
    softmax,
)
from .networks import backward, backward_parameters, backward_twice, forward, gradient_check_right, gradient_check_wrong
from .snippets import hidden_layer_gradients, output_gradient, output_layer_gradients
from .training import dataset_classes, dataset_facts, learns_digits, sgd, training, training_device

__all__ = [
    "ACTIVATIONS",
    "CELoss",
    "CELoss_epsilon",
    "CELoss_one_hot",
    "CELoss_unstable",
    "CELoss_zeros",
    "CategoricalCELoss",
    "CategoricalCELoss_zeros",
    "activation",
    "backward",
    "backward_parameters",
    "backward_twice",
    "dataset_classes",
    "dataset_facts",
    "derivative",
    "forward",
    "gradient_check_right",
    "gradient_check_wrong",
    "hidden_layer_gradients",
    "learns_digits",
    "output_gradient",
    "output_layer_gradients",
    "sgd",
    "softmax",
    "training",
    "training_device",
]
