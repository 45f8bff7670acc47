"""Submissions from folders, archives and LMS layouts: which student, which attempt, which file."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import UsageError
from ..messages import Message, say
from .archives import Content, Found, in_archive, in_folder, on_disk, refused
from .people import Person, canvas_people, display_name, display_names, moodle_person, printable, slugs, without_accents

GRADED = (".ipynb", ".py", ".zip")
TEXTS = (".md",)  # answers in words, next to the notebook
# In a flat folder these hold a student's work, packed in the wrong format; a .pdf or .csv there is the teacher's own.
OTHER_ARCHIVES = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")

# Names, in lower case, that computers put next to people's files; names that begin with a dot are skipped as well.
SKIPPED = {"__macosx", "__pycache__", "site-packages", "node_modules", "thumbs.db", "desktop.ini"}
SKIPPED_BEGINNINGS = (".", "~$", "readme", "names.toml", "conftest.", "__init__.")

# Bytes read for one student, over all attempts and archives: four files of the largest size.
STUDENT_LIMIT = 256 * 2**20
TEXTS_LIMIT = 4 * 2**20  # bytes of all texts of one student
FILES = 200  # files of one submission that its code may see
FILES_LIMIT = 64 * 2**20  # bytes of them together
NAMED_FILES = 5  # files named in a sentence; the others are counted


@dataclass(frozen=True)
class HandedIn:
    """One file of the attempt that counts."""

    path: str  # below the student's own folder, with "/": "modelo.py", "datos/x.csv"
    data: bytes
    modified: float  # seconds since the epoch


@dataclass(frozen=True)
class Submission:
    """The work of one student: the file that counts, and the notes about the other files."""

    student: str  # the displayed name; unique within a run
    slug: str  # for file names; unique within a run, even without case
    file: str  # path for people, relative, "class.zip!ana/tarea2.ipynb"
    data: bytes  # of the file that counts; empty with a problem
    modified: float  # seconds since the epoch
    digest: str  # sha256 of everything that a result shows of this submission: names, bytes, notes
    notes: tuple[Message, ...] = ()
    extra: tuple[tuple[str, bytes], ...] = ()  # texts of the same student: name, bytes
    problem: Message | None = None  # the reason why nothing can be read, if so
    files: tuple[HandedIn, ...] = ()  # all readable files of the attempt that counts, by path


def collect(path: Path) -> tuple[Submission, ...]:
    """One submission per student, sorted by name, from a notebook, a .py, a .zip or a folder of them.

    Raises UsageError when there is nothing to grade.
    """
    with ExitStack() as opened:
        files = _unwrapped(_class_files(_kept(_listed(path)), opened))
        if not any(f.suffix in GRADED for f in files):
            raise UsageError(f"{path} contains no notebook: give a folder or a .zip of .ipynb or .py files")
        groups = _by_person(files)
        drafts = [_submission(person, group) for person, group in groups.items()]
    people = tuple(groups)
    named = zip(drafts, display_names(people), slugs(people), strict=True)
    submissions = [_signed(replace(draft, student=name, slug=slug)) for draft, name, slug in named]
    return tuple(sorted(submissions, key=lambda s: (without_accents(s.student).casefold(), s.slug)))


def _listed(path: Path) -> tuple[Found, ...]:
    if os.path.isdir(path):  # os.path, because pathlib raises where it lacks permission
        try:
            return in_folder(path)
        except OSError as error:
            raise UsageError(f"cannot open the folder {path} ({error.strerror}): change its permissions") from error
    if not os.path.exists(path):
        raise UsageError(f"{path} does not exist: give a notebook, a .zip or a folder of them")
    if path.suffix.lower() not in GRADED:
        raise UsageError(f"{path} cannot be graded: give a .ipynb, a .py, a .zip or a folder of them")
    return (on_disk(path, (path.name,)),)


def _kept(files: Sequence[Found]) -> tuple[Found, ...]:
    """The files without those that computers add; a folder with no other files is listed itself."""

    def skipped(part: str) -> bool:
        return part.lower() in SKIPPED or part.lower().startswith(SKIPPED_BEGINNINGS)

    kept = [f for f in files if not any(map(skipped, f.parts))]
    folders = {f.parts[0] for f in files if len(f.parts) > 1 and not skipped(f.parts[0])}
    for top in sorted(folders - {f.parts[0] for f in kept}):
        why = say("{file} contains nothing that can be graded", file=printable(top))
        kept.append(refused((top, ""), printable(top), why))
    return tuple(kept)


def _class_files(files: tuple[Found, ...], opened: ExitStack) -> tuple[Found, ...]:
    """The files, with each archive of a whole class replaced by its contents."""
    alone = sum(f.suffix in GRADED for f in files) == 1
    result: list[Found] = []
    for file in files:
        somebodys = len(file.parts) > 1 or moodle_person(file.name) or canvas_people([file.name])
        if file.suffix == ".zip" and not somebodys:
            with ExitStack() as looked_into:
                inside = _unwrapped(_kept(in_archive(file, looked_into).files), archive=True)
                if _is_class(inside, alone):
                    opened.enter_context(looked_into.pop_all())
                    result += inside
                    continue
        result.append(file)
    return tuple(result)


def _is_class(files: Sequence[Found], alone: bool) -> bool:
    """Whether an archive holds a class, not the files of one student.

    Next to other submissions (not `alone`) an archive is one student's, unless a platform's names say otherwise.
    """
    people = {p for f in files if (p := moodle_person(f.parts[0]))}
    people |= set(canvas_people(_flat_names(files)).values())
    if not alone or people:
        return len(people) > (0 if alone else 1)
    graded = [f for f in files if f.suffix in GRADED]
    folders = {f.parts[0] for f in graded if len(f.parts) > 1}
    flat = [f for f in graded if len(f.parts) == 1]
    notebooks = [f for f in graded if f.suffix != ".py"]
    # One notebook with modules next to it or below it belongs to one student.
    return len(notebooks) > 1 or (not notebooks and len(flat) > 1) or (len(folders) > 1 and not flat)


def _unwrapped(files: tuple[Found, ...], archive: bool = False) -> tuple[Found, ...]:
    """The files without the one folder around everything that counts, unless that folder is a student's.

    In an archive such a folder is the folder that was packed; on disk it must hold several folders of work.
    """
    graded = [f for f in files if f.suffix in GRADED]
    tops = {f.parts[0] for f in graded}
    if len(tops) != 1 or any(len(f.parts) == 1 or moodle_person(f.parts[0]) for f in graded):
        return files
    inside = tuple(replace(f, parts=f.parts[1:]) for f in files if f.parts[0] in tops and len(f.parts) > 1)
    below = [f for f in inside if f.suffix in GRADED]
    several = len({f.parts[0] for f in below}) > 1 and all(len(f.parts) > 1 for f in below)
    return _unwrapped(inside, archive) if archive or several else files


def _flat_names(files: Iterable[Found]) -> list[str]:
    return [f.name for f in files if len(f.parts) == 1]


def _by_person(files: Iterable[Found]) -> dict[Person, list[Found]]:
    files = tuple(files)
    canvas = canvas_people(_flat_names(files))
    stems = {_stem(f) for f in files if len(f.parts) == 1 and f.suffix in GRADED}
    groups: dict[Person, list[Found]] = {}
    beside: list[tuple[Person, Found]] = []
    for file in files:
        person = moodle_person(file.parts[0])
        if person is None and len(file.parts) > 1:
            person = Person(display_name(file.parts[0]))
        if person is None:
            person = canvas.get(file.name)
        if person is None:
            stem = _stem(file)
            # A browser names the second "ana" "ana (1)"; without a first "ana", "ana (1)" is the student's name.
            first = re.sub(r"\s?\(\d+\)$", "", stem)
            person = Person(display_name(first if first in stems else stem))
            if file.suffix not in (*GRADED, *OTHER_ARCHIVES):
                beside.append((person, file))
                continue
        groups.setdefault(person, []).append(file)
    for person, file in beside:
        if person in groups:
            groups[person].append(file)
    return groups


def _stem(file: Found) -> str:
    return os.path.splitext(file.name)[0]


class _Allowance:
    """The bytes that may still be read for one student."""

    def __init__(self, left: int) -> None:
        self.left = left  # bytes

    def read(self, file: Found) -> Content:
        if file.size > self.left:
            return say("{file} was not read: together these files are too large", file=file.shown)
        self.left -= file.size
        return file.read()


def _submission(person: Person, group: Sequence[Found]) -> Submission:
    """The submission with the attempt that counts among a student's files; slug and digest are still empty."""
    allowance = _Allowance(STUDENT_LIMIT)
    with ExitStack() as opened:
        files = _opened(group, allowance, opened)
        attempts = sorted((f for f in files if f.suffix in GRADED), key=_rank, reverse=True)
        folders = [f.read() for f in files if not f.name]  # empty folders, and folders that cannot be opened
        notes = [why for why in folders if isinstance(why, Message)]
        for chosen in attempts:
            content = allowance.read(chosen)
            if isinstance(content, bytes):
                break
            notes.append(content)
        else:
            first = attempts[0] if attempts else files[0]
            why, *others = notes or [_nothing_to_grade(files)]
            return Submission(person.name, "", first.shown, b"", first.modified, "", tuple(others), problem=why)
        notes += _not_graded(chosen, [f for f in attempts if f is not chosen])
        allowance = _Allowance(TEXTS_LIMIT)
        extra: list[tuple[str, bytes]] = []
        for file in sorted((f for f in files if f.suffix in TEXTS), key=lambda f: f.parts):
            words = allowance.read(file)
            if isinstance(words, bytes):
                extra.append((printable(file.name), words))
            else:
                notes.append(words)
        handed, left_out = _handed_in(files)
        return Submission(
            person.name,
            "",
            chosen.shown,
            content,
            chosen.modified,
            "",
            (*notes, *left_out),
            extra=tuple(extra),
            files=handed,
        )


def _handed_in(files: Iterable[Found]) -> tuple[tuple[HandedIn, ...], list[Message]]:
    """The readable files within the limits, by path, and a note about those beyond."""
    allowance = _Allowance(FILES_LIMIT)
    found: dict[str, HandedIn] = {}
    beyond: list[Found] = []
    for file in sorted((f for f in files if f.name), key=lambda f: f.parts):
        below = file.parts[1:] if file.path is not None and len(file.parts) > 1 else file.parts
        path = printable("/".join(below))
        if path in found:
            continue
        if len(found) == FILES or file.size > allowance.left:
            beyond.append(file)
        elif isinstance(content := allowance.read(file), bytes):
            found[path] = HandedIn(path, content, file.modified)
    if not beyond:
        return tuple(found.values()), []
    return tuple(found.values()), [say("too many or too large files; not used: {files}", files=_names(beyond))]


def _opened(files: Iterable[Found], allowance: _Allowance, opened: ExitStack) -> tuple[Found, ...]:
    """The files, with archives replaced by their contents; an archive that cannot be opened stays, refused."""
    result: list[Found] = []
    for file in files:
        if file.suffix != ".zip":
            result.append(file)
            continue
        if file.path is None:  # kept in memory while it is open; of an archive on disk only the entries are read
            content = allowance.read(file)
            file = replace(file, read=lambda content=content: content)  # type: ignore[misc]
        listing = in_archive(file, opened)
        inside = [_nested(f) if f.suffix == ".zip" else f for f in _kept(listing.files)]
        if not any(f.suffix in GRADED for f in inside):
            why = listing.problem or say("{file} contains no .ipynb or .py file", file=file.shown)
            result.append(refused(file.parts, file.shown, why, file.modified))
        result += inside
    return tuple(result)


def _nested(file: Found) -> Found:
    why = say("{file} is an archive inside an archive: hand in the notebook itself", file=file.shown)
    return refused(file.parts, file.shown, why, file.modified)


def _rank(file: Found) -> tuple[bool, bool, float, int, list[str | int]]:
    """The key that sorts attempts, best last: modules, Jupyter's own copies, then by time, copy number and name."""
    number = re.search(r"(?:\((\d+)\)|-(\d+))$", _stem(file))
    parts = re.split(r"(\d+)", "/".join(file.parts))
    return (
        file.suffix != ".py",
        "-checkpoint" not in file.name,
        file.modified,
        int(number[1] or number[2]) if number else 0,
        [int(p) if i % 2 else p for i, p in enumerate(parts)],
    )


def _not_graded(chosen: Found, others: Sequence[Found]) -> list[Message]:
    modules = [f for f in others if f.suffix == ".py"] if chosen.suffix == ".ipynb" else []
    rivals = [f for f in others if f not in modules]
    notes = []
    if rivals:
        notes.append(
            say(
                "{count} files; the newest, {file}, was graded; not graded: {others}",
                count=len(rivals) + 1,
                file=chosen.shown,
                others=_names(rivals),
            )
        )
    if modules:
        notes.append(say("only the notebook was graded; not graded: {others}", others=_names(modules)))
    return notes


def _nothing_to_grade(files: Sequence[Found]) -> Message:
    return say("{files} cannot be graded: hand in a .ipynb, a .py or a .zip of them", files=_names(files))


def _names(files: Sequence[Found]) -> str:
    more = f" (+{len(files) - NAMED_FILES})" if len(files) > NAMED_FILES else ""
    return ", ".join(f.shown for f in files[:NAMED_FILES]) + more


def _signed(submission: Submission) -> Submission:
    s = submission
    messages = [m.render("en").encode() for m in (*s.notes, *([s.problem] if s.problem else []))]
    extra = [part for name, words in s.extra for part in (name.encode(), words)]
    files = [part for f in s.files for part in (f.path.encode(), f.data)]
    digest = hashlib.sha256()
    named = (s.student.encode(), s.slug.encode(), s.file.encode(), s.data)
    for part in (*named, *messages, b"extra", *extra, b"files", *files):
        digest.update(b"%d:" % len(part))  # lengths, so that no two lists of parts run together
        digest.update(part)
    return replace(s, digest=digest.hexdigest())
