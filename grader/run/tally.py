"""Count what the terminal says about a class at the end of a run, one result at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..report.lacks import Lacks
from ..results import Status, SubmissionResult


@dataclass
class Tally:
    """The counts and names of a class, without its results."""

    statuses: Counter[Status] = field(default_factory=Counter)
    lacks: Lacks = field(default_factory=Lacks)
    misplaced: list[str] = field(default_factory=list)  # students, with the assignment that it may be
    absent: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)  # not in the roster
    waiting: int = 0  # for a person
    faults: int = 0  # with a bug report

    @classmethod
    def of(cls, results: Iterable[SubmissionResult]) -> Tally:
        """The counts of these results."""
        tally = cls()
        for result in results:
            tally.add(result)
        return tally

    def add(self, result: SubmissionResult) -> None:
        """Count a result."""
        self.statuses[result.status] += 1
        self.lacks.add(result)
        if result.misplaced is not None:
            named = f" ({result.misplaced.render('en')})" if result.misplaced else ""
            self.misplaced.append(f"{result.student}{named}")
        if result.status is Status.ABSENT:
            self.absent.append(result.student)
        if result.in_roster is False:
            self.unknown.append(result.student)
        self.waiting += bool(result.status is Status.GRADED and result.pending)
        self.faults += bool(result.fault)
