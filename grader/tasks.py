"""What a run is asked to do: the options of the command, one submission to judge, who wants to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .intake import Submission
from .judge import Forbidden
from .results import SubmissionResult
from .sandbox.levels import Level


@dataclass(frozen=True)
class Options:
    """What the command line says, already checked."""

    submissions: Path
    out: Path
    level: Level
    device: str
    lanes: int
    language: str
    only: tuple[str, ...] = ()
    student: str = ""  # a glob over names and slugs
    fresh: bool = False
    retry_faults: bool = False  # what a fault of ours left without a grade is judged again
    forbidden: Forbidden = "zero"
    command: str = "grade"


class Progress(Protocol):
    """Who wants to know how the run goes."""

    def begin(self, total: int, reused: int) -> None: ...

    def started(self, student: str) -> None: ...

    def finished(self, result: SubmissionResult, done: int, total: int) -> None: ...


@dataclass(frozen=True)
class Task:
    """One submission to judge, with the names that the instructor mapped for it."""

    submission: Submission
    key: str
    aliases: Mapping[str, str] = field(default_factory=dict)
