"""The pages that students and instructors read: results in, self-contained HTML out."""

from __future__ import annotations

from .class_page import RunFacts
from .render import render_class, render_student

__all__ = ["RunFacts", "render_class", "render_student"]
