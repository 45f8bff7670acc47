"""The files beside a notebook that a student checks: the same that a submission of this folder has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..intake.submissions import FILES, FILES_LIMIT, HandedIn

# Folders of tools, and how deep and how far the search goes: a notebook may lie in a home folder.
SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "env"})
DEEPEST = 4
MOST_SEEN = 5_000


def files_beside(notebook: Path, data: bytes) -> tuple[HandedIn, ...]:
    """The notebook, whose bytes are `data`, and the files in its folder and below: by path, those near it first."""
    found = [HandedIn(notebook.name, data, 0.0)]
    left = FILES_LIMIT
    for path, size in _listed(notebook.parent):
        if path == notebook or len(found) == FILES or size > left:
            continue
        try:
            found.append(
                HandedIn(path.relative_to(notebook.parent).as_posix(), path.read_bytes(), path.stat().st_mtime)
            )
        except OSError:
            continue
        left -= size
    return tuple(found)


def _listed(top: Path) -> Iterator[tuple[Path, int]]:
    """The files below a folder with their sizes, folder by folder; no links, which may lead anywhere."""
    level, seen = [top], 0
    for _ in range(DEEPEST):
        below: list[Path] = []
        for folder in level:
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError:
                continue
            for entry in entries:
                seen += 1
                if seen > MOST_SEEN:
                    return
                if entry.name.startswith(".") or entry.is_symlink():
                    continue
                if entry.is_file():
                    yield Path(entry.path), entry.stat().st_size
                elif entry.is_dir() and not _is_of_tools(entry):
                    below.append(Path(entry.path))
        level = below


def _is_of_tools(folder: os.DirEntry[str]) -> bool:
    return folder.name in SKIPPED or os.path.exists(os.path.join(folder.path, "pyvenv.cfg"))
