"""`grade new`: write a new assignment."""

from __future__ import annotations

from pathlib import Path

from ..console import console, show


def new(path: Path, /) -> int:
    """Write a new assignment with one worked question, as a start for your own.

    Parameters
    ----------
    path
        A file that ends in .py, or a folder for assignment.py; an existing file is not changed.
    """
    from ..assignment.new import write_new

    show(console(), f"Written: {write_new(path)}")
    return 0
