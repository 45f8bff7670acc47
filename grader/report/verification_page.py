"""The outcome of `grade verify`, as its page prints it: the outcomes of claims and the margins of cases."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ClaimOutcome:
    """One claim that must hold, the number of its trials, and the trials in which it does not hold."""

    claim: str
    counted: int
    complaints: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether there are no complaints and at least one trial."""
        return not self.complaints and self.counted > 0


@dataclass(frozen=True)
class Margin:
    """The distance, in tolerances, between the right answer and the nearest known mistake that a case catches.

    `right` is the largest gap of the reference in float32, so below 1; `tolerances` is the mistake's smallest.
    """

    question: str
    check: str
    case: str
    mistake: str
    tolerances: float
    right: float


@dataclass(frozen=True)
class Rejections:
    """A question's tests, and which of them each known mistake fails."""

    question: str
    tests: tuple[str, ...]
    mistakes: tuple[tuple[str, tuple[bool, ...]], ...]


@dataclass(frozen=True)
class Verification:
    """All outcomes, in the order of the page, and the margin of each case. Advice changes no exit status."""

    outcomes: tuple[ClaimOutcome, ...]
    margins: tuple[Margin, ...]
    matrix: tuple[Rejections, ...] = ()
    advice: tuple[str, ...] = ()
    language: str = "en"  # of the page

    @property
    def holds(self) -> bool:
        return all(outcome.holds for outcome in self.outcomes)
