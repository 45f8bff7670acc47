"""Write a first assignment for an author: one worked question."""

from __future__ import annotations

from pathlib import Path

from ..errors import UsageError
from ..files import write_atomically

TEMPLATE = Path(__file__).parent / "templates" / "assignment.txt"


def write_new(path: Path) -> Path:
    """Write the file and return its path: `path` itself if it ends in .py, else assignment.py in that folder."""
    file = path if path.suffix == ".py" else path / "assignment.py"
    if file.exists():
        raise UsageError(f"{file} exists already: name another path, or move the file away")
    if path.suffix != ".py" and path.exists() and not path.is_dir():
        raise UsageError(f"{path} is a file: name a folder, or a file that ends in .py")
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, TEMPLATE.read_text(encoding="utf-8"))
    return file
