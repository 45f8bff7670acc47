"""The student's own files inside the sandbox: links to a read-only folder, and paths that name other machines' folders.

A line of such a file counts as a line of the cell that the grader gave it, also where Python itself has read the file.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

CELL = re.compile(r"<cell (\d+)>")
_cells: dict[str, int] = {}  # by file name, as code objects have it


def write(folder: str, files: Sequence[tuple[str, bytes]]) -> None:
    """Write files, [(path, bytes)], below a folder; a path that leads out of it or cannot exist is left out."""
    for path, data in files:
        parts = path.split("/")
        if "" in parts or ".." in parts or "\0" in path or os.path.isabs(path):
            continue
        with contextlib.suppress(OSError):
            os.makedirs(os.path.join(folder, *parts[:-1]), exist_ok=True)
            with open(os.path.join(folder, *parts), "xb") as file:
                file.write(data)


def cell_of(filename: str) -> int | None:
    """The cell in which the code of this file name was written; None for code that is not the student's."""
    match = CELL.fullmatch(filename)
    return int(match[1]) if match else _cells.get(filename) if _cells else None


def know(cells: Mapping[str, int]) -> None:
    """Take the files with these paths for the code of these cells."""
    for path, cell in cells.items():
        for name in (path, os.path.join(".", path), os.path.abspath(path)):
            _cells[name] = cell


def lay_out(folder: str) -> None:
    """Show the files of a folder in the working directory, and let code find them by the paths of other machines."""
    paths = []
    for top, folders, files in os.walk(folder):
        below = os.path.relpath(top, folder)
        folders.sort()
        for name in sorted(files):
            path = os.path.normpath(os.path.join(below, name))
            paths.append(path)
            # A student's random.py must not take the place of the library that torch imports.
            is_code = path.endswith(".py") and os.path.splitext(path)[0].split(os.sep)[0] in sys.stdlib_module_names
            if is_code or os.path.lexists(path):
                continue
            with contextlib.suppress(OSError):
                os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
                os.symlink(os.path.join(folder, path), path)
        if any(name.endswith(".py") for name in files):
            sys.path.append(os.path.abspath(below))
    if paths:
        _Elsewhere(folder, paths).install()


class _Elsewhere:
    """Paths such as "/content/drive/MyDrive/datos.csv", which exist only where the student worked."""

    def __init__(self, folder: str, paths: list[str]) -> None:
        self.folder = folder
        self.paths = sorted(paths, key=len)

    def file(self, path: Any) -> str | None:
        """The student's file whose path has the longest end in common with this one."""
        try:
            parts = str(os.fspath(path)).replace("\\", "/").split("/")
        except TypeError:
            return None
        for start in range(len(parts)):
            end = "/".join(parts[start:])
            for known in self.paths if end else ():
                if known == end or known.endswith("/" + end):
                    return os.path.join(self.folder, known)
        return None

    def install(self) -> None:
        opened = self._open(builtins.open)
        builtins.open = io.open = opened
        os.stat = self._instead(os.stat, self.file)
        for name in ("listdir", "scandir", "chdir"):  # a folder is the one where the code runs
            setattr(os, name, self._instead(getattr(os, name), lambda path: "."))

    def _open(self, original: Callable[..., Any]) -> Any:
        def open(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            writes = not set(mode).isdisjoint("wax+")
            if writes and not isinstance(file, int) and os.path.islink(file) and (found := self.file(file)):
                os.unlink(file)  # the link; the student's file stays as it was handed in
                shutil.copyfile(found, file)
            try:
                return original(file, mode, *args, **kwargs)
            except FileNotFoundError:
                found = self.file(file) if not writes and not isinstance(file, int) else None
                if found is None:
                    raise
                return original(found, mode, *args, **kwargs)

        return open

    def _instead(self, original: Callable[..., Any], other: Callable[[Any], str | None]) -> Any:
        """The function that tries the other path where an absolute one is not there."""

        def function(path: Any = ".", *args: Any, **kwargs: Any) -> Any:
            try:
                return original(path, *args, **kwargs)
            except FileNotFoundError:
                found = other(path) if os.path.isabs(path) else None
                if found is None:
                    raise
                return original(found, *args, **kwargs)

        return function
