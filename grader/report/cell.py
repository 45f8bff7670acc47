"""Show a self-check below a notebook's cell: HTML for notebooks, text for consoles."""

from __future__ import annotations

from ..results import SubmissionResult
from .render import render_self_check
from .self_check import self_check
from .terminal import text


def html(result: SubmissionResult, language: str) -> str:
    """A fragment that brings its own style and fetches nothing; readable on light and dark, and without the style."""
    return render_self_check(self_check(result, language, live=True))


def plain(result: SubmissionResult, language: str) -> str:
    """The same as text without colours, for consoles and screen readers."""
    return text(result, language, live=True)
