"""Find the folder of public checks next to a notebook or above it, without loading anything."""

from __future__ import annotations

from pathlib import Path

from ..errors import AssignmentError

FILE = "checks.json"


def find(start: Path, name: str = "checks") -> Path:
    """The folder of public checks next to a notebook, or above it."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / name / FILE).is_file():
            return folder / name
    raise AssignmentError(
        f"no folder {name}/ with the public checks was found in {start} or above it: "
        "open the notebook inside its repository"
    )
