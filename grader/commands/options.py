"""Kinds of options that several commands share."""

from __future__ import annotations

from cyclopts import Parameter

Flag = Parameter(negative="", show_default=False)
Word = Parameter(show_default=False)  # a default of "" tells a reader nothing


def ids(listed: str) -> tuple[str, ...]:
    """Question ids, separated by commas."""
    return tuple(part.strip() for part in listed.split(",") if part.strip())
