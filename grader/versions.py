"""The version of Python that grades, and comparisons with others."""

from __future__ import annotations

import sys

OWN_PYTHON = ".".join(map(str, sys.version_info[:2]))


def number(version: str) -> tuple[int, ...]:
    """(3, 12) for "3.12", so that 3.9 comes before 3.12."""
    return tuple(map(int, version.split(".")))
