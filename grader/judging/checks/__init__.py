"""The kinds of checks that an assignment's table can name."""

from __future__ import annotations

from .figures import Figures
from .gradient import Gradient
from .shape import Shape
from .values import Values

# A release records these kinds by name, and the self-check looks up the class of a name here.
KINDS: dict[str, type[Values]] = {kind.__name__: kind for kind in (Values, Gradient, Shape)}

__all__ = ["KINDS", "Figures", "Gradient", "Shape", "Values"]
