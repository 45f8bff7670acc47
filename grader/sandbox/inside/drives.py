"""Files of disks that are not here, as /content/drive: what code saves there is kept in the folder where it runs."""

from __future__ import annotations

import builtins
import functools
import io
import os
from collections.abc import Callable
from typing import Any

import torch

FOLDER = "elsewhere"  # below the folder where the code runs
WRITING = frozenset("wax+")


class Drives:
    """The functions that open, make and look at files, with a second place for those whose own cannot be used."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._makedirs = os.makedirs

    def instead(self, path: Any) -> str | None:
        """The second place of a path on a disk that is not here, or in a missing folder; None for other paths."""
        text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
        if not isinstance(text, str):
            return None
        if os.path.isabs(text):
            parts = os.path.normpath(text).split(os.sep)
            if len(parts) < 3 or os.path.lexists(os.sep + parts[1]):
                return None  # a folder of this machine: it is closed or not there for its own reasons
        return os.path.join(self.folder, FOLDER, os.path.normpath(text).lstrip("/"))

    def opening(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def open(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            try:
                return original(file, mode, *args, **kwargs)
            except OSError:
                other = self.instead(file)
                if other is None:
                    raise
                if WRITING & set(mode):
                    self._makedirs(os.path.dirname(other), exist_ok=True)
                elif not os.path.exists(other):
                    raise
                return original(other, mode, *args, **kwargs)

        return open

    def looking(self, original: Callable[..., Any], *, makes: bool = False) -> Callable[..., Any]:
        @functools.wraps(original)
        def look(path: Any = ".", *args: Any, **kwargs: Any) -> Any:
            try:
                return original(path, *args, **kwargs)
            except OSError as error:
                other = None if isinstance(error, FileExistsError) else self.instead(path)
                if other is None:
                    raise
                if makes:
                    self._makedirs(os.path.dirname(other), exist_ok=True)
                try:
                    return original(other, *args, **kwargs)
                except OSError as again:
                    raise again if isinstance(again, FileExistsError) else error from None

        return look

    def saving(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def save(obj: Any, f: Any, *args: Any, **kwargs: Any) -> Any:
            if not isinstance(f, (str, os.PathLike)):
                return original(obj, f, *args, **kwargs)
            with open(f, "wb") as file:
                return original(obj, file, *args, **kwargs)

        return save


def install(folder: str) -> None:
    """Put the functions in place in this process; `folder` is writable."""
    drives = Drives(folder)
    builtins.open = io.open = drives.opening(io.open)
    for name in ("stat", "listdir", "scandir", "remove"):
        setattr(os, name, drives.looking(getattr(os, name)))
    for name in ("mkdir", "makedirs"):
        setattr(os, name, drives.looking(getattr(os, name), makes=True))
    torch.save = drives.saving(torch.save)
