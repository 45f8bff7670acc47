"""Submissions from folders, archives and LMS layouts: which student, which attempt, which file."""

from __future__ import annotations

import hashlib
import os
import re
import weakref
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from ..choices import BEYOND
from ..content import Kind
from ..errors import ChangedSubmission, UsageError
from ..messages import Message, say
from ..results import Attempt as AttemptRecord
from .attempts import Allowance, Attempt, attempts, is_work, natural, newest
from .classes import Placed, class_files, stem
from .people import Person, display_names, printable, slugs, without_accents
from .roster import ROSTERS
from .same_person import Student, perhaps_same
from .students import by_student, in_roster, roster_of, rosters_below, traces
from .submitted_file import OTHER_ARCHIVES, Found, in_folder, on_disk

TEXTS = (".md",)  # answers in words, next to the notebook

# Bytes read for one student, over all attempts and archives: four files of the largest size.
STUDENT_LIMIT = 256 * 2**20
TEXTS_LIMIT = 4 * 2**20  # bytes of all texts of one student
FILES = 200  # files of one submission that its code may see
# Bytes of them together, without the one that counts. They lie beside the code, in memory where a sandbox has its own
# file system.
FILES_LIMIT = 32 * 2**20
NAMED_FILES = 5  # files named in a sentence; the others are counted

AttemptPolicy = Literal["first", "best", "last"]  # which attempt of a student counts


@dataclass(frozen=True)
class HandedIn:
    """One file of the attempt that counts."""

    path: str  # below the student's own folder, with "/": "modelo.py", "datos/x.csv"
    data: bytes
    modified: float  # seconds since the epoch


class Shelf:
    """The archives of a class, open as long as something may be read from them."""

    def __init__(self) -> None:
        self.opened = ExitStack()
        weakref.finalize(self, self.opened.close)


@dataclass(frozen=True, slots=True)
class Source:
    """The place from which a student's files are read again."""

    student: Student
    policy: AttemptPolicy
    shelf: Shelf

    def read(self, attempt: int) -> Submission:
        """The attempt with this number, with its files."""
        found = _submission(self.student, self.policy)
        return next((s for s in (found, *found.others) if s.attempt == attempt), found)


@dataclass(frozen=True, slots=True)
class Submission:
    """The work of one student: the file that counts, and the notes about the other files.

    A class is collected without the contents of its files, since they would fill the memory: `data`, `extra` and
    `files` are then empty, and `loaded` reads them.
    """

    student: str  # the displayed name; unique within a run
    slug: str  # for file names; unique within a run, even without case
    file: str  # path for people, relative, "class.zip!ana/tarea2.ipynb"
    data: bytes  # of the file that counts; empty with a problem
    modified: float  # seconds since the epoch
    digest: str  # sha256 of everything that a result depends on: the files' names and bytes, the notes
    notes: tuple[Message, ...] = ()
    extra: tuple[tuple[str, bytes], ...] = ()  # texts of the same student: name, bytes
    problem: Message | None = None  # the reason why nothing can be read, if so
    files: tuple[HandedIn, ...] = ()  # all readable files of the attempt that counts, by path
    person: Person = Person("")
    traces: frozenset[str] = frozenset()  # what tells this student alone, with and without a roster
    in_roster: bool | None = None  # None without a roster
    absent: bool = False  # in the roster, but nothing was submitted
    attempt: int = 1  # the number of the attempt that counts
    attempts: tuple[AttemptRecord, ...] = ()  # all, the oldest first
    others: tuple[Submission, ...] = ()  # the other attempts, where the best one counts
    together: tuple[str, ...] = ()  # the displayed names of the others who handed in the same work, as a group
    source: Source | None = field(default=None, compare=False, repr=False)  # None: the contents are here

    def loaded(self) -> Submission:
        """The submission with the contents of its files. Raises ChangedSubmission if they are no longer the same."""
        if self.source is None:
            return self
        found = self.source.read(self.attempt)
        whole = replace(self, data=found.data, extra=found.extra, files=found.files, others=(), source=None)
        if _signed(whole).digest != self.digest:
            raise ChangedSubmission(f"{self.file} of {self.student} has changed since this command began: run it again")
        return whole


@dataclass(frozen=True)
class SubmittedClass:
    """The submissions of a class."""

    submissions: tuple[Submission, ...]  # one per student, also for the absent ones, sorted by name
    left_out: tuple[str, ...] = ()  # files at the level of the class that were taken for nobody's
    roster: str = ""  # the names of the rosters' files; "" without a roster
    perhaps_same: tuple[tuple[str, str], ...] = ()  # displayed names of two who may be one person
    without_group: tuple[str, ...] = ()  # absent students; others of their group handed something in


def collect(path: Path) -> tuple[Submission, ...]:
    """One submission per student, with its contents, from a notebook, a .py, an archive or a folder; sorted by name.

    Raises UsageError when there is nothing to grade.
    """
    return tuple(submission.loaded() for submission in collect_class(path).submissions)


def collect_class(
    path: Path, roster: Path | None = None, attempt: AttemptPolicy = "last", *, groups: bool = False
) -> SubmittedClass:
    """The submissions of a class without their contents; a roster.csv in the folder is used without asking.

    With `groups`, what one member of a group of the roster hands in is the work of all its members.

    Raises UsageError when there is nothing to grade, or when the roster cannot be read.
    """
    listed = _listed(path)
    names = roster_of(path, roster)
    files = [f for f in listed if not (len(f.parts) == 1 and f.name in ROSTERS)]
    shelf = Shelf()
    found = class_files(files, _name_of(path), shelf.opened, folder=os.path.isdir(path))
    if not found.entries and names is None:
        raise UsageError(f"{path} contains no notebook: give a folder or a .zip of .ipynb or .py files")
    rosters = rosters_below(found) if names is None else [(names, slice(0, len(found.entries)))]
    everybody = any(entries == slice(0, len(found.entries)) for _, entries in rosters)
    if groups and not any(row.person.group for roster, _ in rosters for row in roster.rows):
        raise UsageError("--groups needs a roster with a column group: put roster.csv next to the submissions")
    students = by_student(found.entries, rosters, groups=groups)
    drafts = [_shelved(_submission(student, attempt), Source(student, attempt, shelf)) for student in students]
    one = found.lone or (len(listed) == 1 and listed[0].kind is not Kind.ZIP and not os.path.isdir(path))
    if not one:  # next to one student's work nobody else is expected
        present = {student.row for student in students}
        rows = dict.fromkeys(row for roster, _ in rosters for row in roster.rows if row not in present)
        absent = [Student(row.person, row, []) for row in rows]
        students += absent
        drafts += [_absent(student) for student in absent]
    people = [student.person for student in students]
    named = zip(drafts, students, traces(students), display_names(people), slugs(people), strict=True)
    submissions = [
        _named(replace(draft, in_roster=in_roster(student, everybody=everybody), traces=own), name, slug)
        for draft, student, own, name, slug in named
    ]
    submissions = _with_groups(submissions)
    alike = [(submissions[i].student, submissions[k].student) for i, k in perhaps_same(students)]
    ordered = tuple(sorted(submissions, key=lambda s: (without_accents(s.student).casefold(), s.slug)))
    handed_in = {s.person.group for s in ordered if s.person.group and not s.absent}
    without = tuple(s.student for s in ordered if s.absent and s.person.group in handed_in)
    known_from = ", ".join(roster.file for roster, _ in rosters)
    return SubmittedClass(ordered, tuple(found.left_out), known_from, tuple(sorted(alike)), without)


def _with_groups(submissions: Sequence[Submission]) -> list[Submission]:
    """The submissions, each with the names of the others who handed in the same file: a path belongs to one work."""
    members: dict[str, list[str]] = {}
    for s in submissions:
        for file in {one.file for one in (s, *s.others) if one.file}:
            members.setdefault(file, []).append(s.student)

    def told(s: Submission) -> Submission:
        return replace(s, together=tuple(name for name in members.get(s.file, ()) if name != s.student))

    return [replace(told(s), others=tuple(map(told, s.others))) for s in submissions]


def _listed(path: Path) -> tuple[Found, ...]:
    if os.path.isdir(path):  # os.path, because pathlib raises where it lacks permission
        try:
            return in_folder(path)
        except OSError as error:
            raise UsageError(f"cannot open the folder {path} ({error.strerror}): change its permissions") from error
    if not os.path.exists(path):
        raise UsageError(f"{path} does not exist: give a notebook, a .zip or a folder of them")
    file = on_disk(path, (path.name,))
    if file.kind in (Kind.OTHER, Kind.TEXT):
        raise UsageError(f"{path} cannot be graded: give a .ipynb, a .py, a .zip or a folder of them")
    return (file,)


def _name_of(path: Path) -> str:
    name = os.path.basename(os.path.realpath(path))
    return name if os.path.isdir(path) else stem(name)


def _absent(student: Student) -> Submission:
    why = say("nothing was handed in")
    absent = Submission(
        student.person.name, "", "", b"", 0.0, "", problem=why, person=student.person, absent=True, attempt=0
    )
    return _signed(absent)


def _submission(student: Student, policy: AttemptPolicy) -> Submission:
    """The attempt that counts among a student's files; slug and digest are still empty."""
    allowance = Allowance(STUDENT_LIMIT)
    with ExitStack() as opened:
        found = attempts(student.entries, allowance, opened)
        drafts: list[Submission] = []
        for attempt in found if policy == "first" else reversed(found):
            drafts.append(_of_attempt(student.person, attempt, allowance))
            if policy != "best" and drafts[-1].problem is None:
                break
        readable = [draft for draft in drafts if draft.problem is None]
        counts = readable[0] if readable else drafts[0]
        unread = tuple(d.problem for d in drafts if d.problem is not None and d is not counts)
    records = tuple(
        AttemptRecord(a.number, _first(a), a.time, a.late, counts=a.number == counts.attempt) for a in found
    )
    others = tuple(replace(d, attempts=records) for d in readable if d is not counts)
    notes = [*_attempt_notes(found, counts, policy), *unread, *counts.notes]
    return replace(counts, notes=tuple(notes), attempts=records, others=others)


def _first(attempt: Attempt) -> str:
    files = attempt.work or attempt.files
    return files[0].found.shown


def _attempt_notes(found: Sequence[Attempt], counts: Submission, policy: AttemptPolicy) -> list[Message]:
    """The sentence that says which of several attempts was graded."""
    if len(found) < 2 or policy == "best":  # which one is the best is known when all are graded
        return []
    return [
        say(
            "{count} attempts: attempt {number} was graded, {file}",
            count=len(found),
            number=counts.attempt,
            file=counts.file,
        )
    ]


def _of_attempt(person: Person, attempt: Attempt, allowance: Allowance) -> Submission:
    """The submission if this attempt counts."""
    draft = Submission(
        person.name, "", _first(attempt), b"", newest(attempt.files), "", person=person, attempt=attempt.number
    )
    work = sorted((p for p in attempt.files if is_work(p)), key=_rank, reverse=True)
    # Folders that are empty or cannot be opened, and archives.
    folders = [p.found.read() for p in attempt.files if not p.path[-1] and not (work and p.found.empty)]
    notes = [why for why in folders if isinstance(why, Message)]
    for chosen in work:
        content = allowance.read(chosen.found)
        if isinstance(content, bytes):
            break
        notes.append(content)
    else:
        refusals = [why for p in attempt.files if p.path[-1] and isinstance(why := _refused(p.found), Message)]
        why, *others = notes or refusals or [_nothing_to_grade([p.found for p in attempt.files])]
        return replace(draft, notes=tuple(others), problem=why)
    texts = Allowance(TEXTS_LIMIT)
    extra: list[tuple[str, bytes]] = []
    for placed in sorted((p for p in attempt.files if p.found.suffix in TEXTS), key=lambda p: p.path):
        words = texts.read(placed.found)
        if isinstance(words, bytes):
            extra.append((printable(placed.path[-1]), words))
        else:
            notes.append(words)
    files, unread = _handed_in(attempt.files, chosen, content)
    return replace(
        draft,
        file=chosen.found.shown,
        data=content,
        modified=chosen.found.modified,
        notes=(*notes, *(note for note in unread if note not in notes)),
        extra=tuple(extra),
        files=tuple(files),
    )


def _refused(file: Found) -> Message | None:
    """The reason why a file will not be read, if it is known without reading it."""
    content = file.read() if file.size == 0 else b""
    return content if isinstance(content, Message) else None


def _handed_in(files: Sequence[Placed], chosen: Placed, content: bytes) -> tuple[list[HandedIn], list[Message]]:
    """The readable files within the limits, by path, and the notes about the others; `chosen` is already read.

    Code comes first, then what is small.
    """
    allowance = Allowance(FILES_LIMIT)
    found: dict[str, HandedIn] = {}
    beyond: list[Found] = []
    notes: list[Message] = []
    named = (p for p in files if p.path[-1])
    for placed in sorted(named, key=lambda p: (p is not chosen, not is_work(p), p.found.size, p.path)):
        path, file = printable("/".join(placed.path)), placed.found
        if path in found:
            continue
        if placed is not chosen and (len(found) == FILES or file.size > allowance.left):
            beyond.append(file)
            continue
        read = allowance.read(file) if placed is not chosen else content
        if isinstance(read, bytes):
            found[path] = HandedIn(path, read, file.modified)
        elif file.suffix not in TEXTS:
            notes.append(read)
    if beyond:
        notes.append(replace(BEYOND, values={"files": _names(beyond)}))
    return sorted(found.values(), key=lambda f: f.path), notes


def _rank(placed: Placed) -> tuple[bool, bool, float, int, list[str | int]]:
    """The key that sorts an attempt's files, best last: modules, Jupyter's own copies, then by time, copy and name."""
    file = placed.found
    number = re.search(r"(?:\((\d+)\)|-(\d+))$", os.path.splitext(file.name)[0])
    return (
        file.kind is Kind.NOTEBOOK,
        "-checkpoint" not in file.name,
        file.modified,
        int(number[1] or number[2]) if number else 0,
        natural("/".join(file.parts)),
    )


def _nothing_to_grade(files: Sequence[Found]) -> Message:
    if packed := [f for f in files if f.suffix in OTHER_ARCHIVES]:
        return say("{files} is packed in a way that cannot be opened: pack it as a .zip", files=_names(packed))
    return say("{files} cannot be graded: hand in a .ipynb, a .py or a .zip of them", files=_names(files))


def _names(files: Sequence[Found]) -> str:
    more = f" (+{len(files) - NAMED_FILES})" if len(files) > NAMED_FILES else ""
    return ", ".join(f.shown for f in files[:NAMED_FILES]) + more


def _named(submission: Submission, student: str, slug: str) -> Submission:
    """The submission and its other attempts with the student's name."""
    others = tuple(replace(other, student=student, slug=slug) for other in submission.others)
    return replace(submission, student=student, slug=slug, others=others)


def _shelved(submission: Submission, source: Source) -> Submission:
    """The submission and its other attempts with their digests, and without their contents."""
    others = tuple(_shelved(other, source) for other in submission.others)
    return replace(_signed(submission), data=b"", extra=(), files=(), others=others, source=source)


def _signed(submission: Submission) -> Submission:
    s = submission
    messages = [m.render("en").encode() for m in (*s.notes, *([s.problem] if s.problem else []))]
    extra = [part for name, words in s.extra for part in (name.encode(), words)]
    files = [part for f in s.files for part in (f.path.encode(), f.data)]
    digest = hashlib.sha256()
    for part in (s.file.encode(), s.data, *messages, b"extra", *extra, b"files", *files):
        digest.update(b"%d:" % len(part))  # lengths, so that no two lists of parts run together
        digest.update(part)
    return replace(s, digest=digest.hexdigest())
