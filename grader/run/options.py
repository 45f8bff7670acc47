"""The options of a run from the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..exchange.grades_csv import Dialect
from ..intake.submissions import AttemptPolicy
from ..judging.forbidden_calls import ForbiddenPolicy
from ..judging.submission import Conditions
from ..sandbox.levels import Level


@dataclass(frozen=True)
class Options:
    """The values from the command line, already checked."""

    submissions: Path
    out: Path
    level: Level
    device: str
    lanes: int
    language: str
    only: tuple[str, ...] = ()
    student: str = ""  # a glob over names and slugs
    fresh: bool = False
    retry_faults: bool = False  # judge again what a fault of the grader left without a grade
    forbidden: ForbiddenPolicy = "zero"
    command: str = "grade"
    roster: Path | None = None  # None: that of the submissions' folder, if any
    attempt: AttemptPolicy = "last"
    groups: bool = False  # what a member of a group of the roster hands in is the work of all
    salt: str = ""  # "": the gradebook's; "new": drawn now and kept; else: the salt of this run

    csv_dialect: Dialect = "point"

    @property
    def conditions(self) -> Conditions:
        """The place where submissions are judged, and their readers."""
        return Conditions(self.language, self.level, self.device)
