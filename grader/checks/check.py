"""What every check offers to the judge, and the two sides that it is given."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import OddAnswer, WorkerError
from ..implementation import Implementation, LocalImplementation
from ..messages import Message, Text, say
from ..results import Finding, TraceLine
from ..sandbox import wire
from ..sandbox.wire import Malformed
from ..spec import Case, Draw, Misconception, Probe
from ..transcript import Transcript
from ..trials import Known, Symptoms

if TYPE_CHECKING:
    from ..errors import Frame
    from ..notebook import Notebook


SANDBOX = Path(wire.__file__).parent
# What a probe raises when a value has not the form that it was written for.
UNEXPECTED = (TypeError, ValueError, LookupError, AttributeError, RuntimeError)


@dataclass(frozen=True)
class Trial:
    """What the student's side gave for one probe and case, and how it was called."""

    draw: Draw
    actual: Mapping[str, Any] = field(default_factory=dict)
    error: WorkerError | None = None
    snippet_errors: Mapping[str, WorkerError] = field(default_factory=dict)
    candidates: Mapping[str, Sequence[Any]] = field(default_factory=dict)  # what may be meant for an absent result
    called: str = ""
    lines: str = ""


@dataclass
class Sides:
    """The student's implementation, the reference's, and what both have to agree on.

    `reference()` makes a fresh one, so that no state goes from one probe to the next. `expected` holds what the
    reference gave for probes that depend on nothing of the student's, and `known` what misconceptions gave; they are
    filled once per run and shared.
    """

    student: Implementation
    reference: Callable[[], LocalImplementation]
    salt: str = ""
    notebook: Notebook | None = None
    right: frozenset[str] = frozenset()
    spoilt: frozenset[str] = frozenset()  # questions that only an earlier mistake has made wrong
    questions: frozenset[str] = frozenset()  # all of the assignment's: the reference has answered them right
    expected: dict[tuple[Probe, Case], Mapping[str, Any]] = field(default_factory=dict)
    observed: dict[tuple[Probe, Case], Trial] = field(default_factory=dict)
    misconceptions: tuple[Misconception, ...] = ()  # of the question that is being judged
    known: Known = field(default_factory=dict)
    symptoms: dict[tuple[Probe, Case], Symptoms] = field(default_factory=dict)  # where the student's side gave values
    trace_line: Callable[[Frame], TraceLine] = TraceLine

    def draw(self, case: Case, given: dict[str, Any] | None = None) -> Draw:
        return Draw(case, self.salt, given=given, right=self.right)

    def expect(self, probe: Probe, case: Case) -> Mapping[str, Any]:
        """What the reference gives when it is its own student."""
        if (probe, case) not in self.expected:
            self.expected[probe, case] = probe(self.reference(), Draw(case, self.salt, right=self.questions))
        return self.expected[probe, case]

    def observe(self, probe: Probe, case: Case) -> Trial:
        """Run the probe on the student's side; once for all checks that look at the same thing."""
        if (probe, case) not in self.observed:
            draw = self.draw(case)
            transcript = Transcript(self.student, draw)
            actual: Mapping[str, Any] = {}
            error: WorkerError | None = None
            try:
                actual = probe(transcript, draw)
            except WorkerError as raised:
                error = raised
            except UNEXPECTED as odd:
                if _came_through_our_side(odd):
                    raise
                # Where the reference stumbles too in this student's place, the fault is ours and goes up from here.
                probe(self.reference(), self.draw(case))
                # It does not: what the probe stumbled over is the form of what came.
                error = OddAnswer(say("what came has a form that cannot be judged ({error})", error=type(odd).__name__))
            self.observed[probe, case] = Trial(
                draw,
                actual,
                error,
                dict(getattr(self.student, "snippet_errors", {})),
                dict(getattr(self.student, "candidates", {})),
                transcript.called if error else transcript.told,
                transcript.lines,
            )
        return self.observed[probe, case]


def _came_through_our_side(error: Exception) -> bool:
    """Whether the code that talks to the worker raised it, and not the probe that looked at an answer."""
    # A probe may build a value that cannot be sent only from one that came.
    places = () if isinstance(error, Malformed) else traceback.walk_tb(error.__traceback__)
    return any(Path(frame.f_code.co_filename).parent == SANDBOX for frame, _ in places)


class Check(Protocol):
    """One line of the table: it is judged on each of its cases and gives findings for named results."""

    @property
    def title(self) -> Text: ...

    @property
    def cases(self) -> tuple[Case, ...]: ...

    @property
    def share(self) -> float:
        """What this check weighs among the checks of its question; 0: shown, costs nothing."""

    @property
    def per_case(self) -> bool:
        """Whether each case is worth a part of its own; otherwise a result has to hold in all cases."""

    def weight(self, result: str) -> float:
        """What a named result weighs within this check."""

    def judge(self, sides: Sides, case: Case) -> tuple[Finding, ...]:
        """Findings for every named result of this case; raises WorkerError never, GraderError for our faults."""

    def refuse(self, sides: Sides, case: Case, finding: Finding) -> tuple[Finding, ...]:
        """The same finding for every named result of this case, without running anything of the student's."""


NO_CASE = Case(Text(), seed=0, public=True)


def hidden(finding: Finding, category: Message) -> Finding:
    """What a hidden check may say: the category, the cause and the hint, never values or places."""
    if finding.public:
        return finding
    return finding.with_(
        message=category, expected="", actual="", difference=None, largest_gap=None, relative_error=None
    )
