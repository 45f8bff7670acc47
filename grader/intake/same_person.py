"""Students whom two platforms know: the same address, login or number joins them; alike names are for a person."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .classes import Entry
from .people import Person, without_accents
from .roster import LONG_NUMBER, Row, number, squashed, turns, words_of

PASSES = 10
MOST_ALIKE = 20  # of students with one name; more are chance


@dataclass(slots=True)
class Student:
    """A student with everything that they handed in."""

    person: Person
    row: Row | None  # in the roster
    entries: list[Entry]


def joined(students: Sequence[Student]) -> list[Student]:
    """The students, each once if an address, a login or a number shows that two are the same."""
    kept = list(students)
    for _ in range(PASSES):  # the one that came last may join two that came before
        before, kept = kept, _joined_once(kept)
        if len(kept) == len(before):
            break
    return kept


def _joined_once(students: Sequence[Student]) -> list[Student]:
    kept: list[Student] = []
    known: dict[tuple[str, str], Student] = {}
    for student in students:
        keys = _keys(student.person)
        same = next((known[k] for k in keys if k in known and _may_be_one(known[k].person, student.person, k)), None)
        if same is None:
            kept.append(student)
            same = student
        else:
            same.person = _together(same.person, student.person)
            same.row = same.row or student.row
            same.entries += student.entries
        known |= {key: same for key in keys if key not in known}
    return kept


def _keys(person: Person) -> list[tuple[str, str]]:
    keys = (("email", person.email.casefold()), ("login", person.login.casefold()), ("id", number(person.id)))
    return [(kind, text) for kind, text in keys if text]


def _may_be_one(a: Person, b: Person, key: tuple[str, str]) -> bool:
    """Whether nothing speaks against it: another platform may give the same login or number to somebody else."""
    kind, text = key
    if kind == "email" or turns(a.name) & turns(b.name):
        return True
    nameless = any(p.name.casefold() in (p.login.casefold(), p.email.casefold(), p.id) for p in (a, b))
    alike = nameless or any(
        len(word) > 2 and word in squashed(other.name) for one, other in ((a, b), (b, a)) for word in words_of(one.name)
    )
    return alike and (kind == "login" or len(text) >= LONG_NUMBER)


def _together(a: Person, b: Person) -> Person:
    """What is known of both; a name of several words is one of a person, others are those of accounts."""
    name = max((a.name, b.name), key=lambda n: " " in n)
    facts = {f: getattr(a, f) or getattr(b, f) for f in ("id", "login", "email", "section", "group")}
    return replace(a, name=name, **facts)


def perhaps_same(students: Sequence[Student]) -> list[tuple[int, int]]:
    """Pairs of students, by position, whose names are alike, and about whom nothing is known to be different."""
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    by_part: defaultdict[str, list[int]] = defaultdict(list)
    for i, student in enumerate(students):
        if student.row is None:
            name = student.person.name
            for whole in turns(name) | {squashed(student.person.login)}:
                by_name[whole].append(i)
            # "Ana Maria Araucaria Soto" is perhaps "Ana Araucaria".
            first, *others = re.findall(r"[^\W_]+", without_accents(name).casefold()) or [""]
            for other in others if len(others) > 1 else ():
                by_part[first + other].append(i)
    pairs = set[tuple[int, int]]()
    for whole, alike in by_name.items():
        if whole and len(alike) <= MOST_ALIKE:
            pairs |= {*itertools.combinations(alike, 2), *itertools.product(alike, by_part[whole][:MOST_ALIKE])}
    return sorted({(min(p), max(p)) for p in pairs if not _differ(students[p[0]], students[p[1]])})


def _differ(a: Student, b: Student) -> bool:
    """Whether two students are known to be two: one platform, or its list, tells them apart."""
    if a is b:
        return True
    ours, theirs = ({e.named.platform for e in s.entries if e.named} for s in (a, b))
    emails = {p.email.casefold() for p in (a.person, b.person) if p.email}
    return bool(ours & theirs) or len(emails) > 1
