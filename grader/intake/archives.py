"""The files in an archive as students submitted it, read within limits and never unpacked."""

from __future__ import annotations

import bz2
import lzma
import os
import re
import stat
import tarfile
import tempfile
import threading
import zipfile
import zlib
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, cast

from ..messages import Message, say
from .people import printable
from .submitted_file import FILE_LIMIT, START, TARS, Content, Found, empty_folder, not_readable, refused, too_large

# Deflate reaches 1032:1, on zeros. Notebooks reach 10:1, and 50:1 where an output repeats itself. Small files may
# repeat themselves more; they do no harm.
RATIO_LIMIT = 200
RATIO_MATTERS_FROM = 2**20
# Bytes of a .zip's table of contents. An entry takes about 100, so this allows 80,000 entries: more than any class
# submits, and zipfile reads them in half a second.
DIRECTORY_LIMIT = 8 * 2**20
# A .tar has no table of contents: all of it is unpacked before a file can be found.
TAR_LIMIT = 256 * 2**20  # bytes of a .tar, unpacked
TAR_FILES = 80_000
# Bytes of an archive without a file of its own that stay in memory while it is open; more lies in a temporary file.
IN_MEMORY = 4 * 2**20


# What zipfile raises on an entry that is not what the table of contents says.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)


@dataclass(frozen=True)
class Listing:
    """The files of an archive, or the reason why there are none."""

    files: tuple[Found, ...] = ()
    problem: Message | None = None


def in_archive(archive: Found, opened: ExitStack) -> Listing:
    """The files of a .zip, a .tar or a .gz. It stays open for their `read` as long as `opened` does."""
    listing = _in_tar(archive, opened) if _is_tar(archive) else _in_zip(archive, opened)
    files = [f for f in listing.files if not f.empty]
    full = {f.parts[:depth] for f in files for depth in range(1, len(f.parts))}
    empty = [f for f in listing.files if f.empty and f.parts[:-1] not in full]
    return replace(listing, files=(*files, *empty))


def _is_tar(archive: Found) -> bool:
    """Whether an archive is a .tar or compressed, by its first bytes, whatever its name is."""
    try:
        if archive.path:
            with open(archive.path, "rb") as stream:
                start = stream.read(512)
        else:
            content = archive.read()
            start = content[:512] if isinstance(content, bytes) else b""
    except OSError:
        start = b""
    if start.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ")) or start[257:262] == b"ustar":
        return True
    return archive.name.lower().endswith((*TARS, ".gz")) and not start.startswith(b"PK\3\4")


def _in_tar(archive: Found, opened: ExitStack) -> Listing:
    content = archive.read()
    if isinstance(content, Message):
        return Listing(problem=content)
    damaged = Listing(problem=say("{file} is damaged: pack it again", file=archive.shown))
    try:
        data = _unpacked(content, TAR_LIMIT)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError):
        return damaged
    if data is None:
        return Listing(problem=say("{file} is too large when unpacked: leave out data", file=archive.shown))
    unpacked = _Unpacked(data, opened)
    if data[257:262] != b"ustar" and not archive.name.lower().endswith(TARS):  # one file, compressed
        inside = archive.name[: -len(".gz")]
        shown, size = f"{archive.shown}!{printable(inside)}", len(data)
        read, start = partial(unpacked.part, 0, size), partial(unpacked.part, 0, START)
        return Listing((Found((inside,), shown, read, archive.modified, size, start),))
    del data
    files: list[Found] = []
    try:
        with tarfile.open(fileobj=unpacked.stream, mode="r:") as tar:
            for info in tar:
                if len(files) == TAR_FILES:
                    return Listing(problem=say("{file} contains too many files: leave out data", file=archive.shown))
                files.append(_member(unpacked, info, archive.shown))
    except (tarfile.TarError, OSError, EOFError, ValueError, OverflowError, IndexError):
        if not files:
            return damaged
        files.append(refused(("",), archive.shown, say("{file} is damaged: pack it again", file=archive.shown)))
    return Listing(tuple(files))


class _Unpacked:
    """The bytes of an archive that has no file of its own, in memory or, if there are many, in a temporary file."""

    def __init__(self, data: bytes, opened: ExitStack) -> None:
        stream = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115, `opened` closes it
        self.stream = cast("IO[bytes]", opened.enter_context(stream))
        self.stream.write(data)
        self.stream.seek(0)
        self._lock = threading.Lock()

    def part(self, start: int, size: int) -> bytes:
        """The bytes from `start` on, `size` of them or fewer at the end."""
        with self._lock:
            self.stream.seek(start)
            return self.stream.read(size)


def _unpacked(data: bytes, limit: int) -> bytes | None:
    """The bytes, decompressed if they are compressed; None if there are more than `limit`."""
    if data.startswith(b"\x1f\x8b"):
        gzip = zlib.decompressobj(wbits=31)
        result = gzip.decompress(data, limit + 1)
    elif data.startswith(b"BZh"):
        result = bz2.BZ2Decompressor().decompress(data, limit + 1)
    elif data.startswith(b"\xfd7zXZ"):
        result = lzma.LZMADecompressor(memlimit=TAR_LIMIT).decompress(data, limit + 1)
    else:
        result = data
    return result if len(result) <= limit else None


def _member(unpacked: _Unpacked, info: tarfile.TarInfo, archive: str) -> Found:
    parts = tuple(p for p in info.name.split("/") if p not in ("", ".", ".."))
    shown = printable(f"{archive}!{'/'.join(parts)}")
    modified = float(info.mtime) if 0 <= info.mtime < 2**33 else 0.0
    why = None
    if info.isdir():
        return empty_folder(parts, shown)
    if info.name.startswith("/") or ".." in info.name.split("/"):
        why = say("{file} has a path that leaves the archive: pack it again", file=shown)
    elif not info.isreg() or info.issparse():
        why = say("{file} is a link or a device, not a file: pack the file itself", file=shown)
    elif info.size > FILE_LIMIT:
        why = too_large(shown)
    elif not parts:
        why = say("{file} is a file without a name: pack it again", file=shown)
    if why is not None:
        return refused(parts or ("",), shown, why, modified)
    start, size = info.offset_data, info.size

    def read() -> Content:
        data = unpacked.part(start, size)
        return data if len(data) == size else say("{file} is damaged: pack it again", file=shown)

    return Found(parts, shown, read, modified, size, partial(unpacked.part, start, min(size, START)))


def _in_zip(archive: Found, opened: ExitStack) -> Listing:
    """The files of a .zip, which stays open for their `read` as long as `opened` does."""
    source: IO[bytes]
    try:
        if archive.path:
            source = opened.enter_context(Path(archive.path).open("rb"))  # noqa: SIM115, `opened` closes it
        else:
            content = archive.read()
            if isinstance(content, Message):
                return Listing(problem=content)
            source = _Unpacked(content, opened).stream
        if _directory_size(source) > DIRECTORY_LIMIT:
            return Listing(problem=say("{file} contains too many files: leave out data", file=archive.shown))
        # Latin-1 keeps every byte: names without the UTF-8 flag are decoded in `_path`.
        zipped = opened.enter_context(zipfile.ZipFile(source, metadata_encoding="latin-1"))
    except OSError as error:
        return Listing(problem=not_readable(archive.shown, error))
    # zipfile raises one of these for any defect of the table of contents.
    except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError, ValueError, OverflowError, EOFError):
        return Listing(problem=say("{file} is damaged or not a .zip: pack it again", file=archive.shown))
    return Listing(tuple(_entry(zipped, info, archive.shown) for info in zipped.infolist()))


def _entry(zipped: zipfile.ZipFile, info: zipfile.ZipInfo, archive: str) -> Found:
    path = _path(info)
    parts = tuple(p for p in path.split("/") if p not in ("", ".", ".."))
    shown = printable(f"{archive}!{'/'.join(parts)}")
    if path.endswith("/") and parts:
        return empty_folder(parts, shown)
    why = _why_refused(info, path, shown)
    if not parts or why is not None:
        why = why or say("{file} is a file without a name: pack it again", file=shown)
        return refused(parts or ("",), shown, why, _modified(info))

    def start() -> bytes:
        try:
            with zipped.open(info) as stream:
                return stream.read(START)
        except DAMAGED:
            return b""

    def read() -> Content:
        try:
            with zipped.open(info) as stream:
                # zipfile inflates no more bytes than asked for, even if the stream holds more.
                return stream.read(info.file_size)
        except DAMAGED:
            return say("{file} is damaged: pack it again", file=shown)

    return Found(parts, shown, read, _modified(info), info.file_size, start)


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
        return too_large(shown)
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
