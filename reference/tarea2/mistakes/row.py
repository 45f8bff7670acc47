"""One row of a table of known mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.authoring import Misconception, Text

# The reference's network knows the derivatives of the reference's activations, by which it recognises them.
AFTER_ACTIVATION = ("3a",)
AFTER_PARAMETRIC = ("3a", "3b")
# Backward is given what forward predicted, and 3b asks for the gradients of the very same backward.
AFTER_FORWARD = ("3a", "3b")
AFTER_BACKWARD = ("3b",)


def row(
    question: str, name: str, changed: str, change: Callable[..., Any], es: str, en: str, *, also: tuple[str, ...] = ()
) -> Misconception:
    """The misconception `name` of a question: `change` in the place of `changed`, and its hint in both languages."""
    return Misconception(name, question, Text(es, en), {changed: change}, also)
