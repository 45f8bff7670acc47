"""Judge shapes only: what a result has to look like before its values are worth a look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from ...assignment.cases import Draw
from ..compare import Comparison, compare
from .values import Values


@dataclass(frozen=True, eq=False)
class Shape(Values):
    """Every named tensor has the reference's shape; shown as guidance, worth no points of its own."""

    share: float = 0.0

    def compare_one(self, name: str, actual: Any, expected: Any, draw: Draw) -> Comparison:
        if isinstance(actual, torch.Tensor) and isinstance(expected, torch.Tensor):
            # In words: a shape of no dimensions holds nothing that could be compared entry by entry.
            return compare(
                self._name(name) + ".shape", str(tuple(actual.shape)), str(tuple(expected.shape)), self.tolerance
            )
        return super().compare_one(name, actual, expected, draw)
