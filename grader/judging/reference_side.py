"""The reference's results: computed once per run, before any student code, and shared by all submissions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from ..assignment.cases import Case, Draw
from ..assignment.spec import Probe
from ..sandbox.verbs import Implementation
from .local_implementation import LocalImplementation, Sendable
from .suspects import KnownRuns


@dataclass(frozen=True)
class ReferenceSide:
    """Expected values, each computed when it is first asked for.

    `implementation()` makes a fresh reference, so that no state goes from one probe to the next. `questions` are all
    questions of the assignment: the reference answers them right. `known` keeps the results of known mistakes that
    do not depend on the student.
    """

    implementation: Callable[[], LocalImplementation]
    salt: str = ""
    questions: frozenset[str] = frozenset()
    results: dict[tuple[Probe, Case], Mapping[str, Any]] = field(default_factory=dict)
    known: KnownRuns = field(default_factory=dict)

    def expected(self, probe: Probe, case: Case) -> Mapping[str, Any]:
        """The values that the probe returns when the reference takes the student's place.

        Raises Malformed for an input that is too large to be sent to a student.
        """
        if (probe, case) not in self.results:
            self.results[probe, case] = probe(self.sendable(), Draw(case, self.salt, right=self.questions))
        return self.results[probe, case]

    def sendable(self) -> Implementation:
        """A fresh reference that accepts only inputs that could be sent to a student's process."""
        return cast(Implementation, Sendable(self.implementation()))

    def expected_after(self, probe: Probe, draw: Draw) -> Mapping[str, Any]:
        """The right values for what the student's side left in `draw.given`, such as the order of its batches."""
        if not draw.given:
            return self.expected(probe, draw.case)
        return probe(self.implementation(), Draw(draw.case, self.salt, given=draw.given, right=draw.right))
