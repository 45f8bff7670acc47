"""The writer of files: whole or not at all."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from .errors import UsageError


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replace `path` by `content` (text as UTF-8): readers see the old file or the new one, never a part.

    Raises UsageError when the folder or the disk does not allow it.
    """
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    # A fixed name, so that the next run overwrites the leftovers of a killed run.
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # No fsync: every file but the gradebook can be made again from the gradebook.
        part.write_bytes(data)
        os.replace(part, path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        advice = "make room on the disk" if full else "make its folder writable"
        raise UsageError(f"cannot write {path} ({error.strerror}): {advice} or choose another --out") from error
