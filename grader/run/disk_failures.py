"""Why the file of a gradebook cannot be used, and what to do about it."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path

LITTLE = 2**20  # bytes; with less free than this a disk counts as full


def reason(error: OSError | sqlite3.Error) -> str:
    """What failed, in the words of the system or of SQLite."""
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)


def advice(error: OSError | sqlite3.Error, path: Path) -> str:
    """What a person should do about the file at this path."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF  # the rest are details of the same failure
    # SQLite does not always say that a disk is full when it is.
    vague = primary in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and _free(path) < LITTLE
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if primary == sqlite3.SQLITE_FULL or vague or full:
        return "make room on the disk"
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "wait for the other program that uses it"
    if primary in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR):
        return "it is damaged or not a gradebook; move it away"
    return "make its folder writable or choose another --out"


def _free(path: Path) -> int:
    """Bytes that may still be written where the gradebook is; 0 if this is unknown."""
    with suppress(OSError):
        return shutil.disk_usage(path.parent).free
    return 0
