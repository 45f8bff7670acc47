"""Parameters of a student's network, recognised by their shapes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch

from ..sandbox.verbs import Parameter


def recognise_by_shape(
    parameters: Sequence[Parameter], shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, tuple[Parameter, bool]]:
    """Find each canonical parameter by its shape, transposed or not: canonical name -> (parameter, transposed).

    All widths of a case must differ, so that a shape belongs to one parameter only; names and order do not matter.
    """
    found: dict[str, tuple[Parameter, bool]] = {}
    for name, shape in shapes.items():
        forms = {shape: False, tuple(reversed(shape)): True} if len(shape) == 2 else {}
        if len(shape) == 1:
            forms = {shape: False, (1, *shape): False, (*shape, 1): False}
        for parameter in parameters:
            if tuple(parameter.value.shape) in forms:
                found.setdefault(name, (parameter, forms[tuple(parameter.value.shape)]))
    return found


def in_canonical_shape(value: torch.Tensor, transposed: bool, shape: tuple[int, ...]) -> torch.Tensor:
    """A parameter's value or gradient in the canonical shape; unchanged when its size differs."""
    if value.numel() != math.prod(shape):
        return value
    return (value.t() if transposed and value.dim() == 2 else value).reshape(shape)
