"""Sentences of this assignment's own."""

from __future__ import annotations

from grader.authoring import Message, Text, say


def said(es: str, en: str) -> Message:
    """A sentence in both languages."""
    return say("{sentence}", sentence=Text(es, en))
