"""The sentence that a student reads in one situation."""

from __future__ import annotations

from typing import NamedTuple


class Sentence(NamedTuple):
    """The same sentence in both languages."""

    es: str
    en: str
