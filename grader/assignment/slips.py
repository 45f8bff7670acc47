"""The slips of an author: one sentence each, with its place. They are collected and reported together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from ..errors import AssignmentError


@dataclass(frozen=True)
class Place:
    """A place in an assignment, as far as it is known."""

    file: str
    line: int
    question: str = ""
    test: str = ""
    case: str = ""

    def __str__(self) -> str:
        inner = {"question": self.question, "test": self.test, "case": self.case}
        return ", ".join([self.file, f"line {self.line}", *(f"{what} {name}" for what, name in inner.items() if name)])


class Slip(AssignmentError):
    """A slip at a line or in a case of the place that is being read; its text says what to write instead."""

    def __init__(self, sentence: str, line: int = 0, case: str = "") -> None:
        super().__init__(sentence)
        self.line, self.case = line, case


@dataclass
class Slips:
    """The slips found so far, as whole sentences."""

    sentences: list[str] = field(default_factory=list)

    @contextmanager
    def at(self, place: Place) -> Iterator[None]:
        """Collect the slip that ends this block."""
        try:
            yield
        except Slip as slip:
            self.sentences.append(f"{replace(place, line=slip.line or place.line, case=slip.case)}: {slip}")

    def report(self) -> None:
        """Raise AssignmentError if there were slips: one sentence per line."""
        if self.sentences:
            raise AssignmentError("\n".join(dict.fromkeys(self.sentences)))


def closest(word: str, known: Iterable[str], otherwise: str) -> str:
    """The known word that resembles this one most, as a question; another piece of advice if none does."""
    found = get_close_matches(word, list(known), 1)
    return f"did you mean {found[0]}?" if found else otherwise
