"""`grade new`: write a new assignment."""

from __future__ import annotations

from pathlib import Path

from rich.markup import escape

from .console import console


def new(path: Path, /) -> int:
    """Write a new assignment with one worked question, as a start for your own.

    Parameters
    ----------
    path
        A file that ends in .py, or a folder for assignment.py; an existing file is not changed.
    """
    from ..assignment.new import write_new

    console().print(f"Written: {escape(str(write_new(path)))}", highlight=False, soft_wrap=True)
    return 0
