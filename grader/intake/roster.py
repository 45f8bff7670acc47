"""The roster of a class: who should have submitted, from any table with names, ids, logins or addresses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..errors import UsageError
from .exports import table
from .people import Person, display_name, without_accents
from .platform_names import IMPERSONAL, impersonal

ROSTERS = ("roster.csv", "classroom_roster.csv", "students.csv")  # taken from the submissions' folder without asking

# Titles of columns, in lower case without accents and signs: those of Canvas, Moodle, Blackboard, Brightspace,
# Gradescope, ILIAS, GitHub Classroom and Classroom 50, and what people write themselves.
COLUMNS = {
    "name": "name student studentname fullname nombre nombrecompleto nombres estudiante alumno alumna rosteridentifier"
    " nomcomplet nomecompleto vollstandigername",
    "first": "firstname first givenname nombre1 nombrepila vorname",
    "last": "lastname last surname familyname apellido apellidos nachname",
    "id": "id sid studentid sisuserid userid idnumber studentnumber number numero numerodealumno numeroid identifier"
    " identificador rut matricula orgdefinedid githubid canvasuserid ndealumno numerodeid matrikelnummer identifiant",
    "login": "login loginid sisloginid username user usuario nombredeusuario githubusername github benutzername",
    "email": "email emailaddress mail correo correoelectronico direcciondecorreo direcciondecorreoelectronico emails"
    " adressedecourriel enderecodeemail emailadresse",
    "section": "section sections seccion secciones paralelo class",
    "group": "group groups grupo grupos groupname team equipo",
}
TITLES = {title: column for column, titles in COLUMNS.items() for title in titles.split()}

# Between the names of two people: "Ana y Beto", "Ana & Beto".
AND = r"\s*[;&+]\s*|\s+(?:y|e|and|und|et|con)\s+"

LONG_NUMBER = 5  # digits of an id that is not shared by chance


@dataclass(frozen=True)
class Row:
    """One student of the roster; a platform may know the student by several numbers."""

    person: Person
    ids: frozenset[str]
    logins: frozenset[str]
    spellings: frozenset[str]  # of the whole name, in any order of its parts, without blanks
    words: frozenset[str]  # of the name


@dataclass(frozen=True)
class Roster:
    """The students of a class."""

    file: str
    rows: tuple[Row, ...]

    def match(self, person: Person, hints: Iterable[str] = ()) -> Row | None:
        """The student of the roster whom a submission's names describe; None if there is none, or more than one.

        `hints` are further texts that may hold an id, a login or a name: the names of the student's files.
        """
        for found in self._candidates(person, tuple(hints)):
            if len(found) == 1:
                return found[0]
        return None

    def members(self, person: Person) -> tuple[Row, ...]:
        """The members of a group that submitted under its name, or under theirs: "ana_beto"; empty for one student."""
        if self.certain(Person(person.name)):
            return ()
        return tuple(self._by_group[squashed(person.name)]) or self._together(person.name)

    def _together(self, name: str) -> tuple[Row, ...]:
        """Two or more students whom a name lists, if each part is clear."""
        # After "y" a first name is enough; the parts of "ana_perez" may be those of one name.
        for between, found in ((AND, self.match), (r"[_,-]", self._only)):
            parts = [Person(part.strip()) for part in re.split(between, name) if not impersonal(part)]
            rows = [row for part in parts if (row := found(part)) is not None]
            if len(parts) > 1 and len(parts) == len(rows) == len(set(rows)):
                return tuple(rows)
        return ()

    def _only(self, person: Person) -> Row | None:
        rows = self.certain(person)
        return rows[0] if len(rows) == 1 else None

    def groups(self) -> list[list[Row]]:
        """The groups of the roster."""
        return [rows for rows in self._by_group.values() if len(rows) > 1]

    def certain(self, person: Person) -> list[Row]:
        """The students who have the person's number, login, address or whole name; more than one if it is not clear."""
        numbered = self._by_id[number(person.id)] if len(number(person.id)) >= LONG_NUMBER else []
        return next(filter(None, (*self._certain(person), numbered)), [])

    def _certain(self, person: Person) -> Iterator[list[Row]]:
        name = person.name
        numbered = self._by_id[number(person.id)] if person.id else []
        # A platform's number may be small and by chance that of somebody else.
        yield [row for row in numbered if _alike(name, row)]
        for login in (person.login, person.email):
            yield self._by_login[login.casefold()] if login else []
        yield self._by_spelling[squashed(name)]
        yield self._by_login[name.casefold()] or self._by_id[number(name)]

    def _candidates(self, person: Person, hints: Sequence[str]) -> Iterator[list[Row]]:
        """Lists of students who may be meant, the surest reason first."""
        name = person.name
        plain = name.casefold()
        numbered = self._by_id[number(person.id)] if person.id else []
        yield from self._certain(person)
        # "cs50-hw1-ada" ends in a login.
        yield [row for cut in re.finditer(r"[-_ ]", plain) for row in self._by_login[plain[cut.end() :]]]
        texts = (name, *hints)
        numbers = {number(n) for text in texts for n in re.findall(r"[\w.-]*\d{4}[\w.-]*|\d{4,}", text)}
        numbers |= {number(n) for text in texts for n in re.findall(r"\d{4,}", text)}
        yield list({row: None for number in sorted(numbers) for row in self._by_id[number]})
        words = words_of(name)
        sharing = list({row: None for word in sorted(words) for row in self._by_word[word]})
        # "Ana Araucaria" is "Ana Maria Araucaria Soto", and the other way round, if nobody else is.
        yield [row for row in sharing if words == row.words]
        if len(words) > 1:
            yield [row for row in sharing if words <= row.words or (len(row.words) > 1 and row.words <= words)]
        else:
            yield sharing
            yield [row for word in words for row in self._by_login[word]]
        yield numbered if len(number(person.id)) >= LONG_NUMBER else []

    @cached_property
    def _by_id(self) -> defaultdict[str, list[Row]]:
        return _indexed((id, row) for row in self.rows for id in row.ids)

    @cached_property
    def _by_login(self) -> defaultdict[str, list[Row]]:
        return _indexed((login, row) for row in self.rows for login in row.logins)

    @cached_property
    def _by_group(self) -> defaultdict[str, list[Row]]:
        return _indexed((squashed(row.person.group), row) for row in self.rows)

    @cached_property
    def _by_word(self) -> defaultdict[str, list[Row]]:
        return _indexed((word, row) for row in self.rows for word in row.words)

    @cached_property
    def _by_spelling(self) -> defaultdict[str, list[Row]]:
        return _indexed((spelling, row) for row in self.rows for spelling in row.spellings)


def _indexed(pairs: Iterable[tuple[str, Row]]) -> defaultdict[str, list[Row]]:
    """The rows by key; the empty text is no key."""
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for key, row in pairs:
        if key:
            rows[key].append(row)
    return rows


def _alike(name: str, row: Row) -> bool:
    """Whether a name may be a spelling of a student's name; nothing speaks against it where there is no name."""
    plain = squashed(name)
    return not row.words or not words_of(name) or any(len(word) > 2 and word in plain for word in row.words)


def read_roster(path: Path, data: bytes | None = None) -> Roster:
    """The roster in a CSV file; raises UsageError if it holds no students."""
    try:
        rows = table(path.read_bytes() if data is None else data)
    except OSError as error:
        raise UsageError(f"cannot read the roster {path} ({error.strerror}): name a .csv file") from error
    _, people = students(rows, str(path))
    return Roster(path.name, tuple(_united(people.values())))


def students(rows: Sequence[Sequence[str]], name: str) -> tuple[int, dict[int, Row]]:
    """The number of the row with the titles, and the students by the number of their row; `name` is the file's.

    Raises UsageError if no row has titles of columns that name students, or no student follows.
    """
    # Some exports begin with lines about the course.
    start, columns = next(((i, c) for i, titles in enumerate(rows[:5]) if (c := _columns(titles))), (0, {}))
    if not columns:
        raise UsageError(
            f"{name} has no column that names students: its first line should hold some of "
            "name, id, email, login, section, group"
        )
    numbered = enumerate(rows[start + 1 :], start + 1)
    people = {i: row for i, cells in numbered if (row := _row(_cells(columns, cells)))}
    if not people:
        raise UsageError(f"{name} lists no students")
    return start, people


def _columns(titles: Sequence[str]) -> dict[int, str]:
    """The meaning of each column that says who a student is; empty if none does."""
    plain = [re.sub(r"[^a-z0-9]", "", without_accents(title).casefold()) for title in titles]
    columns = {i: TITLES[title] for i, title in enumerate(plain) if title in TITLES}
    if "last" in columns.values():  # next to "Apellidos" a "Nombre" is a first name
        columns = {i: "first" if c == "name" and plain[i] != "fullname" else c for i, c in columns.items()}
    return columns if {"name", "last", "first", "id", "login", "email"} & set(columns.values()) else {}


def _cells(columns: Mapping[int, str], cells: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for i, column in columns.items():
        if i < len(cells) and (value := " ".join(cells[i].split()).lstrip("#'")):
            found[column].append(value)
    return found


def _row(cells: Mapping[str, Sequence[str]]) -> Row | None:
    names = [name for name in cells.get("name", ()) if name]
    whole = " ".join((*cells.get("first", ()), *cells.get("last", ())))
    name = whole or (names[0] if names else "")
    if "Points Possible" in name or name in ("Manual Posting", "Student, Test", "Test Student"):
        return None  # lines of Canvas's gradebook that are not students
    last, comma, first = name.partition(",")
    if comma:  # "Lovelace, Ada"
        name = f"{first.strip()} {last.strip()}"
    # Moodle hides names behind "Participant 657737", and writes the number of everybody so.
    ids = [re.sub(r"^\D+ (?=\d+$)", "", id) for id in cells.get("id", ())]
    logins, emails = cells.get("login", ()), cells.get("email", ())
    if not (name or ids or logins or emails):
        return None
    if "@" in name and not emails:
        emails = [name]
    first_of = {column: values[0] for column, values in cells.items() if values}
    shown = display_name(name or next(iter((*logins, *emails, *ids))))
    person = Person(
        shown,
        ids[0] if ids else "",
        logins[0] if logins else "",
        emails[0] if emails else "",
        first_of.get("section", ""),
        first_of.get("group", ""),
    )
    words = re.findall(r"\w+", without_accents(name).casefold())
    addresses = [address.casefold() for address in (*emails, *logins) if "@" in address]
    return Row(
        person,
        frozenset(map(number, (*ids, *(login for login in logins if login.isdigit())))),
        frozenset([*(login.casefold() for login in logins), *addresses, *(a.partition("@")[0] for a in addresses)]),
        turns(name),
        frozenset(words),
    )


def _united(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows without repetitions of a student: some exports have a line per group."""
    seen: dict[tuple[str, ...], Row] = {}
    for row in rows:
        key = (row.person.name, row.person.id, row.person.login, row.person.email)
        if key not in seen:
            seen[key] = row
    return iter(seen.values())


def known(person: Person, row: Row) -> Person:
    """The student as the roster says, and where it says nothing, as the platform does."""
    r = row.person
    named = r.name if r.name not in (r.id, r.login, r.email) else person.name
    return Person(
        named,
        r.id or person.id,
        r.login or person.login,
        r.email or person.email,
        r.section or person.section,
        r.group or person.group,
    )


def squashed(text: str) -> str:
    """The letters and digits of a text, without accents or case: Canvas's "araucariaana"."""
    return "".join(re.findall(r"[^\W_]+", without_accents(text).casefold()))


def turns(name: str) -> frozenset[str]:
    """A name in any order of its parts, without blanks: Canvas writes "araucariaana"."""
    words = re.findall(r"[^\W_]+", without_accents(name).casefold())
    orders = ["".join(words[i:] + words[:i]) for i in range(len(words))]
    return frozenset(filter(None, (*orders, "".join(reversed(words)))))


def number(id: str) -> str:
    """An id without dots, dashes, blanks and leading zeros: "12.345.678-K" is "12345678k"."""
    return squashed(id).lstrip("0")


def words_of(name: str) -> frozenset[str]:
    """The words of a name that say whose it is, in lower case without accents."""
    words = re.findall(r"[^\W\d_]+", without_accents(name).casefold())
    return frozenset(word for word in words if word not in IMPERSONAL and len(word) > 1)
