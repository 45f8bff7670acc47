"""The writer of files: whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from .errors import UsageError


def write_atomically(path: Path, content: str | bytes | Iterable[str]) -> None:
    """Replace `path` by `content` (text as UTF-8, whole or in pieces): readers see the old file or the new one.

    Raises UsageError when the folder or the disk does not allow it.
    """
    pieces = [content] if isinstance(content, str | bytes) else content
    # A fixed name, so that the next run overwrites the leftovers of a killed run.
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # No fsync: every file but the gradebook can be made again from the gradebook.
        with part.open("wb") as stream:
            for piece in pieces:
                stream.write(piece if isinstance(piece, bytes) else piece.encode("utf-8", "replace"))
        os.replace(part, path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        advice = "make room on the disk" if full else "make its folder writable"
        raise UsageError(f"cannot write {path} ({error.strerror}): {advice} or choose another --out") from error
