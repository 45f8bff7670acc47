"""The public part of an assignment: its tests with their public cases, and recorded results instead of the solution."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from .. import __version__
from ..assignment.cases import Case
from ..assignment.course import Source, Test
from ..assignment.spec import Assignment, Question
from ..assignment.tolerance import FLOAT32
from ..errors import AssignmentError
from ..judging.author import Place
from ..judging.author_process import AuthorProcess
from ..judging.author_side import AuthorStopped, all_places, limit_of
from ..judging.checks.from_test import FromTest
from ..judging.references import References
from ..judging.trials import alike
from ..messages import Text
from ..sandbox.inside.case_view import REPLAY
from ..self_check.checks_json import (
    DECIMALS,
    DIGITS,
    FORMAT,
    Precision,
    PublicChecks,
    RecordedAssignment,
    RecordedCase,
    RecordedMistake,
    RecordedQuestion,
    RecordedReference,
    RecordedStandIn,
    RecordedTest,
    same_fields,
    value_as_json,
)
from ..self_check.recorded_assignment import released
from ..versions import OWN_PYTHON
from .trusted import mentions, names_of, released_functions, uses_right

# Numbers of one draw. A larger draw is left to its seed: the parameters of a network for images would take megabytes.
MOST_DRAWN = 5_000


def public_part(
    assignment: Assignment, questions: Sequence[str] = (), share: float = 1.0, without: frozenset[Test] = frozenset()
) -> Assignment:
    """The assignment with its public cases only.

    A test whose `expected` or `judge` needs the solution stays with the instructor, as do the tests of `without`, and
    stand-ins that stay home. So does a question whose tests all stay: it is worth no points here. `questions` keeps
    these questions and those on which they build. `share` keeps that part of each test's public cases, at least one.
    """
    if not 0 < share <= 1:
        raise AssignmentError(
            f"a share of {share:g} of the public cases is out of range: give more than 0 and at most 1"
        )
    wanted = {q.id for q in assignment.only(tuple(questions))}
    for question in reversed(assignment.questions):
        if question.id in wanted:
            wanted |= set(question.needs)
    kept = tuple(_public(q, assignment, share, without) for q in assignment.questions if q.id in wanted)
    if not any(q.tests for q in kept):
        raise AssignmentError("no test of these questions can be released: add `@public(...)` to one of them")
    return replace(
        assignment,
        questions=kept,
        mistakes=tuple(
            replace(m, also=tuple(id for id in m.also if id in wanted))
            for m in assignment.mistakes
            if m.question in wanted
        ),
        right=(),
        narrow=(),
        hostile=(),
    )


def _public(question: Question, assignment: Assignment, share: float, without: frozenset[Test]) -> Question:
    tests, elsewhere = [], []
    for test in question.tests:
        cases = [case for case in test.cases if case.public]
        if not cases:
            continue  # not even its title is public
        if test in without or released_functions(assignment, question, test) is None:
            elsewhere.append(test.title)
        else:
            tests.append(replace(test, cases=tuple(cases[: math.ceil(share * len(cases))])))
            if test.faster_than:  # another machine takes another time
                elsewhere.append(Text(f"{test.title.render('es')}: tiempo", f"{test.title.render('en')}: time"))
    if question.tests and not tests and not elsewhere:
        elsewhere = [Text()]
    return replace(
        question,
        tests=tuple(tests),
        elsewhere=tuple(elsewhere),
        points=question.points if tests or not question.tests else 0.0,
        stand_ins=tuple(s for s in question.stand_ins if not s.stays_home),
    )


Step = Callable[[int, int], None]  # called with the number of parts that are done, and of all


def record(
    assignment: Assignment,
    language: str,
    questions: Sequence[str] = (),
    share: float = 1.0,
    step: Step = lambda done, total: None,
) -> PublicChecks:
    """Everything public of an assignment, with recorded results in place of its solution.

    Raises AssignmentError for a slip of the author, and for a value that the file cannot hold.
    """
    # As everywhere on the trusted side: many threads on small tensors cost more time than they save.
    torch.set_num_threads(1)
    without: frozenset[Test] = frozenset()
    while True:
        part = replace(public_part(assignment, questions, share, without), language=language)
        recorder = _Recorder(part)
        try:
            checks = recorder.record(step)
            failing = recorder.failing_at_home(checks)
        finally:
            recorder.close()
        if not failing:
            return checks
        originals = [test for q in assignment.questions for test in q.tests]
        without |= {test for test in originals if any(test.source is other.source for other in failing)}


@dataclass
class _Recorder:
    part: Assignment

    def __post_init__(self) -> None:
        self.references = References(self.part, salt="")
        # Students may know the names of the solution that they are asked for.
        self.names = {n for q in self.part.questions for n in (*q.names, *q.snippets)} | names_of(self.part.given)
        self.changed: dict[str, str] = {}

    def close(self) -> None:
        assert isinstance(self.references.author, AuthorProcess)
        self.references.author.close()

    def record(self, step: Step) -> PublicChecks:
        a = self.part
        found: list[RecordedQuestion] = []
        self.references.prepare(all_places(a, ()))
        for question in a.questions:
            found.append(self._question(question))
            step(len(found), len(a.questions))
        questions = tuple(found)
        shown = {name for q in questions for test in q.tests for case in test.cases for name in case.mistakes}
        sources = [*a.helpers, *(s for q in a.questions for s in (*q.helpers, *(t.source for t in q.tests)))]
        return PublicChecks(
            format=FORMAT,
            grader=__version__,
            assignment=RecordedAssignment(
                **same_fields(RecordedAssignment, a)
                | {"data": tuple(sorted(mentions(sources, a.data))), "python": OWN_PYTHON}
            ),
            questions=questions,
            given=_codes(a.given),
            helpers=_codes(a.helpers),
            mistakes=tuple(
                RecordedMistake(
                    m.name, m.question, m.hint, tuple(map(self._known, sorted(m.changes))), m.also, m.repeats
                )
                for m in a.mistakes
                if m.name in shown
            ),
        )

    def _known(self, name: str) -> str:
        """A name that students know, or a word in its place: only whether two mistakes share it matters."""
        return name if name in self.names else self.changed.setdefault(name, f"#{len(self.changed) + 1}")

    def _question(self, q: Question) -> RecordedQuestion:
        return RecordedQuestion(
            **same_fields(RecordedQuestion, q)
            | {
                "tests": tuple(self._test(q, FromTest(q, test, k, self.references)) for k, test in enumerate(q.tests)),
                "needs": tuple(id for id in q.needs if id in {other.id for other in self.part.questions}),
                "helpers": _codes(q.helpers),
                "stand_ins": tuple(RecordedStandIn(s.names, s.source.code) for s in q.stand_ins),
                "accepts": tuple(q.accepts),
            }
        )

    def _test(self, question: Question, line: FromTest) -> RecordedTest:
        test = line.test
        trusted = released_functions(self.part, question, test)
        assert trusted is not None  # or the test would not be in this part
        return RecordedTest(
            **same_fields(RecordedTest, test)
            | {
                "source": test.source.code,
                "cases": tuple(self._case(question, line, case, trusted) for case in test.cases),
                "trusted": trusted.code,
                "functions": tuple(sorted(test.functions & {"expected", "judge"})),
            }
        )

    def _case(self, question: Question, line: FromTest, case: Case, trusted: Source) -> RecordedCase:
        test = line.test
        place = Place(question.id, line.number, test.cases.index(case))
        where = f"question {question.id}, test {test.title.render('en')}, case {case.title.render('en')}"
        reference = self.references.of(place)
        if reference.unavailable:
            raise AssignmentError(f"{where}: cannot be released from this machine: {reference.unavailable}")
        unread = set() if uses_right(trusted) else set(reference.read)
        # `judge` may compare exactly with what the solution gives.
        precision = None if uses_right(trusted) else _precision(test, 4)
        seconds = limit_of(self.part, place)
        tells = REPLAY not in reference.values and _is_right(line.alone(case))
        try:
            return RecordedCase(
                title=case.title,
                seed=case.seed,
                sizes=_values(case.sizes),
                draws=_values({name: t for name, t in reference.drawn.items() if t.numel() <= MOST_DRAWN}),
                reference=RecordedReference(
                    values={
                        name: None if name == REPLAY or name in unread else value_as_json(value, precision)
                        for name, value in reference.values.items()
                    },
                    musts=tuple(sorted(reference.musts)),
                    in_place=reference.in_place,
                    given=_values(reference.given),
                    statements=tuple((s["label"], float(s.get("weight", 1.0))) for s in reference.statements),
                    read=tuple(sorted(reference.read)),
                    dtypes=dict(reference.dtypes),
                ),
                accepts={
                    convention: _values(self.references.author.ask("accepted", seconds, place, convention), precision)
                    for convention in question.accepts
                },
                mistakes=dict(self._mistakes(question, line, case)) if tells else {},
                tells=tells,
            )
        except AssignmentError as error:
            raise AssignmentError(f"{where}: {error}") from error

    def _mistakes(self, question: Question, line: FromTest, case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
        precision = _precision(line.test, 2)
        for mistake in self.part.mistakes:
            if mistake.question == question.id and (found := line.alone(case, mistake.name)) is not None:
                try:
                    wrong = _values({n: v for n, v in found.values.items() if n in found.wrong}, precision)
                except AssignmentError:
                    continue  # a mistake may return anything; what the file cannot hold is not compared
                if wrong:
                    yield mistake.name, wrong

    def failing_at_home(self, checks: PublicChecks) -> list[Test]:
        """The tests whose released functions do not say without the solution what they say with it."""
        home = released(checks)
        author = AuthorProcess(home.assignment, "", home.raw)
        failing = []
        try:
            for place in all_places(self.part, ()):
                test = self.part.question(place.question).tests[place.test]
                if test.functions & {"expected", "judge"} and test not in failing:
                    seen = self.references.raw[place]["values"]
                    seconds = limit_of(self.part, place)
                    try:
                        ours = author.ask("assess", seconds, place, seen)
                    except AuthorStopped:
                        failing.append(test)
                        continue
                    if not _same(ours, self.references.author.ask("assess", seconds, place, seen)):
                        failing.append(test)
        finally:
            author.close()
        return failing


def _same(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    if ours["fault"] or ours["read"] != theirs["read"] or ours["expected"].keys() != theirs["expected"].keys():
        return False
    parts = [[(s["label"], s["kind"], s.get("ok")) for s in found["statements"]] for found in (ours, theirs)]
    if parts[0] != parts[1]:
        return False
    return all(alike(value, theirs["expected"][name], FLOAT32) for name, value in ours["expected"].items())


def _is_right(found: Any) -> bool:
    return found is not None and not found.wrong


def _precision(test: Test, more: int) -> Precision:
    """The digits of a number that is compared within the test's tolerance: `more` than the tolerance has."""
    rtol, atol = test.tolerance.rtol, test.tolerance.atol
    return Precision(
        max(DIGITS if more > 2 else 0, more + math.ceil(-math.log10(rtol))) if rtol > 0 else 2 * DIGITS,
        max(DECIMALS, more + math.ceil(-math.log10(atol))) if atol > 0 else 2 * DECIMALS,
    )


def _values(values: Mapping[str, Any], precision: Precision | None = None) -> dict[str, Any]:
    return {name: value_as_json(value, precision) for name, value in values.items()}


def _codes(sources: Sequence[Source]) -> tuple[str, ...]:
    return tuple(source.code for source in sources)
