"""Judge gradients: compare `.grad` of every parameter with the reference's for the same parameter values."""

from __future__ import annotations

from dataclasses import dataclass

from ..compare import Comparison
from .values import Values


@dataclass(frozen=True, eq=False)
class Gradient(Values):
    """Every parameter's gradient equals the reference's; the report shows its relative error."""

    per_case: bool = True

    def relative_error(self, comparison: Comparison) -> float | None:
        return comparison.relative_error
