"""The content of the page of `grade copies`: likely pairs, and their matching lines side by side."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CodeLine:
    """A line of code, or a gap (an empty number); lines with the same `block` match, 0 matches nothing."""

    number: str
    text: str
    block: int = 0


@dataclass(frozen=True)
class Part:
    """The code of one question in both works."""

    title: str
    a: tuple[CodeLine, ...]
    b: tuple[CodeLine, ...]


@dataclass(frozen=True)
class PairView:
    """One pair of works."""

    anchor: str
    a: str  # the students
    b: str
    files: tuple[str, str]
    strength: str  # in thresholds: "6.6"; "" without a threshold
    share: str  # per cent
    questions: tuple[str, ...]
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class CopiesPage:
    """The page for the instructors of a class."""

    assignment: str
    language: str
    compared: int
    earlier: int
    pairs: tuple[PairView, ...]
    hidden: int  # likely pairs beyond those that are shown with their lines
    nearest: tuple[PairView, ...]
    clusters: tuple[tuple[str, ...], ...]  # of three works or more
    unread: tuple[tuple[str, str], ...]  # student, why
    threshold: str  # "" where the class is too small
    median: str
