"""Judge shapes only: a result must have the right shape before its values are worth a look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from ...assignment.cases import Draw
from ..compare import Comparison, compare
from .values import Values


@dataclass(frozen=True, eq=False)
class Shape(Values):
    """Every named tensor has the reference's shape. The finding is shown as guidance and is worth no points."""

    share: float = 0.0

    def compare_one(self, name: str, actual: Any, expected: Any, draw: Draw) -> Comparison:
        if isinstance(actual, torch.Tensor) and isinstance(expected, torch.Tensor):
            # Compared as text: a shape without dimensions has no entries to compare.
            return compare(
                self._name(name) + ".shape", str(tuple(actual.shape)), str(tuple(expected.shape)), self.tolerance
            )
        return super().compare_one(name, actual, expected, draw)
