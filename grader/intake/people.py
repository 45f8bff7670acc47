"""Names of students: as learning platforms write them into file names, for display, and as file names."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# "<full name>_<participant>_assignsubmission_file_" is a folder; with more after it, a file. Older Moodles end the
# folder's name with the underscore, newer ones do not.
MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)(?:_.*)?", re.DOTALL)

# "<name>[_LATE]_<user>_<attachment>_<file>". Attachments are numbered over a whole Canvas site, so numbers of one or
# two digits, and years, come from a teacher's own scheme ("tarea_2_1_ana.ipynb", "tarea_2_2024_ana.ipynb").
CANVAS = re.compile(
    r"(?P<name>.+?)(?:_LATE)?_(?P<id>\d+)_(?!(?:19|20)\d\d_)(?P<attachment>\d{3,})_(?P<file>.+)", re.DOTALL
)
CANVAS_ANONYMOUS = re.compile(r"(?:LATE_)?(?P<name>anon_(?P<id>[^_]+))_(?P<attachment>\d+)_(?P<file>.+)", re.DOTALL)
CANVAS_TEXT = re.compile(r"(?P<name>.+?)(?:_LATE)?_(?P<id>\d+)_(?:text|link)\.html")

# Device names that Windows refuses as file names, whatever the extension.
RESERVED = {"CON", "PRN", "AUX", "NUL"} | {f"{port}{n}" for port in ("COM", "LPT") for n in range(10)}
SLUG_LENGTH = 80  # with ".html" and a temporary file's ".part" far below the 255 bytes of every file system
MARK_LENGTH = 8  # hex digits, 32 bits: of a thousand students two share a mark with probability 1e-4


@dataclass(frozen=True)
class Person:
    """A student: the displayed name, and the platform's number, which tells namesakes apart."""

    name: str
    id: str = ""


def printable(text: str) -> str:
    """The text in NFC without control and direction characters; undecodable bytes become U+FFFD."""

    def shown(c: str) -> str:
        kind = unicodedata.category(c)
        if kind == "Cs":
            return "\N{REPLACEMENT CHARACTER}"
        # The two joiners belong to the spelling of Persian names and of emoji; they cannot reorder a line.
        if kind == "Cf" and c not in "\u200c\u200d":
            return ""
        return " " if kind in ("Zl", "Zp") or c in "\t\n\r" else "" if kind == "Cc" else c

    return unicodedata.normalize("NFC", "".join(map(shown, text)))


def display_name(text: str) -> str:
    """The `printable` text on one line, single-spaced, never empty."""
    return " ".join(printable(text).split()) or "unnamed"


def without_accents(name: str) -> str:
    """The name, decomposed and without the marks: "Pérez" becomes "Perez"."""
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


def moodle_person(name: str) -> Person | None:
    """The owner of a file or folder of Moodle's "Download all submissions"; None for a name in another form."""
    match = MOODLE.fullmatch(name)
    return Person(display_name(match["name"].replace("_", " ")), match["id"]) if match else None


def canvas_people(names: Iterable[str]) -> Mapping[str, Person]:
    """The owners of the files of Canvas's "Download submissions", by file name; empty for any other folder.

    A teacher's own scheme ("tarea_2_100_ana.ipynb") may look the same: Canvas never repeats an attachment's
    number, and a class has more than one person.
    """
    names = list(names)
    files = {n: m for n in names if (m := CANVAS_ANONYMOUS.fullmatch(n) or CANVAS.fullmatch(n))}
    people = {n: Person(display_name(m["name"]), m["id"]) for n, m in files.items()}
    repeated = len({m["attachment"] for m in files.values()}) < len(files)
    if repeated or (len(files) > 1 and len(set(people.values())) == 1) or 2 * len(files) < len(names):
        return {}
    texts = {n: m for n in names if n not in files and (m := CANVAS_TEXT.fullmatch(n))}
    return people | {n: Person(display_name(m["name"]), m["id"]) for n, m in texts.items()}


def display_names(people: Sequence[Person]) -> tuple[str, ...]:
    """The name of each person; the names of namesakes include their number."""
    shared = Counter(p.name for p in people)
    return tuple(f"{p.name} ({p.id})" if p.id and shared[p.name] > 1 else p.name for p in people)


def slugs(people: Sequence[Person]) -> tuple[str, ...]:
    """A safe file name for each person, unique even where case does not count.

    If two persons would share a name, each gets a mark, so that nobody ever inherits the pages of another.
    """
    plain = [_ascii(p.name) for p in people]
    shared = Counter(slug.lower() for slug in plain)
    taken: set[str] = set()
    result = []
    for person, slug in zip(people, plain, strict=True):
        if shared[slug.lower()] > 1 or not _says(slug, person.name):
            mark = hashlib.sha256(f"{person.name}\0{person.id}".encode()).hexdigest()[:MARK_LENGTH]
            slug = f"{slug[: SLUG_LENGTH - MARK_LENGTH - 1]}-{mark}"
        number, free = 1, slug
        while free.lower() in taken:  # only a deliberately chosen name, "ana-1b2c3d4e", gets here
            number, free = number + 1, f"{slug[: SLUG_LENGTH - 6]}-{number}"
        taken.add(free.lower())
        result.append(free)
    return tuple(result)


def _ascii(name: str) -> str:
    slug = re.sub(r"[^A-Za-z0-9._-]+", "_", without_accents(name)).strip("._-") or "student"
    return f"student-{slug}" if slug.split(".")[0].upper() in RESERVED else slug


def _says(slug: str, name: str) -> bool:
    """Whether the slug is short enough and keeps every letter and digit of the name."""
    lost = any(c.isalnum() and not c.isascii() for c in without_accents(name))
    return len(slug) <= SLUG_LENGTH and not lost
