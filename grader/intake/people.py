"""Students: who they are, their names for display, and their names as file names."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

# Device names that Windows refuses as file names, whatever the extension.
RESERVED = {"CON", "PRN", "AUX", "NUL"} | {f"{port}{n}" for port in ("COM", "LPT") for n in range(10)}
SLUG_LENGTH = 80  # with ".html" and a temporary file's ".part" far below the 255 bytes of every file system
MARK_LENGTH = 8  # hex digits, 32 bits: of a thousand students two share a mark with probability 1e-4


@dataclass(frozen=True, slots=True)
class Person:
    """A student: the displayed name, the platform's number, which tells namesakes apart, and what else is known."""

    name: str
    id: str = ""
    login: str = ""
    email: str = ""
    section: str = ""
    group: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """The same for all files of a student."""
        return self.name, self.id or self.login


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


def display_names(people: Sequence[Person]) -> tuple[str, ...]:
    """The name of each person; the names of namesakes include their number, login or address."""
    shared = Counter(p.name for p in people)
    marks = [p.id or p.login or p.email for p in people]
    return tuple(
        f"{p.name} ({mark})" if mark and shared[p.name] > 1 else p.name for p, mark in zip(people, marks, strict=True)
    )


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
            mark = hashlib.sha256("\0".join(person.key).encode()).hexdigest()[:MARK_LENGTH]
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
