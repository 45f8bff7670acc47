"""The public part of an assignment: its public cases, with the results of right answers and known mistakes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from .. import __version__
from ..assignment.cases import Case, Draw
from ..assignment.spec import Assignment, Check, Misconception, Probe, Question
from ..errors import AssignmentError
from ..judging.checks import KINDS, Figures, Values
from ..judging.judge import Judge
from ..judging.local_implementation import LocalImplementation
from ..judging.suspects import alike
from ..self_check.old_checks_json import (
    FORMAT,
    PublicChecks,
    Record,
    RecordedAssignment,
    RecordedCase,
    RecordedCheck,
    RecordedMisconception,
    RecordedMistake,
    RecordedQuestion,
    value_as_json,
)


def public_part(assignment: Assignment, questions: Sequence[str] = (), share: float = 1.0) -> Assignment:
    """The assignment without hidden cases, and without checks that have only hidden cases or a private probe.

    `questions` keeps these questions and those on which they build. `share` keeps that part of each check's public
    cases, at least one. Raises AssignmentError for a check with public cases whose kind cannot be recorded.
    """
    if not 0 < share <= 1:
        raise AssignmentError(
            f"a share of {share:g} of the public cases is out of range: give more than 0 and at most 1"
        )
    wanted = {q.id for q in assignment.only(tuple(questions))}
    for question in reversed(assignment.questions):
        if question.id in wanted:
            wanted |= set(question.needs)
    kept = [
        replace(q, checks=tuple(_public_checks(q, assignment, share))) for q in assignment.questions if q.id in wanted
    ]
    questions_left = tuple(q for q in kept if q.checks or q.reviewed)
    ids = {q.id for q in questions_left}
    return replace(
        assignment,
        questions=tuple(replace(q, needs=tuple(id for id in q.needs if id in ids)) for q in questions_left),
        misconceptions=tuple(
            replace(m, also=tuple(id for id in m.also if id in ids))
            for m in assignment.misconceptions
            if m.question in ids
        ),
    )


def _public_checks(question: Question, assignment: Assignment, share: float) -> Iterator[Check]:
    probes = set(assignment.probes.values())
    for check in question.checks:
        if isinstance(check, Figures):
            yield check
            continue
        cases = [case for case in check.cases if case.public]
        if not cases or (isinstance(check, Values) and check.probe not in probes):
            continue  # a check that stays with the instructor may be of any kind
        if isinstance(check, Values) and KINDS.get(type(check).__name__) is type(check):
            yield replace(check, cases=tuple(cases[: math.ceil(share * len(cases))]))
        else:
            raise AssignmentError(
                f"the check {check.title.en!r} of question {question.id} is of the kind {type(check).__name__}, "
                f"which a release cannot hold: use {', '.join(KINDS)} or Figures, or give it hidden cases only"
            )


def record(assignment: Assignment, language: str, questions: Sequence[str] = (), share: float = 1.0) -> PublicChecks:
    """Everything public of an assignment, with recorded values in place of its solution.

    Raises AssignmentError if the assignment names no probes that may leave.
    """
    if not assignment.probes:
        raise AssignmentError(
            f"assignment {assignment.name!r} names no probes: add probes={{name: probe, ...}} in its table, "
            "those that students may have"
        )
    part = public_part(assignment, questions, share)
    # As everywhere on the trusted side: many threads on small tensors cost more time than they save.
    torch.set_num_threads(1)
    return _Recorder(replace(part, language=language)).record()


@dataclass(frozen=True)
class _Place:
    """A probe and a case of a question, with the check that has the finest tolerance for them."""

    question: Question
    check: Values
    case: Case


class _Recorder:
    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.reference = Judge(assignment, salt="").reference
        self.names = {probe: name for name, probe in assignment.probes.items()}
        self.cases: list[Case] = []
        self.draws: dict[int, dict[str, Any]] = {}

    def record(self) -> PublicChecks:
        a = self.assignment
        for case in (case for q in a.questions for check in q.checks for case in check.cases):
            if not any(case is known for known in self.cases):
                self.cases.append(case)
        records = [self._record(place) for place in self._places()]
        shown = {mistake.name for record in records for mistake in record.mistakes}
        depending = [self.cases[record.case] for record in records if record.depends]
        traced = {m.name: self._traces(m.changes, depending) for m in a.misconceptions}
        sources = sorted({text for texts in (a.supplies, a.repairs, a.oracle) for text in texts.values()})
        numbers = {text: number for number, text in enumerate(sources)}
        supplies, repairs, oracle = (
            {name: numbers[text] for name, text in texts.items()} for texts in (a.supplies, a.repairs, a.oracle)
        )
        return PublicChecks(
            format=FORMAT,
            grader=__version__,
            assignment=RecordedAssignment(a.name, a.title, a.language, a.scale, a.limits),
            questions=tuple(self._question(q) for q in a.questions),
            cases=tuple(
                RecordedCase(
                    c.title, c.seed, value_as_json(dict(c.sizes), exact=True), value_as_json(self._draws(n), exact=True)
                )
                for n, c in enumerate(self.cases)
            ),
            records=tuple(records),
            misconceptions=tuple(
                RecordedMisconception(m.name, m.question, m.hint, tuple(m.changes), traced[m.name])
                for m in a.misconceptions
                if m.name in shown or traced[m.name]
            ),
            sources=tuple(sources),
            supplies=supplies,
            repairs=repairs,
            oracle=oracle,
            traces=self._traces(a.reference, depending),
        )

    def _traces(self, functions: Mapping[str, Any], cases: Sequence[Case]) -> dict[str, list[Any]]:
        """The traces of these functions in cases whose values cannot be recorded; none without a tracer."""
        found = {
            name: [trace for case in cases if (trace := tracer(functions[name], case)) is not None]
            for name, tracer in self.assignment.tracers.items()
            if name in functions
        }
        return {name: traces for name, traces in found.items() if traces}

    def _draws(self, number: int) -> dict[str, Any]:
        return self.draws.get(number, {})

    def _number(self, case: Case) -> int:
        return next(number for number, known in enumerate(self.cases) if known is case)

    def _places(self) -> Iterator[_Place]:
        """Each probe and case once; if several checks use them, with the check that has the finest tolerance."""
        places: dict[tuple[Probe, Case], _Place] = {}
        for question in self.assignment.questions:
            for check in question.checks:
                for case in check.cases if isinstance(check, Values) else ():
                    assert isinstance(check, Values)
                    before = places.get((check.probe, case))
                    if before is None or check.tolerance.rtol < before.check.tolerance.rtol:
                        places[check.probe, case] = _Place(question, check, case)
        yield from places.values()

    def _question(self, question: Question) -> RecordedQuestion:
        return RecordedQuestion(
            id=question.id,
            title=question.title,
            checks=tuple(self._check(check) for check in question.checks),
            points=question.points,
            reviewed=question.reviewed,
            bonus=question.bonus,
            names=question.names,
            snippets=dict(question.snippets),
            needs=question.needs,
            repaired_by=question.repaired_by,
            carried=question.carried,
            attempted=question.attempted,
            forbidden=question.forbidden,
        )

    def _check(self, check: Check) -> RecordedCheck:
        if not isinstance(check, Values):
            return RecordedCheck(type(check).__name__, check.title, share=float(check.share))
        return RecordedCheck(
            kind=type(check).__name__,
            title=check.title,
            probe=self.names[check.probe],
            cases=tuple(self._number(case) for case in check.cases),
            share=float(check.share),
            per_case=check.per_case,
            weights={name: float(weight) for name, weight in check.weights.items()},
            labels=dict(check.labels),
            tolerance=check.tolerance,
            hint=check.hint,
            refines=check.refines,
        )

    def _record(self, place: _Place) -> Record:
        probe, case = place.check.probe, place.case
        right, draw = self._tried(place, self.reference.implementation())
        number = self._number(case)
        self.draws.setdefault(number, {}).update(draw.drawn)
        if draw.given:
            return Record(self.names[probe], number, dict.fromkeys(right), depends=True)
        known = [m for m in self.assignment.misconceptions if m.question == place.question.id]
        differing = {m.name: self._differing(place, m, right) for m in known}
        return Record(
            self.names[probe],
            number,
            {name: value_as_json(value) for name, value in right.items()},
            mistakes=tuple(
                RecordedMistake(
                    mistake,
                    {name: value_as_json(value) for name, value in results.items() if value is not _ABSENT},
                    tuple(name for name, value in results.items() if value is _ABSENT),
                )
                for mistake, results in differing.items()
                if results
            ),
        )

    def _tried(self, place: _Place, implementation: LocalImplementation) -> tuple[Mapping[str, Any], Draw]:
        draw = Draw(place.case, right=self.reference.questions)
        return place.check.probe(implementation, draw), draw

    def _differing(self, place: _Place, mistake: Misconception, right: Mapping[str, Any]) -> dict[str, Any]:
        """The results that this mistake makes wrong; none if the probe stumbles over it."""
        try:
            results, _ = self._tried(place, self.reference.implementation().changed(mistake.changes))
            return {
                name: results.get(name, _ABSENT)
                for name in right
                if name not in results or not alike(results[name], right[name], place.check.tolerance)
            }
        except Exception:  # a mistake may raise anything
            return {}


_ABSENT: Any = object()
