"""One row of a table of known mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.authoring import Misconception, Text

# Questions that lose points with a wrong activation: the reference's network recognises the reference's activations, and
# knows their derivatives.
AFTER_ACTIVATION = ("3a",)
AFTER_PARAMETRIC = ("3a", "3b")
# Backward is given the prediction of forward, and 3b asks for gradients of the same backward.
AFTER_FORWARD = ("3a", "3b")
AFTER_BACKWARD = ("3b",)


def row(
    question: str, name: str, changed: str, change: Callable[..., Any], es: str, en: str, *, also: tuple[str, ...] = ()
) -> Misconception:
    """The misconception `name` of a question: `change` in the place of `changed`, and its hint in both languages."""
    return Misconception(name, question, Text(es, en), {changed: change}, also)
