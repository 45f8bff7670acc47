"""The author's code as the judge asks it: in a process of its own, in this one, or recorded in a release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from ..assignment.spec import Assignment
from ..errors import GraderError
from .author import Place


class AuthorStopped(GraderError):
    """The author's code gave no answer: it took too long, or its process ended."""


class AuthorSide(Protocol):
    """The author's code, in a process of its own or recorded in a release."""

    def ask(self, verb: str, seconds: float, *args: Any) -> Any:
        """The result of this method of judging.author.Author.

        Raises AssignmentError for a slip of the author, AuthorStopped when there is no answer.
        """

    def resalt(self, salt: str) -> None:
        """Go on with another salt."""

    def close(self) -> None:
        """Free what it holds; the next question starts it again."""


class AuthorHere:
    """An AuthorSide in this process, for systems without fork and for a student's own evidence."""

    def __init__(self, author: Any) -> None:
        self._author = author

    def resalt(self, salt: str) -> None:
        self._author.resalt(salt)

    def close(self) -> None:
        pass

    def ask(self, verb: str, seconds: float, *args: Any) -> Any:
        return getattr(self._author, verb)(*args)


def limit_of(assignment: Assignment, place: Place) -> float:
    """Seconds that a test may take on one case."""
    question = assignment.question(place.question)
    test = question.tests[place.test]
    return test.limit_s or question.limit_s or assignment.limits.call_s


def all_places(assignment: Assignment, ids: Sequence[str]) -> list[Place]:
    """Every case of every test of these questions, in order."""
    return [
        Place(question.id, t, c)
        for question in assignment.only(ids)
        for t, test in enumerate(question.tests)
        for c in range(len(test.cases))
    ]
