"""What the page of `grade verify` shows: what has to hold for an assignment, and how far its cases see."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """One thing that has to hold, on how many things it was tried, and where it does not hold."""

    text: str
    holds: bool
    counted: int
    complaints: tuple[str, ...]


@dataclass(frozen=True)
class Distance:
    """How many tolerances a right answer in float32 and the nearest misconception are away from the expected values."""

    question: str
    check: str
    case: str
    right: str
    nearest: str
    misconception: str


@dataclass(frozen=True)
class VerificationPage:
    """For the instructor, in English."""

    assignment: str
    holds: bool
    claims: tuple[Claim, ...]
    distances: tuple[Distance, ...]  # nearest first
    language: str = "en"
