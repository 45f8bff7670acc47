"""A student's program as checks see it: each probe runs once per case, and its observation is kept."""

from __future__ import annotations

import ast
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ..assignment.cases import Case, Draw
from ..assignment.course import Test
from ..assignment.spec import Assignment, Probe, Question
from ..errors import Frame, OddAnswer, WorkerError
from ..messages import say
from ..notebook.read import Notebook
from ..results import TraceLine
from ..sandbox import verbs
from ..sandbox.inside.wire import Malformed
from ..sandbox.verbs import Implementation
from ..sandbox.test_runs import Came, TestRun, TestSources
from .author import Place, case_seed
from .author_side import all_places, limit_of
from .evidence import Observation
from .reference_side import ReferenceSide
from .references import References
from .repeat import repeated
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
    question: Question | None = None
    references: References | None = None
    answer: tuple[str, ...] = ()  # the student's statements for a snippet question
    _observed: dict[tuple[Probe, Case], Observation] = field(default_factory=dict, init=False)
    _came: dict[Place, Came] = field(default_factory=dict, init=False)
    _coming: list[Iterator[tuple[Place, Came]]] = field(default_factory=list, init=False)

    def came(self, place: Place) -> Came:
        """The evidence of a test in a case. The first call sends all tests of the question in one request."""
        if not self._coming:
            self._coming.append(self._all())
        while place not in self._came:
            arrived, came = next(self._coming[0])
            self._came[arrived] = came
        return self._came[place]

    def _all(self) -> Iterator[tuple[Place, Came]]:
        assert self.question is not None
        assert self.references is not None
        assignment, salt = self.references.assignment, self.references.salt
        places, runs = [], []
        for place in all_places(assignment, [self.question.id]):
            reference = self.references.of(place)
            if reference.unavailable:
                continue
            test = self.question.tests[place.test]
            case = test.cases[place.case]
            places.append(place)
            runs.append(
                TestRun(
                    test.source.code, case.sizes, case_seed(case, salt), limit_of(assignment, place), test.precision,
                    reference.given, reference.in_place, case.draws,
                )
            )  # fmt: skip
        sources = sources_of(assignment, self.question)
        yield from zip(places, self.implementation.run_tests(sources, runs), strict=False)  # type: ignore[attr-defined]

    def repeated(self, test: Test, case: Case) -> str:
        """Lines that repeat the test on this case in the student's notebook; "" for a hidden case.

        The sizes of a hidden case may be its inputs, so nothing of it is shown.
        """
        if not case.public or self.question is None or self.references is None:
            return ""
        assignment = self.references.assignment
        place = Place(self.question.id, self.question.tests.index(test), test.cases.index(case))
        reference = self.references.of(place)
        return repeated(
            test, case, drawn=reference.drawn, given=reference.given,
            imports=[source.code for source in assignment.given],
            helpers=[source.code for source in (*assignment.helpers, *self.question.helpers)],
            answer=self.answer, outputs=tuple(n for n in reference.values if n.isidentifier()),
            language=assignment.language,
        )  # fmt: skip

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


def sources_of(assignment: Assignment, question: Question) -> TestSources:
    """What the tests of a question see."""
    given = tuple(source.code for source in assignment.given)
    return TestSources(
        given=given,
        helpers=tuple(source.code for source in (*assignment.helpers, *question.helpers)),
        own=tuple(sorted({name for code in given for name in _defined(code)})),
        asked=tuple(dict.fromkeys(name for q in (question, *assignment.questions) for name in q.names)),
        snippet=next(iter(question.snippets), ""),
    )


@cache
def _defined(code: str) -> frozenset[str]:
    """The names that given code defines, imports left out."""
    found = set()
    for node in ast.parse(code).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(found)
