"""A file as it was submitted: its place, its kind, and the function that reads it within limits. Folders on disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from ..content import Kind, kind_of
from ..messages import Message, say
from .people import printable

FILE_LIMIT = 64 * 2**20  # bytes of one file; a notebook full of plots has 10 MB
# Endings of the archives that can be opened, and of those that cannot.
TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
ARCHIVES = (".zip", *TARS, ".ipynb.gz", ".py.gz")
OTHER_ARCHIVES = (".rar", ".7z", ".bz2", ".xz", ".zst", ".lzh", ".ace")
# Endings of files that are never Python or a notebook under another name: they are not read in order to tell.
DATA = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".csv", ".tsv", ".xlsx", ".xls", ".npy", ".npz", ".pt", ".pth", ".pkl",
        ".h5", ".mp4", ".mov", ".pdf", ".parquet", ".onnx", ".safetensors", ".md")  # fmt: skip
WORK = (".ipynb", ".py")
UTF16 = (b"\xff\xfe", b"\xfe\xff")
START = 64  # bytes that tell data from text
LOOKED_AT = 16 * 2**20  # bytes of a file that is read in order to tell what it is
Content = bytes | Message  # a file's bytes, or the reason why they cannot be read


@dataclass(frozen=True)
class Found:
    """A file as it was found: its place, time and size, and the function that reads it."""

    parts: tuple[str, ...]  # path below the folder or archive; a last part "" means the folder itself
    shown: str  # path for people, "class.zip!ana/tarea2.ipynb"
    read: Callable[[], Content]
    modified: float = 0.0  # seconds since the epoch
    size: int = 0  # bytes
    start: Callable[[], bytes] = bytes  # reads the first bytes only
    path: str = ""  # "" inside an archive
    link: tuple[Path, Path] | None = None  # the places where a link is, and where it leads to
    empty: bool = False  # a folder without files

    @property
    def name(self) -> str:
        return self.parts[-1]

    @cached_property
    def kind(self) -> Kind:
        """What the file is: by its ending if that is one of work, else by its content."""
        start = self.start()
        if self.is_archive:  # a text is no archive, whatever its name is
            found = Kind.ZIP if not start.strip() or b"\0" in start else self._kind_of_content()
            return found if found in (Kind.NOTEBOOK, Kind.PYTHON) else Kind.ZIP
        if start.startswith(b"PK\3\4") and self.suffix not in DATA:
            return Kind.ZIP if self.suffix in WORK else self._kind_of_content()
        if self.suffix in WORK:
            return Kind.NOTEBOOK if self.suffix == ".ipynb" else Kind.PYTHON
        if self.suffix in DATA and not start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"<<<<")):
            return Kind.OTHER
        return Kind.OTHER if b"\0" in start and start[:2] not in UTF16 else self._kind_of_content()

    def _kind_of_content(self) -> Kind:
        data = self.read() if self.name and self.size <= LOOKED_AT else None
        found = kind_of(data) if isinstance(data, bytes) else Kind.OTHER
        return Kind.OTHER if self.suffix in DATA and found is Kind.PYTHON else found

    @property
    def is_archive(self) -> bool:
        """Whether the name promises an archive that can be opened."""
        return self.name.lower().endswith(ARCHIVES)

    @property
    def suffix(self) -> str:
        return os.path.splitext(self.name)[1].lower()


def refused(parts: tuple[str, ...], shown: str, why: Message, modified: float = 0.0) -> Found:
    """A file that is listed but will not be read."""
    return Found(parts, shown, lambda: why, modified)


def on_disk(path: str | Path, parts: tuple[str, ...]) -> Found:
    """A plain file below a folder; `parts` is its path from that folder."""
    shown = printable("/".join(parts))
    try:
        state = os.stat(path)
    except OSError as error:
        return refused(parts, shown, not_readable(shown, error))
    if not stat.S_ISREG(state.st_mode):
        return refused(parts, shown, say("{file} is not a plain file: hand in the file itself", file=shown))
    # Text and not a Path, which is several times larger: a class may have 10,000 of these.
    name = str(path)
    read, start = partial(_content, name, shown), partial(_start, name)
    return Found(parts, shown, read, state.st_mtime, state.st_size, start, name)


def _content(path: str, shown: str) -> Content:
    """The bytes of a file on disk, if they are not too many."""
    try:
        with open(path, "rb") as stream:
            if os.fstat(stream.fileno()).st_size > FILE_LIMIT:
                return too_large(shown)
            data = stream.read(FILE_LIMIT + 1)
    except OSError as error:
        return not_readable(shown, error)
    return too_large(shown) if len(data) > FILE_LIMIT else data


def _start(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(START)
    except OSError:
        return b""


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
            found.append(refused((*parts, ""), shown, not_readable(shown, error)))
            continue
        if not entries and parts:  # if this is a student's folder, the student must appear
            found.append(empty_folder(parts, shown))
        for entry in entries:
            below = (*parts, entry.name)
            if entry.is_symlink():
                found.append(_linked(Path(entry.path), below, home))
            elif entry.is_dir(follow_symlinks=False):
                folders.append((Path(entry.path), below))
            else:
                found.append(on_disk(entry.path, below))
    return tuple(found)


def empty_folder(parts: tuple[str, ...], shown: str) -> Found:
    """A folder without files; its last part is ""."""
    return replace(refused((*parts, ""), shown, say("the folder {file} is empty", file=shown)), empty=True)


def _linked(path: Path, parts: tuple[str, ...], home: Path) -> Found:
    """A link; it can be read if it stays in `home`, whose parts belong to different people."""
    target = Path(os.path.realpath(path))  # os.path, unlike pathlib, does not raise on links that go in a circle
    if target.is_relative_to(home) and os.path.isfile(target):
        return replace(on_disk(path, parts), link=(path, target))
    return replace(link_refused(parts), link=(path, target))


def link_refused(parts: tuple[str, ...]) -> Found:
    """A link that is not followed."""
    shown = printable("/".join(parts))
    return refused(parts, shown, say("{file} is a link to somewhere else: hand in the file itself", file=shown))


def too_large(shown: str) -> Message:
    """The sentence about a file above the limit."""
    return say(
        "{file} is larger than {limit} MB: clear its outputs, leave out data, and hand it in again",
        file=shown,
        limit=FILE_LIMIT // 2**20,
    )


def not_readable(shown: str, error: OSError) -> Message:
    """The sentence about a file that the system does not let us read."""
    if isinstance(error, PermissionError):
        return say("{file} may not be read: change its permissions", file=shown)
    return say("{file} cannot be read ({reason})", file=shown, reason=error.strerror or type(error).__name__)
