"""The attempts of one student: what was handed in together, and in which order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from ..content import CHECKPOINT, Kind
from ..messages import Message, say
from .archives import Listing, in_archive
from .classes import NO_WORK, SCRIPTS, Entry, Placed, added
from .platform_names import ILIAS_FILE
from .submitted_file import Content, Found, refused
from .times import iso_time, seconds

ARCHIVES_DEEP = 3  # archives inside each other that are opened
FOUND = 20_000  # files of one student
# Folders in a student's folder that hold one attempt each.
ATTEMPT = re.compile(
    r"(?:attempt|intento|entrega|submission|submit|version|v)[ _-]?\d.*|\d{4}-\d\d-\d\d.*", re.IGNORECASE
)
COPY = re.compile(r"(?:\s?\((\d+)\)|-(\d+))(?=(?:\.\w+)*$)")


@dataclass(frozen=True)
class Attempt:
    """Files that a student handed in together."""

    files: tuple[Placed, ...]
    time: str = ""  # of the submission, ISO 8601; "" if the platform does not say
    late: bool | None = None
    sequence: int = 0  # of attempts with the same time, the higher is the newer
    number: int = 1

    @property
    def work(self) -> tuple[Placed, ...]:
        """The notebooks, scripts and archives among the files; Jupyter's copies only if there is nothing else."""
        work = tuple(p for p in self.files if is_work(p))
        return tuple(p for p in work if not CHECKPOINT.search("/".join(p.path))) or work


class Allowance:
    """The bytes and files that may still be read for one student."""

    def __init__(self, left: int) -> None:
        self.left = left  # bytes
        self.files = FOUND  # that may still be found in archives

    def read(self, file: Found) -> Content:
        """The file's bytes, if there is room for them."""
        if file.size > self.left:
            return say("{file} was not read: together these files are too large", file=file.shown)
        self.left -= file.size
        return file.read()


def is_work(placed: Placed) -> bool:
    """Whether a file can be graded: a notebook or Python under any name."""
    if placed.path[-1].lower().startswith(NO_WORK):
        return False
    return placed.found.kind in (Kind.NOTEBOOK, Kind.PYTHON)


def attempts(entries: Sequence[Entry], allowance: Allowance, opened: ExitStack) -> tuple[Attempt, ...]:
    """The attempts, the oldest first, numbered; archives among the files are opened and stay so."""
    whole = [e for e in entries if len(e.files) > 1 or len(e.files[0].path) > 1 or (e.named and not e.named.file)]
    loose = [e for e in entries if e not in whole and not e.receipt]
    whole = [e for e in whole if not e.receipt]
    found: list[Attempt] = []
    moodle = [e for e in (*whole, *loose) if e.named and e.named.platform == "moodle"]
    # Moodle keeps one attempt: the files and the online text that one person handed in belong together.
    for by in dict.fromkeys(e.by for e in moodle):
        one = [e for e in moodle if e.by == by]
        found += _split([p for e in one for p in e.files], one[0], allowance, opened)
    for entry in whole:
        if entry not in moodle:
            found += _split(entry.files, entry, allowance, opened)
    for together in _together([e for e in loose if e not in moodle]):
        files = [p for e in together for p in e.files]
        sequence = max(e.named.sequence if e.named else 0 for e in together)
        found += [replace(a, sequence=sequence) for a in _split(files, together[0], allowance, opened)]
    times = {attempt.time for attempt in found}
    # Only the platform's note: nothing but words was handed in.
    found += [Attempt(e.files, e.time, e.late) for e in entries if e.receipt and e.time not in times]
    found = _with_companions(found)
    found.sort(key=_order)
    earlier = max((e.attempts for e in entries), default=1) - 1
    return tuple(replace(attempt, number=number + earlier) for number, attempt in enumerate(found, start=1))


def _order(attempt: Attempt) -> tuple[float, int, int, list[str | int]]:
    when = seconds(attempt.time) or newest(attempt.work or attempt.files)
    name = attempt.files[0].found.shown
    files = [part for p in attempt.work or attempt.files for part in p.found.shown.split("!")]  # also the archives
    copies = [int(m[1] or m[2]) for file in files if (m := COPY.search(file))]
    # Canvas numbers what is handed in; the times of its files are those of the download.
    return 0.0 if attempt.sequence else when, attempt.sequence, max(copies, default=0), natural(name)


def natural(name: str) -> list[str | int]:
    """A key that sorts "t2" before "t10"."""
    return [int(p) if i % 2 else p for i, p in enumerate(re.split(r"(\d+)", name))]


def newest(files: Iterable[Placed]) -> float:
    """The time of the newest of the files, seconds since the epoch."""
    return max((p.found.modified for p in files), default=0.0)


def _with_companions(found: list[Attempt]) -> list[Attempt]:
    """The attempts; files without any work, "ana.md" next to "ana.ipynb", belong to each of the others."""
    worked = [a for a in found if a.work or a.time or not a.files[0].path[-1]]
    rest = [p for a in found if a not in worked for p in a.files]
    timed = [a for a in found if a.time]
    if not any(a.work for a in worked) and len({a.time for a in timed}) < 2:
        merged = tuple(p for a in found for p in a.files)
        return [replace((timed or found)[-1], files=merged)] if found else []
    return [replace(a, files=(*a.files, *rest)) for a in worked]


def _together(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Files by themselves, grouped by attempt: a file of the same name, or one that is late, begins a new one."""
    canvas = any(e.named and e.named.platform == "canvas" for e in entries)

    def order(entry: Entry) -> tuple[float, int, int, list[str | int]]:
        number = COPY.search(entry.files[0].found.name)
        modified = 0.0 if canvas else seconds(entry.time) or newest(entry.files)
        return (
            modified,
            entry.named.sequence if entry.named else 0,
            int(number[1] or number[2]) if number else 0,
            natural(entry.files[0].found.name),
        )

    groups: list[list[Entry]] = []
    names: set[str] = set()
    plain = {entry.files[0].path[-1].casefold() for entry in entries}
    for entry in sorted(entries, key=order):
        name = entry.files[0].path[-1].casefold()
        first = COPY.sub("", name)
        name = first if first in plain else name  # without a "t.ipynb", "t-1.ipynb" is no copy
        last = groups[-1][0] if groups else None
        same = last and (last.time, last.late, last.by) == (entry.time, entry.late, entry.by)
        if not same or name in names:
            groups.append([])
            names = set()
        groups[-1].append(entry)
        names.add(name)
    return groups


@dataclass(frozen=True)
class _Unit:
    """Files that lie in one archive, in one folder called "attempt 2", or in none of these."""

    files: tuple[Placed, ...]

    @property
    def has_notebook(self) -> bool:
        return any(is_work(p) and p.found.suffix not in SCRIPTS for p in self.files)


def _split(files: Sequence[Placed], entry: Entry, allowance: Allowance, opened: ExitStack) -> list[Attempt]:
    """The attempts in one place: several archives, or folders of attempts, with notebooks are an attempt each."""
    time = entry.time
    if entry.named and entry.named.platform == "ilias":
        files, time = _ilias(files)
    loose: list[Placed] = []
    units: dict[str, list[Placed]] = {}
    for placed in files:
        if placed.found.kind is Kind.ZIP:
            units["/".join(placed.path) + "!"] = expanded(placed, allowance, opened)
        elif len(placed.path) > 1 and ATTEMPT.fullmatch(placed.path[0]):
            units.setdefault(placed.path[0], []).append(placed)
        else:
            loose.append(placed)
    parts = [_Unit(tuple(inside)) for inside in (loose, *units.values()) if inside]
    rivals = [u for u in parts if u.has_notebook]
    if len(rivals) < 2:
        return [Attempt(tuple(p for u in parts for p in u.files), time, entry.late)]
    shared = tuple(p for u in parts if u not in rivals for p in u.files)
    return [Attempt((*u.files, *shared), time, entry.late) for u in rivals]


def _ilias(files: Sequence[Placed]) -> tuple[list[Placed], str]:
    """The files without the times before their names, and the last of these times; of equal names the newest stays."""
    named: dict[tuple[str, ...], Placed] = {}
    times = [""]
    for placed in sorted(files, key=lambda p: p.path):
        path = placed.path
        if match := ILIAS_FILE.fullmatch(path[-1]):
            times.append(iso_time(match["time"]))
            path = (*path[:-1], match["file"])
        named[path] = replace(placed, path=path)
    return list(named.values()), max(times)


def expanded(placed: Placed, allowance: Allowance, opened: ExitStack, depth: int = 1) -> list[Placed]:
    """The files of an archive at their paths next to it; an archive without any work stays itself.

    One that cannot be opened is refused with a sentence.
    """
    file, above = placed.found, placed.path[:-1]
    if depth > ARCHIVES_DEEP:
        why = say("{file} lies in too many archives: hand in the notebook itself", file=file.shown)
        return [Placed(placed.path, refused(file.parts, file.shown, why, file.modified))]
    if not file.path:  # kept in memory while it is open; of an archive on disk only the entries are read
        content = allowance.read(file)
        file = replace(file, read=lambda: content)
    listing = in_archive(file, opened)
    if len(listing.files) > allowance.files:
        listing = Listing(problem=say("{file} contains too many files: leave out data", file=file.shown))
    allowance.files -= len(listing.files)
    files: list[Placed] = []
    for inner in listing.files:
        if added(inner.parts):
            continue
        here = Placed((*above, *inner.parts), inner)
        files += expanded(here, allowance, opened, depth + 1) if inner.kind is Kind.ZIP else [here]
    refusals = [p for p in files if isinstance(_refusal(p.found), Message)]
    if listing.problem is not None or not any(is_work(p) for p in files):
        reason = listing.problem
        if reason is None and not refusals:
            reason = say("{file} contains no .ipynb or .py file", file=file.shown)
        if reason is not None:
            # What cannot be graded may still be data that the code reads.
            note = refused((*file.parts[:-1], ""), file.shown, reason, file.modified)
            return [placed, Placed((*above, ""), replace(note, empty=listing.problem is None))]
    return files


def _refusal(file: Found) -> Content:
    """The reason why a file of an archive is refused; bytes for one that is not."""
    return file.read() if file.size == 0 else b""
