"""Show a self-check below a notebook's cell: HTML for notebooks, text for consoles."""

from __future__ import annotations

from ..results import SubmissionResult
from .render import render_self_check
from .self_check import self_check_view
from .terminal import plain_text


def html_cell(result: SubmissionResult, language: str) -> str:
    """An HTML fragment with its own style that fetches nothing; readable on light and dark, and without the style."""
    return render_self_check(self_check_view(result, language, live=True))


def text_cell(result: SubmissionResult, language: str) -> str:
    """The self-check as text without colours, for consoles and screen readers."""
    return plain_text(result, language, live=True)
