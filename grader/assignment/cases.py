"""The cases of a test: sizes and a seed, never tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from ..messages import Text


@dataclass(frozen=True, eq=False)  # a case equals only itself and hashes by identity
class Case:
    """A recipe for inputs: a seed and sizes, never tensors.

    Public cases have fixed inputs, which students may see. The inputs of hidden cases also depend on the run's salt.
    `draws` are inputs recorded when the case was released, because another version of torch may draw others.
    """

    title: Text
    seed: int
    public: bool = False
    sizes: Mapping[str, Any] = field(default_factory=dict)
    draws: Mapping[str, torch.Tensor] = field(default_factory=dict)
