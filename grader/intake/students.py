"""Find the students behind what was handed in: what belongs together, and who is who in the rosters."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import UsageError
from .classes import ClassFiles, Entry, stem
from .roster import ROSTERS, Roster, Row, known, read_roster
from .same_person import Student, joined

HINTS = 5  # files whose names may say who handed them in


def roster_of(path: Path, asked: Path | None) -> Roster | None:
    """The roster that was asked for, or that of the folder."""
    if asked is not None:
        return read_roster(asked)
    folder = path if os.path.isdir(path) else path.parent
    for name in ROSTERS:
        if os.path.isfile(folder / name):
            if name == ROSTERS[0]:
                return read_roster(folder / name)
            with contextlib.suppress(UsageError):  # a file of this name may be something else
                return read_roster(folder / name)
    return None


def rosters_below(found: ClassFiles) -> list[tuple[Roster, slice]]:
    """The rosters next to the files of a class or a part of it, each with the entries that it is about."""
    rosters = []
    for file, entries in found.rosters:
        data = file.read()
        try:
            roster = read_roster(Path(file.name), data if isinstance(data, bytes) else b"")
        except UsageError:  # a file of this name may be something else
            found.left_out.append(file.shown)
        else:
            rosters.append((replace(roster, file=file.shown), entries))
    return rosters


def in_roster(student: Student, *, everybody: bool) -> bool | None:
    """Whether a roster lists the student; None if none does and no roster is for the whole class."""
    return student.row is not None or (False if everybody else None)


def by_student(entries: Sequence[Entry], rosters: Sequence[tuple[Roster, slice]], *, groups: bool) -> list[Student]:
    """The entries by student; each roster is asked about the entries that lie next to it, the innermost first.

    What was handed in under the name of a group is among the entries of each member. With `groups`, so is everything
    that a member handed in.
    """
    left = dict(enumerate(entries))
    students: list[Student] = []
    for roster, part in rosters:
        numbers = [i for i in range(len(entries))[part] if i in left]
        students += _matched(_grouped(left.pop(i) for i in numbers), roster, groups=groups)
    students += _grouped(left.values())
    # Where every entry has a roster, the rosters say who is the same, not addresses and logins.
    return students if rosters and not left else joined(students)


def _grouped(entries: Iterable[Entry]) -> list[Student]:
    """The entries by person: a platform's number and name say what belongs together."""
    groups: dict[tuple[str, str], Student] = {}
    for entry in entries:
        groups.setdefault(entry.person.key, Student(entry.person, None, [])).entries.append(entry)
    return list(groups.values())


def _matched(found: Iterable[Student], roster: Roster, *, groups: bool) -> list[Student]:
    """The students as the roster knows them; a group's work is that of each of its members."""
    students: list[Student] = []
    rows: dict[Row, Student] = {}
    for student in found:
        hints = [stem(p.path[-1]) for e in student.entries for p in e.files[:HINTS] if p.path[-1]]
        members = roster.members(student.person)
        row = None if members else roster.match(student.person, hints)
        if row is None and not members:
            students.append(student)
        by = student.person.name if members else ""
        for member in (row,) if row is not None else members:
            handed_in = [replace(entry, by=by) for entry in student.entries]
            if member in rows:
                rows[member].entries += handed_in
            else:
                person = known(student.person, member) if row is not None else member.person
                rows[member] = Student(person, member, handed_in)
                students.append(rows[member])
    return _pooled(students, rows, roster) if groups else students


def _pooled(students: list[Student], rows: Mapping[Row, Student], roster: Roster) -> list[Student]:
    """The students, each with everything that any member of their group handed in."""
    for group in roster.groups():
        there = [rows[row] for row in group if row in rows]
        pool = {}  # by place: what came under the group's name is there once for each member
        for student in there:
            for entry in student.entries:
                pool[entry.files[0].found.shown] = replace(entry, by=entry.by or student.person.name)
        for row in group if pool else ():
            if row in rows:
                rows[row].entries = list(pool.values())
            else:
                students.append(Student(row.person, row, list(pool.values())))
    return students


def traces(students: Sequence[Student]) -> list[frozenset[str]]:
    """What tells each student alone: the names and numbers of what was handed in, and those of the roster.

    The number of a platform tells a student together with the name: another platform's student may have it too.
    """
    found = []
    for student in students:
        own = {"handed in\0" + "\0".join(entry.person.key) for entry in student.entries}
        if student.row is not None:
            p = student.row.person
            own |= {f"roster\0{kind}\0{text}" for kind, text in (("id", p.id), ("login", p.login), ("email", p.email))
                    if text}  # fmt: skip
        found.append(own)
    times = Counter(trace for own in found for trace in own)  # a group's files are those of several students
    return [frozenset(trace for trace in own if times[trace] == 1) for own in found]
