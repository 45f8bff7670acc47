"""The options of a run, as the command line gives them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..judging.judge import ForbiddenPolicy
from ..judging.submission import Conditions
from ..sandbox.levels import Level


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
    forbidden: ForbiddenPolicy = "zero"
    command: str = "grade"

    @property
    def conditions(self) -> Conditions:
        """Where submissions are judged, and for which readers."""
        return Conditions(self.language, self.level, self.device)
