"""How each question of Tarea 2 is exercised: one probe per named result or group of results.

A probe runs on the reference and on the student's program alike. Shapes: B examples, F features, C classes.
Students get this folder with the public checks, so it neither contains nor imports any part of the solution.
"""

from __future__ import annotations

from grader.authoring import Probe

from .dataset import dataset_classes, dataset_facts
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
from .optimiser import sgd
from .snippets import hidden_layer_gradients, output_gradient, output_layer_gradients
from .training import training, training_device

__all__ = ["ACTIVATIONS", "PROBES"]

# The keys are the names that the table and the public checks use.
PROBES: dict[str, Probe] = {
    **{name: activation(name) for name in ACTIVATIONS},
    "softmax": softmax,
    "forward": forward,
    "d_relu": derivative("relu", ("d_relu",)),
    "d_swish": derivative("swish", ("d_swish/dT", "d_swish/dbeta"), 1.3),
    "d_celu": derivative("celu", ("d_celu/dT", "d_celu/dalpha"), 0.8),
    "CELoss": CELoss,
    "CELoss_one_hot": CELoss_one_hot,
    "CELoss_zeros": CELoss_zeros,
    "CELoss_epsilon": CELoss_epsilon,
    "CELoss_unstable": CELoss_unstable,
    "CategoricalCELoss": CategoricalCELoss,
    "CategoricalCELoss_zeros": CategoricalCELoss_zeros,
    "output_gradient": output_gradient,
    "output_layer_gradients": output_layer_gradients,
    **{f"hidden_{name}": hidden_layer_gradients(name) for name in ("relu", "celu", "swish")},
    "backward": backward,
    "backward_twice": backward_twice,
    "backward_parameters": backward_parameters,
    "gradient_check_right": gradient_check_right,
    "gradient_check_wrong": gradient_check_wrong,
    "sgd": sgd,
    "dataset_facts": dataset_facts,
    "dataset_classes": dataset_classes,
    "training": training,
    "training_device": training_device,
}
