"""The content of the page of `grade verify`: the claims about an assignment, and the distances that its cases see."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """One claim that must hold, the number of its trials, and the trials in which it does not hold."""

    text: str
    holds: bool
    counted: int
    complaints: tuple[str, ...]


@dataclass(frozen=True)
class Distance:
    """How far a right answer in float32 and the nearest known mistake are from the expected values, in tolerances."""

    question: str
    check: str
    case: str
    right: str
    nearest: str
    mistake: str


@dataclass(frozen=True)
class Rejections:
    """A question's tests, and which of them each known mistake fails."""

    question: str
    tests: tuple[str, ...]
    mistakes: tuple[tuple[str, tuple[bool, ...]], ...]


@dataclass(frozen=True)
class VerificationPage:
    """The page for the instructor, in English."""

    assignment: str
    holds: bool
    claims: tuple[Claim, ...]
    distances: tuple[Distance, ...]  # nearest first
    matrix: tuple[Rejections, ...] = ()
    advice: tuple[str, ...] = ()
    language: str = "en"
