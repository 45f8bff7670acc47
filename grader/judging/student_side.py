"""A student's program as checks see it: each probe runs once per case, and its observation is kept."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..assignment.cases import Case, Draw
from ..assignment.spec import Probe
from ..errors import Frame, OddAnswer, WorkerError
from ..messages import say
from ..notebook.read import Notebook
from ..results import TraceLine
from ..sandbox import verbs
from ..sandbox.inside.wire import Malformed
from ..sandbox.verbs import Implementation
from .evidence import Observation
from .reference_side import ReferenceSide
from .transcript import Transcript

SANDBOX = Path(verbs.__file__).parent
# Errors that a probe raises when a value does not have the form that the probe was written for.
UNEXPECTED = (TypeError, ValueError, LookupError, AttributeError, RuntimeError)


@dataclass(frozen=True)
class StudentSide:
    """One student's program during one question, next to the reference; checks only read it.

    `right` are the questions that this student has answered right so far. Probes build on the student's own answers to
    these questions, and on the reference's answers to the others.
    """

    implementation: Implementation
    reference: ReferenceSide
    notebook: Notebook | None = None
    right: frozenset[str] = frozenset()
    _observed: dict[tuple[Probe, Case], Observation] = field(default_factory=dict, init=False)

    def observe(self, probe: Probe, case: Case) -> Observation:
        """Run the probe on the student's program, once for all checks that look at the same thing."""
        if (probe, case) not in self._observed:
            self._observed[probe, case] = self._run(probe, case)
        return self._observed[probe, case]

    def _run(self, probe: Probe, case: Case) -> Observation:
        draw = self._draw(case)
        transcript = Transcript(self.implementation, draw)
        actual: Mapping[str, Any] = {}
        error: WorkerError | None = None
        try:
            actual = probe(transcript, draw)
        except WorkerError as raised:
            error = raised
        except UNEXPECTED as odd:
            if _came_through_our_side(odd):
                raise
            # If the reference stumbles too in this student's place, the fault is the grader's and is raised from here.
            probe(self.reference.sendable(), self._draw(case))
            # The reference does not stumble: the probe stumbled over the form of the student's values.
            error = OddAnswer(
                say("your code returned something that cannot be judged ({error})", error=type(odd).__name__)
            )
        transcript.end(error)
        return Observation(
            draw,
            actual,
            error,
            dict(getattr(self.implementation, "snippet_errors", {})),
            dict(getattr(self.implementation, "candidates", {})),
            transcript.called if error else transcript.told,
            transcript.lines,
        )

    def _draw(self, case: Case) -> Draw:
        return Draw(case, self.reference.salt, right=self.right)

    def trace_line(self, frame: Frame) -> TraceLine:
        """The frame with the line of the notebook that it names."""
        cells = self.notebook.cells if self.notebook is not None else ()
        lines = next((c.source.splitlines() for c in cells if c.number == frame.cell), [])
        return TraceLine(frame, lines[frame.line - 1].rstrip() if 0 < frame.line <= len(lines) else "")


def _came_through_our_side(error: Exception) -> bool:
    """Whether the code that talks to the worker raised the error, and not the probe that looked at an answer."""
    # A request that cannot be sent is the grader's fault only if the reference's requests cannot be sent either.
    places = () if isinstance(error, Malformed) else traceback.walk_tb(error.__traceback__)
    return any(Path(frame.f_code.co_filename).is_relative_to(SANDBOX) for frame, _ in places)
