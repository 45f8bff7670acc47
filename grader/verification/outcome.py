"""What became of a claim, how far a case sees, and both together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ClaimOutcome:
    """One thing that has to hold, whether it does, and where it does not."""

    claim: str
    counted: int
    complaints: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Nothing to complain about, and something was looked at."""
        return not self.complaints and self.counted > 0


@dataclass(frozen=True)
class Margin:
    """How far, in tolerances, a case keeps the right answer and the nearest misconception that it catches apart.

    `right` is the largest gap of the reference in float32, so below 1; `tolerances` the smallest of the misconception.
    """

    question: str
    check: str
    case: str
    misconception: str
    tolerances: float
    right: float


@dataclass(frozen=True)
class Verification:
    """All outcomes, in the order of the page, and the margin of each case."""

    outcomes: tuple[ClaimOutcome, ...]
    margins: tuple[Margin, ...]

    @property
    def holds(self) -> bool:
        return all(outcome.holds for outcome in self.outcomes)
