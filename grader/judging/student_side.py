"""A student's program during one question: the evidence of the question's tests, next to the solution's results."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from ..assignment.cases import Case
from ..assignment.course import Test
from ..assignment.spec import Assignment, Question
from ..errors import CallTimedOut, Frame, WorkerError
from ..notebook.read import Notebook
from ..results import TraceLine
from ..sandbox.remote import RemoteProgram
from ..sandbox.test_runs import Came, TestRun, TestRuns, TestSources
from .author import Place, case_seed
from .author_side import all_places, limit_of
from .references import References
from .repeat import repeated

# Characters of the answer to a snippet question; a long one has 1,000.
MOST_REPEATED = 20_000
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class StudentSide:
    """One student's program during one question. Checks only read it.

    `answer` holds the student's statements for a snippet question.
    """

    question: Question
    references: References
    program: RemoteProgram
    notebook: Notebook
    answer: tuple[str, ...] = ()
    _came: dict[Place, Came] = field(default_factory=dict, init=False)
    _public: list[dict[Place, Came]] = field(default_factory=list, init=False)
    _coming: list[Iterator[tuple[Place, Came]]] = field(default_factory=list, init=False)

    def run_public(self) -> None:
        """Collect the evidence of the public cases; they are sent in one request."""
        if not self._public:
            self._public.append(dict(self._all(public=True)))
            self._came.update({**self._public[0], **self._came})

    def came(self, place: Place) -> Came:
        """The evidence of a test in a case. All hidden cases of the question are sent in one request."""
        self.run_public()
        if place not in self._came and not self._coming:
            self._coming.append(self._all(public=False))
        while place not in self._came:
            arrived, came = next(self._coming[0])
            self._came[arrived] = came
        return self._came[place]

    def error(self, place: Place) -> WorkerError | None:
        """The error that ended a test in a case; None also where it was not run: the question was not answered, say."""
        came = self._came.get(place)
        return None if came is None else came.error

    def mutated(self) -> tuple[str, ...]:
        """The arguments that the answers changed in place in public cases; of hidden ones nothing is told.

        The process sends these names, so only those that the notebook contains are told.
        """
        written = {word for cell in self.notebook.cells for word in WORD.findall(cell.source)}
        found = {
            name: None
            for place, came in self._came.items()
            if self.question.tests[place.test].cases[place.case].public
            for name in came.mutated
            if name in written
        }
        return tuple(found)

    def _all(self, *, public: bool) -> Iterator[tuple[Place, Came]]:
        assignment, known = self.references.assignment, self.references.requests
        if (self.question.id, public) not in known:
            known[self.question.id, public] = self._request(public=public)
        places, runs = known[self.question.id, public]
        if runs:
            # A bound relative to the solution's time is no sign of a loop without end.
            late = sum(
                isinstance(came.error, CallTimedOut) and self.references.bound(place) >= limit_of(assignment, place)
                for place, came in self._came.items()
            )
            found = self.program.run_tests(sources_of(assignment, self.question), runs, late)
            yield from zip(places, found, strict=False)

    def _request(self, *, public: bool) -> tuple[list[Place], TestRuns]:
        """The question's public or hidden cases that can be run here, and what each of them asks for."""
        assignment, salt = self.references.assignment, self.references.salt
        places, runs = [], []
        for place in all_places(assignment, [self.question.id]):
            test = self.question.tests[place.test]
            case = test.cases[place.case]
            if case.public is not public:
                continue
            reference = self.references.of(place)
            if reference.unavailable:
                continue
            bound = self.references.bound(place)
            places.append(place)
            runs.append(
                TestRun(
                    test.source.code, case.sizes, case_seed(case, salt), min(limit_of(assignment, place), bound),
                    test.precision, reference.given, reference.in_place, case.draws, tuple(test.calls),
                    relative=bound < limit_of(assignment, place),
                )
            )  # fmt: skip
        return places, TestRuns(runs)

    def repeated(self, test: Test, case: Case) -> str:
        """Lines that repeat the test on this case in the student's notebook; "" for a hidden case.

        Also "" for an answer that is longer than a person would run again, or nested too deeply to be written out.
        The sizes of a hidden case may be its inputs, so nothing of it is shown.
        """
        if not case.public or sum(map(len, self.answer)) > MOST_REPEATED:
            return ""
        try:
            return self._repeated(test, case)
        except RecursionError:
            return ""

    def _repeated(self, test: Test, case: Case) -> str:
        assignment = self.references.assignment
        place = Place(self.question.id, self.question.tests.index(test), test.cases.index(case))
        known = self.references.lines
        if (place, self.answer) not in known:
            reference = self.references.of(place)
            known[place, self.answer] = repeated(
                test, case, drawn=reference.drawn, given=reference.given,
                imports=[source.code for source in assignment.given],
                helpers=[source.code for source in (*assignment.helpers, *self.question.helpers)],
                answer=self.answer, outputs=tuple(n for n in reference.values if n.isidentifier()),
                language=assignment.language,
            )  # fmt: skip
        return known[place, self.answer]

    def trace_line(self, frame: Frame) -> TraceLine:
        """The frame with the line of the notebook that it names."""
        cell = self.notebook.cell(frame.cell)
        lines = re.split(r"\r\n|\r|\n", cell.source) if cell is not None else []
        source = lines[frame.line - 1].rstrip() if 0 < frame.line <= len(lines) else ""
        return TraceLine(self.notebook.at(frame.cell, frame.line, frame.function), source)


def sources_of(assignment: Assignment, question: Question) -> TestSources:
    """The names that the tests of a question see."""
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
