"""Judge by a test that travels: compare its evidence with the solution's, and hear what the author's `judge` says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import torch

from ...assignment.cases import Case
from ...assignment.course import Mistake, Test
from ...assignment.spec import Question
from ...errors import CallTimedOut, EmptyCheck
from ...messages import Text, say
from ...results import Finding, Verdict
from ...sandbox.inside.case_view import REPLAY
from ...sandbox.inside.counted import calls_of
from ...sandbox.test_runs import Came
from ..author import NOTHING_SAID, Place
from ..author_side import AuthorStopped, limit_of
from ..compare import Comparison, compare, summary
from ..forms import alike_in_form
from ..references import Reference, References
from ..student_side import StudentSide
from ..trials import KnownResults, Results, TestEvidence
from .check import Judged, without_values
from .failures import describe
from .result import Result, key_of, label_of, named, stated


@dataclass(frozen=True)
class Ran:
    """One run of known mistakes: key, verdict and gap in tolerances of each result, and the values."""

    results: list[tuple[str, bool, float]]
    values: Mapping[str, Any]
    late: bool  # it gave no answer in the time of a student


@dataclass(frozen=True, eq=False)
class FromTest:
    """A test of an assignment file as a line of its question."""

    question: Question
    test: Test
    number: int  # the test's position in its question
    references: References
    convention: str = ""  # another right convention, by its name in Question.accepts
    _weights: dict[str, float] = field(default_factory=dict)

    @property
    def title(self) -> Text:
        return self.test.title

    @property
    def cases(self) -> tuple[Case, ...]:
        return self.test.cases

    @property
    def share(self) -> float:
        return self.test.share

    @property
    def per_case(self) -> bool:
        return self.test.per_case

    @property
    def hint(self) -> Text:
        return self.test.hint

    @property
    def refines(self) -> bool:
        return self.test.refines

    def weight(self, result: str) -> float:
        return self._weights.get(result, 1.0)

    @cached_property
    def _most(self) -> dict[str, int]:
        """By the names of the counts: the most calls that the test allows."""
        return {calls_of(function): most for function, most in self.test.calls.items()}

    def judge(self, student: StudentSide, case: Case) -> Judged:
        place = Place(self.question.id, self.number, self.cases.index(case))
        reference = self.references.of(place, self.convention)
        if reference.unavailable:
            untried = say("not tried on this machine: {reason}", reason=reference.unavailable)
            return Judged(self, case, (Finding(Verdict.SKIPPED, untried, **self._heading(case)).with_(scored=False),))
        came = student.came(place)
        results, assessed = self._results(place, case, came, reference)
        fault = str(assessed["fault"])
        found = {result.name: result for result in results}
        findings = [
            self._finding(name, found.get(name), came, student, case, fault) for name in self._names(reference, found)
        ]
        if not findings:
            raise EmptyCheck(f"{self.title.en!r} of question {self.question.id} compares nothing")
        broken = next((r for r in results if r.must and not r.comparison.passed), None)
        if broken is not None:
            findings = [self._taken_away(f, broken) if f.passed else f for f in findings]
        actual = {key_of(r.name): r.actual for r in results}
        wrong = [key_of(r.name) for r in results if not r.comparison.passed]
        rows = cache(lambda: self._rows(place, came, reference))
        evidence = TestEvidence(
            place, case, actual, wrong, self.test.tolerance,
            tried=lambda sets: self._shared(place, case, sets, came, reference, rows()),
            keeps=REPLAY not in reference.values, runs=cache(lambda: self._known(rows())),
        )  # fmt: skip
        flags, forbidden = (tuple(map(label_of, assessed.get(kind, ()))) for kind in ("flags", "forbidden"))
        return Judged(self, case, tuple(findings), evidence if actual else None, flags, forbidden)

    def refuse(self, student: StudentSide, case: Case, finding: Finding) -> Judged:
        place = Place(self.question.id, self.number, self.cases.index(case))
        names: list[str] = [""]
        if self.share > 0 and not self.question.attempted:
            names = self._names(self.references.of(place), {}) or [""]
        return Judged(self, case, tuple(
            finding.with_(result=key_of(name) if name else "", label=label_of(name), **self._heading(case))
            for name in names
        ))  # fmt: skip

    # Results

    def _names(self, reference: Reference, found: Mapping[str, Result]) -> list[str]:
        """The names of the case's results: those of the solution, and statements that were made of the student only."""
        compared = [n for n in reference.values if n not in reference.read and n != REPLAY]
        stated = [s["label"] for s in reference.statements]
        names = list(dict.fromkeys([*compared, *stated, *found]))
        for name in names:
            weights = self.test.weights
            own = next((s["weight"] for s in reference.statements if s["label"] == name), 1.0)
            if name in reference.musts or name in self._most:
                own = 0.0
            elif name in found and found[name].weight is not None and name not in stated:
                own = float(found[name].weight or 0.0)
            halves = [half.strip() for half in name.split("|")]
            self._weights[key_of(name)] = next((weights[h] for h in (*halves, key_of(name)) if h in weights), own)
        return names

    def _results(
        self, place: Place, case: Case, came: Came, reference: Reference
    ) -> tuple[list[Result], Mapping[str, Any]]:
        """The named results that came, in the reference's order, and what the author's own code said of them."""
        values = {name: value for name, value in came.values.items() if name in reference.values or "@" in name}
        assessed: Mapping[str, Any] = {"expected": {}, "statements": [], "read": [], "fault": ""}
        if values and self.test.functions & {"expected", "judge"}:
            assessed = self._assessed(place, values, reference)
        return self._compared(case, values, reference, assessed), assessed

    def _assessed(self, place: Place, values: Mapping[str, Any], reference: Reference) -> Mapping[str, Any]:
        """What the author's code says. It gets the evidence that `judge` read of the solution, and all if it asks."""
        wanted = reference.read if "expected" not in self.test.functions else values.keys()
        sent = {name: value for name, value in values.items() if name in wanted}
        unsent = [name for name in values if name not in sent]
        author, seconds = self.references.author, limit_of(self.references.assignment, place)
        try:
            found = author.ask("assess", seconds, place, sent, unsent)
            return found or author.ask("assess", seconds, place, values)  # type: ignore[no-any-return]
        except AuthorStopped as error:
            return {"expected": {}, "statements": [], "read": [], "fault": str(error)}

    def _compared(
        self, case: Case, values: Mapping[str, Any], reference: Reference, assessed: Mapping[str, Any]
    ) -> list[Result]:
        expected = {**reference.values, **assessed["expected"]}
        read = reference.read | set(assessed["read"])
        results = []
        for name, right in expected.items():
            if name in read or name == REPLAY:
                continue
            if name in self._most:
                results += [self._counted(name, values[name])] if name in values else []
                continue
            candidates = [values[name]] if name in values else _unsuffixed(name, values)
            if not candidates:
                continue
            tried = [(value, self._compare(name, value, right, case, reference)) for value in candidates]
            value, comparison = next((pair for pair in tried if pair[1].passed), tried[0])
            if comparison.passed or name in values:
                results.append(Result(name, value, comparison, right, must=name in reference.musts))
        results += [
            stated(s, self.test.tolerance, case.sizes)
            for s in assessed["statements"]
            if isinstance(s.get("label"), str)
        ]
        return results

    def _compare(self, name: str, actual: Any, right: Any, case: Case, reference: Reference) -> Comparison:
        label = named(name)
        if name in reference.dtypes and isinstance(actual, torch.Tensor):
            dtype = str(actual.dtype)
            if dtype != reference.dtypes[name]:
                message = say("{name} has the dtype {actual}, expected {expected}", name=label, actual=dtype,
                              expected=reference.dtypes[name])  # fmt: skip
                return Comparison(Verdict.FAILED, message, say("{name} has the wrong dtype", name=label), 1)
        actual, right = alike_in_form(actual, right)
        return compare(label, actual, right, self.test.tolerance, case.sizes)

    def _counted(self, name: str, count: Any) -> Result:
        """The result of a count of calls; it can only take points away."""
        label, most = named(name), self._most[name]
        shown = {"name": label, "value": summary(count), "bound": most}
        if type(count) is int and 0 <= count <= most:
            right = say("{name} is {value}, as expected", name=label, value=shown["value"])
            return Result(name, count, Comparison(Verdict.PASSED, right, right, 1), True, 0.0, must=True)
        wrong = say("{name} is {value}; at most {bound} is allowed", **shown)
        category = say("{name} is not within the bound", name=label)
        return Result(name, count, Comparison(Verdict.FAILED, wrong, category, 1), None, 0.0, must=True)

    def _rows(self, place: Place, came: Came, reference: Reference) -> str | None:
        """A digest of the student's rows, "" where a test has its own; None for rows that cannot be read."""
        if REPLAY not in reference.values:
            return ""
        try:
            seconds = limit_of(self.references.assignment, place)
            return str(self.references.author.ask("rows", seconds, place, dict(came.values)))
        except AuthorStopped:
            return None

    def _known(self, rows: str | None) -> KnownResults:
        """The runs of mistakes that are known here: of all students, or of those with the same rows."""
        if rows == "":
            return self.references.known
        return self.references.on(rows) if rows is not None else {}

    def _shared(
        self,
        place: Place,
        case: Case,
        sets: Sequence[tuple[str, ...]],
        came: Came,
        reference: Reference,
        rows: str | None,
    ) -> list[Results | None]:
        """As `_tried`, where other judges may have run some of these sets, and hear of the others."""
        shared = self.references.shared
        if shared is None or rows is None:
            return self._tried(place, case, sets, came, reference)
        found = shared.found((place, rows, names) for names in sets)
        left = [names for names in sets if (place, rows, names) not in found]
        ran = self._tried(place, case, left, came, reference) if left else []
        made = {(place, rows, names): results for names, results in zip(left, ran, strict=True)}
        shared.add(made)
        found |= made
        return [found[place, rows, names] for names in sets]

    def _tried(
        self, place: Place, case: Case, sets: Sequence[tuple[str, ...]], came: Came, reference: Reference
    ) -> list[Results | None]:
        """The results of sets of known mistakes in the student's place; None where they raise or never end."""
        seen = dict(came.values) if REPLAY in reference.values else None
        seconds = limit_of(self.references.assignment, place) * len(sets)  # each has a limit of its own too
        try:
            all_ran = self.references.author.ask("trials", seconds, place, [list(names) for names in sets], seen)
        except AuthorStopped:
            if len(sets) == 1:
                return [None]
            return [found for names in sets for found in self._tried(place, case, [names], came, reference)]
        return [self._results_of(case, ran, reference) for ran in all_ran]

    def _results_of(self, case: Case, ran: Mapping[str, Any], reference: Reference) -> Results | None:
        if ran["raised"] is not None and not ran["values"]:
            return None
        results = self._compared(case, ran["values"], reference, ran)
        return Results(
            {key_of(r.name): r.actual for r in results},
            frozenset(key_of(r.name) for r in results if not r.comparison.passed),
        )

    def with_mistakes(self, case: Case, sets: Sequence[tuple[str, ...]]) -> list[Ran]:
        """The runs of sets of known mistakes in the student's place; [] for a case that cannot be tried here.

        In students' precision, against the solution in float64. A result that does not come fails, infinitely far off.
        Judges that share runs get these too.
        """
        place = Place(self.question.id, self.number, self.cases.index(case))
        reference = self.references.of(place)
        if reference.unavailable:
            return []
        seconds = limit_of(self.references.assignment, place) * len(sets)
        try:
            all_ran = self.references.author.ask("trials", seconds, place, [list(names) for names in sets], None)
        except AuthorStopped as stopped:
            if len(sets) > 1:
                return [ran for names in sets for ran in self.with_mistakes(case, [names])]
            late = "no answer" in str(stopped)
            all_ran = [{"values": {}, "raised": {}, "late": late, "seconds": 0.0, **NOTHING_SAID}]
        if self.references.shared is not None and REPLAY not in reference.values:
            made = {(place, "", names): self._results_of(case, ran, reference)
                    for names, ran in zip(sets, all_ran, strict=True)}  # fmt: skip
            self.references.shared.add(made)
        found = []
        for ran in all_ran:
            slow = ran["seconds"] > self.references.bound(place)
            results = {} if slow else {r.name: r for r in self._compared(case, ran["values"], reference, ran)}
            named = [(key_of(name), *_outcome(results.get(name))) for name in self._names(reference, {})]
            found.append(Ran(named, {r.name: r.actual for r in results.values()}, ran["late"]))
        return found

    def alone(self, case: Case, *mistakes: str) -> Results | None:
        """The results of known mistakes where no student has an influence on them; None if they raise."""
        place = Place(self.question.id, self.number, self.cases.index(case))
        return self._tried(place, case, [mistakes], Came(), self.references.of(place))[0]

    def raising(self, student: StudentSide, case: Case, mistakes: Sequence[Mistake]) -> Mistake | None:
        """The known mistake that ends the test as the student's code did in this case.

        It raises the same exception, as its cell says, or it takes longer than the test's relative bound too.
        """
        place = Place(self.question.id, self.number, self.cases.index(case))
        bound = self.references.bound(place)
        if self.references.of(place).unavailable or not (bound < math.inf or any(m.raises for m in mistakes)):
            return None
        error = student.error(place)
        kind = getattr(error, "kind", "")
        slow = isinstance(error, CallTimedOut) and bound < math.inf
        known = [m for m in mistakes if slow or (kind and m.raises == kind)]
        if not known:
            return None
        seconds = limit_of(self.references.assignment, place) * len(known)
        try:
            ran = self.references.author.ask("trials", seconds, place, [[m.name] for m in known], None)
        except AuthorStopped:
            return None
        for mistake, one in zip(known, ran, strict=True):
            if one["seconds"] > bound if slow else one["raised"] and one["raised"]["kind"] == kind:
                return mistake
        return None

    # Findings

    def _heading(self, case: Case) -> dict[str, Any]:
        return {"check": self.title, "case": case.title, "public": case.public, "scored": self.share > 0}

    def _finding(
        self, name: str, result: Result | None, came: Came, student: StudentSide, case: Case, fault: str
    ) -> Finding:
        key, label = key_of(name), label_of(name)
        if result is None:
            return self._absent(name, came, student, case, fault).with_(result=key, label=label)
        comparison, expected = result.comparison, result.expected
        if comparison.compared == 0 and comparison.verdict is not Verdict.MISSING:
            raise EmptyCheck(f"{self.title.en!r} compared nothing for {name!r}")
        passed = comparison.verdict is Verdict.PASSED
        fact = isinstance(expected, bool) or expected is None
        finding = Finding(
            comparison.verdict,
            comparison.message,
            compared=comparison.compared,
            result=key,
            label=label,
            expected=summary(_like(expected, result.actual)) if case.public and not fact else "",
            actual=summary(result.actual) if case.public and not fact else "",
            cause=comparison.cause,
            hint=self.hint if comparison.verdict is Verdict.FAILED else Text(),
            relative_error=_finite(comparison.relative_error) if self.test.relative_error else None,
            largest_gap=_finite(comparison.largest_gap),
            difference=comparison.difference,
            partial=0.0 if passed else result.partial,
            reproduce="" if passed else student.repeated(self.test, case),
            **self._heading(case),
        )
        return without_values(finding, comparison.category)

    def _absent(self, name: str, came: Came, student: StudentSide, case: Case, fault: str) -> Finding:
        """The finding for a result that did not come."""
        if came.error is not None:
            verdict, message = describe(came.error, public=case.public)
            place = Place(self.question.id, self.number, self.cases.index(case))
            if isinstance(came.error, CallTimedOut) and came.error.seconds == self.references.bound(place):
                message = say(
                    "your code takes more than {factor} times as long as the solution: is there a loop that one "
                    "operation on whole tensors replaces?",
                    factor=f"{self.test.faster_than:g}",
                )
            line = getattr(came.error, "line", 0) if case.public else 0
            source = self.test.source.code.splitlines()
            return Finding(
                verdict,
                message,
                called=source[line - 1].strip() if 0 < line <= len(source) else "",
                traceback=tuple(student.trace_line(f) for f in getattr(came.error, "frames", ()))
                if case.public
                else (),
                reproduce=student.repeated(self.test, case),
                **self._heading(case),
            )
        if fault:
            message = say("this could not be judged with what your code returned")
            return Finding(Verdict.FAILED, message, reproduce=student.repeated(self.test, case), **self._heading(case))
        missing = say("{name} was not computed", name=named(name))
        return Finding(Verdict.MISSING, missing, **self._heading(case))

    def _taken_away(self, finding: Finding, broken: Result) -> Finding:
        comparison = broken.comparison
        message = comparison.message if finding.public else comparison.category
        return finding.with_(verdict=Verdict.FAILED, message=message, hint=self.hint, expected="", actual="")


def _outcome(result: Result | None) -> tuple[bool, float]:
    """Whether a result passes, and its gap in tolerances."""
    passed = result is not None and result.comparison.passed
    gap = result.comparison.largest_gap if result is not None else None
    return passed, (0.0 if passed else math.inf) if gap is None else gap


def _unsuffixed(name: str, values: Mapping[str, Any]) -> list[Any]:
    """The values of assignments to a snippet's plain name, where "dL_duk_relu" has none of its own."""
    return [v for key, v in values.items() if "@" in key and name.startswith(f"{key.partition('@')[0]}_")]


def _finite(number: float | None) -> float | None:
    """The number if JSON can hold it, else None; the message says where NaN or inf was found."""
    return number if number is not None and abs(number) < torch.inf else None


def _like(expected: Any, actual: Any) -> Any:
    """The expected value in the precision of the actual one, so that the page shows both in the same form."""
    if isinstance(expected, torch.Tensor) and isinstance(actual, torch.Tensor) and actual.is_floating_point():
        return expected.to(actual.dtype)
    return expected
