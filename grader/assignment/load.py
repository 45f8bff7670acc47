"""The loader of an assignment: it finds the folder and reads the file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from ..errors import AssignmentError, UsageError
from .read import read_assignment
from .spec import Assignment


def default_folder() -> Path:
    """The folder that `[tool.grader] assignment` names in the nearest pyproject.toml, upwards from here."""
    start = Path.cwd()
    beside_us = Path(__file__).parents[2]
    for folder in (start, *start.parents, beside_us):
        file = folder / "pyproject.toml"
        if file.is_file():
            named = _project(file).get("tool", {}).get("grader", {}).get("assignment")
            if named:
                return folder / str(named)
    raise UsageError("no assignment was named: pass --assignment DIR, a folder that contains assignment.py")


def _project(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read ({error}): repair it, or pass --assignment DIR") from error


def load_assignment(path: Path) -> Assignment:
    """The assignment of a percent file, or of a folder with an assignment.py.

    Raises AssignmentError when the assignment cannot be read.
    """
    found = path.resolve()
    file = found if found.is_file() else found / "assignment.py"
    if not found.exists():
        raise AssignmentError(f"{found} does not exist: pass the file of an assignment, or its folder")
    if not file.is_file():
        raise AssignmentError(f"{found} contains no assignment.py: pass the folder of an assignment")
    return read_assignment(file)
