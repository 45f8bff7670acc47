"""Files as students submitted them, on disk or inside a .zip, read within limits and never unpacked."""

from __future__ import annotations

import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from ..messages import Message, say
from .people import printable

FILE_LIMIT = 64 * 2**20  # bytes of one file; a notebook full of plots has 10 MB
# Deflate reaches 1032:1, on zeros. Notebooks reach 10:1, and 50:1 where an output repeats itself. Small files may
# repeat themselves more; they do no harm.
RATIO_LIMIT = 200
RATIO_MATTERS_FROM = 2**20
# Bytes of a .zip's table of contents. An entry takes about 100, so this allows 80,000 entries: more than any class
# submits, and zipfile reads them in half a second.
DIRECTORY_LIMIT = 8 * 2**20

Content = bytes | Message  # a file's bytes, or the reason why they cannot be read


@dataclass(frozen=True)
class Found:
    """A file as it was found: its place, time and size, and the function that reads it."""

    parts: tuple[str, ...]  # path below the folder or archive; a last part "" means the folder itself
    shown: str  # path for people, "class.zip!ana/tarea2.ipynb"
    read: Callable[[], Content]
    modified: float = 0.0  # seconds since the epoch
    size: int = 0  # bytes
    path: Path | None = None  # None inside an archive

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def suffix(self) -> str:
        return os.path.splitext(self.name)[1].lower()


@dataclass(frozen=True)
class Listing:
    """The files of an archive, or the reason why there are none."""

    files: tuple[Found, ...] = ()
    problem: Message | None = None


def refused(parts: tuple[str, ...], shown: str, why: Message, modified: float = 0.0) -> Found:
    """A file that is listed but will not be read."""
    return Found(parts, shown, lambda: why, modified)


def on_disk(path: Path, parts: tuple[str, ...]) -> Found:
    """A plain file below a folder; `parts` is its path from that folder."""
    shown = printable("/".join(parts))
    try:
        state = path.stat()
    except OSError as error:
        return refused(parts, shown, _not_readable(shown, error))
    if not stat.S_ISREG(state.st_mode):
        return refused(parts, shown, say("{file} is not a plain file: hand in the file itself", file=shown))

    def read() -> Content:
        if state.st_size > FILE_LIMIT:
            return _too_large(shown)
        try:
            with path.open("rb") as stream:
                data = stream.read(FILE_LIMIT + 1)
        except OSError as error:
            return _not_readable(shown, error)
        return _too_large(shown) if len(data) > FILE_LIMIT else data

    return Found(parts, shown, read, state.st_mtime, state.st_size, path)


def in_folder(root: Path) -> tuple[Found, ...]:
    """All files below a folder; links that leave it and folders that cannot be opened are refused.

    Raises OSError when `root` itself cannot be opened.
    """
    home = Path(os.path.realpath(root))
    found: list[Found] = []
    folders: list[tuple[Path, tuple[str, ...]]] = [(root, ())]
    while folders:
        folder, parts = folders.pop()
        shown = printable("/".join(parts))
        try:
            entries = sorted(os.scandir(folder), key=lambda e: e.name)
        except OSError as error:
            if folder is root:
                raise
            found.append(refused((*parts, ""), shown, _not_readable(shown, error)))
            continue
        if not entries and len(parts) == 1:  # a student's folder: the student must appear
            found.append(refused((*parts, ""), shown, say("the folder {file} is empty", file=shown)))
        for entry in entries:
            path, below = Path(entry.path), (*parts, entry.name)
            # os.path, unlike pathlib and scandir, does not raise on links that go in a circle.
            if entry.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(home):
                shown = printable("/".join(below))
                why = say("{file} is a link to somewhere else: hand in the file itself", file=shown)
                found.append(refused(below, shown, why))
            elif entry.is_dir(follow_symlinks=False):
                folders.append((path, below))
            elif not os.path.isdir(path):  # links to folders stay inside `root`, so their contents are found anyway
                found.append(on_disk(path, below))
    return tuple(found)


def in_archive(archive: Found, opened: ExitStack) -> Listing:
    """The files of a .zip. The .zip stays open for their `read` as long as `opened` does."""
    source: IO[bytes]
    try:
        if archive.path is not None:
            source = opened.enter_context(archive.path.open("rb"))
        else:
            content = archive.read()
            if isinstance(content, Message):
                return Listing(problem=content)
            source = io.BytesIO(content)
        if _directory_size(source) > DIRECTORY_LIMIT:
            return Listing(problem=say("{file} contains too many files: leave out data", file=archive.shown))
        # Latin-1 keeps every byte: names without the UTF-8 flag are decoded in `_path`.
        zipped = opened.enter_context(zipfile.ZipFile(source, metadata_encoding="latin-1"))
    except OSError as error:
        return Listing(problem=_not_readable(archive.shown, error))
    # zipfile raises one of these for any defect of the table of contents.
    except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError, ValueError, OverflowError, EOFError):
        return Listing(problem=say("{file} is damaged or not a .zip: pack it again", file=archive.shown))
    # ZipInfo.is_dir raises for an empty name.
    files = (info for info in zipped.infolist() if not info.filename.endswith("/"))
    return Listing(tuple(_entry(zipped, info, archive.shown) for info in files))


def _entry(zipped: zipfile.ZipFile, info: zipfile.ZipInfo, archive: str) -> Found:
    path = _path(info)
    parts = tuple(p for p in path.split("/") if p not in ("", ".", ".."))
    shown = printable(f"{archive}!{'/'.join(parts)}")
    why = _why_refused(info, path, shown)
    if not parts or why is not None:
        why = why or say("{file} is a file without a name: pack it again", file=shown)
        return refused(parts or ("",), shown, why, _modified(info))

    def read() -> Content:
        try:
            with zipped.open(info) as stream:
                # zipfile inflates no more bytes than asked for, even if the stream holds more.
                return stream.read(info.file_size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError):
            return say("{file} is damaged: pack it again", file=shown)

    return Found(parts, shown, read, _modified(info), info.file_size)


def _why_refused(info: zipfile.ZipInfo, path: str, shown: str) -> Message | None:
    kind = stat.S_IFMT(info.external_attr >> 16)  # 0 where the archive was not made on Unix
    if path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in path.split("/"):
        return say("{file} has a path that leaves the archive: pack it again", file=shown)
    if kind not in (0, stat.S_IFREG):
        return say("{file} is a link or a device, not a file: pack the file itself", file=shown)
    if info.flag_bits & 0x1:
        return say("{file} is encrypted: pack it without a password", file=shown)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return say("{file} is compressed in an unusual way: pack it as an ordinary .zip", file=shown)
    if info.file_size > FILE_LIMIT:
        return _too_large(shown)
    if info.file_size > max(RATIO_MATTERS_FROM, RATIO_LIMIT * info.compress_size):
        ratio = info.file_size // max(info.compress_size, 1)
        return say(
            "{file} grows {ratio} times when unpacked, which is impossible for a notebook: it was not opened",
            file=shown,
            ratio=ratio,
        )
    return None


def _path(info: zipfile.ZipInfo) -> str:
    """The entry's path with "/". Without the UTF-8 flag its encoding is UTF-8 (macOS) or code page 850 (Windows)."""
    name = info.filename
    if not info.flag_bits & 0x800:
        raw = name.encode("latin-1")
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("cp850")
    return name.replace("\\", "/")


def _modified(info: zipfile.ZipInfo) -> float:
    try:
        return datetime(*info.date_time).timestamp()
    except (ValueError, OverflowError, OSError):  # month 0 and the like
        return 0.0


def _directory_size(source: IO[bytes]) -> int:
    """Bytes of the table of contents according to the end records (APPNOTE 4.3.14 and 4.3.16), 0 without one.

    zipfile reads the whole table on opening, so this is checked first.
    """
    length = source.seek(0, os.SEEK_END)
    source.seek(max(0, length - 2**16 - 22))  # a comment of 65,535 bytes and the end record itself
    tail = source.read()
    bare = tail[-22:-18] == b"PK\5\6" and tail[-2:] == b"\0\0"
    at = len(tail) - 22 if bare else tail.rfind(b"PK\5\6")
    if at < 0:
        return 0
    size = int.from_bytes(tail[at + 12 : at + 16], "little")
    if at >= 76 and tail[at - 20 : at - 16] == b"PK\6\7":
        size = int.from_bytes(tail[at - 76 + 40 : at - 76 + 48], "little")
    return size


def _too_large(shown: str) -> Message:
    return say(
        "{file} is larger than {limit} MB: clear its outputs, leave out data, and hand it in again",
        file=shown,
        limit=FILE_LIMIT // 2**20,
    )


def _not_readable(shown: str, error: OSError) -> Message:
    if isinstance(error, PermissionError):
        return say("{file} may not be read: change its permissions", file=shown)
    return say("{file} cannot be read ({reason})", file=shown, reason=error.strerror or type(error).__name__)
