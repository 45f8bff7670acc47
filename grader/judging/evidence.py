"""The evidence from a student's side for one probe in one case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..assignment.cases import Case, Draw
from ..assignment.spec import Probe, Tolerance
from ..errors import WorkerError

if TYPE_CHECKING:
    from .reference_side import ReferenceSide
    from .suspects import Trial


@dataclass(frozen=True)
class Observation:
    """The values or the error of one run of a probe, and how the student's code was called."""

    draw: Draw
    actual: Mapping[str, Any] = field(default_factory=dict)
    error: WorkerError | None = None
    snippet_errors: Mapping[str, WorkerError] = field(default_factory=dict)
    candidates: Mapping[str, Sequence[Any]] = field(default_factory=dict)  # for absent results
    called: str = ""
    lines: str = ""


@dataclass(frozen=True)
class Evidence:
    """The student's values of one case, the expected ones, and the results that a check found wrong."""

    probe: Probe
    draw: Draw
    actual: Mapping[str, Any]
    expected: Mapping[str, Any]
    wrong: Sequence[str]
    tolerance: Tolerance

    @property
    def place(self) -> tuple[Any, Case]:
        return self.probe, self.draw.case

    def trial(self, reference: ReferenceSide) -> Trial:
        """This case, where known mistakes are tried in the student's place."""
        from .suspects import Trial

        return Trial(self, reference.implementation(), reference.known)
