"""The kinds of checks that an assignment's table can name."""

from __future__ import annotations

from .figures import Figures
from .gradient import Gradient
from .shape import Shape
from .values import Values

__all__ = ["Figures", "Gradient", "Shape", "Values"]
