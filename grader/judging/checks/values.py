"""Judge by values: run one probe on both sides and compare every named result."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any

import torch

from ...assignment.cases import Case, Draw
from ...assignment.spec import FLOAT32, Probe, Tolerance
from ...errors import EmptyCheck, Unavailable, WorkerError
from ...messages import Text, say
from ...results import Finding, Verdict
from ..compare import Comparison, compare, summary
from ..evidence import Evidence, Observation
from ..student_side import StudentSide
from .check import Judged, without_values
from .failures import describe


@dataclass(frozen=True, eq=False)
class Values:
    """Every named value that the probe returns equals the reference's, within the tolerance."""

    title: Text
    probe: Probe
    cases: tuple[Case, ...]
    _: KW_ONLY
    share: float = 1.0
    per_case: bool = False
    weights: Mapping[str, float] = field(default_factory=dict)  # by key of a result; 1 for a key that is absent
    labels: Mapping[str, Text] = field(default_factory=dict)  # by key of a result; a key that is code needs none
    tolerance: Tolerance = FLOAT32
    hint: Text = Text()
    refines: bool = False  # the hint is shown only if the question's other checks pass

    def weight(self, result: str) -> float:
        return self.weights.get(result, 1.0)

    def label(self, result: str) -> Text:
        """The text that people read for a result: its label, or its key if the key is code."""
        return self.labels.get(result, Text(result, result))

    def _name(self, result: str) -> str | Text:
        """The label or the key, as it goes into a sentence."""
        return self.labels.get(result, result)

    def judge(self, student: StudentSide, case: Case) -> Judged:
        # The reference goes first: if it raises, the fault is the grader's and no student code has run.
        try:
            names = student.reference.expected(self.probe, case)
        except Unavailable as error:
            untried = say("not tried on this machine: {reason}", reason=str(error))
            return Judged(self, case, (Finding(Verdict.SKIPPED, untried, **self._heading(case)).with_(scored=False),))
        if not names:
            raise EmptyCheck(f"the probe of {self.title.en!r} returns nothing for the reference")
        seen = student.observe(self.probe, case)
        if seen.error is not None:
            return self._refused(names, case, self._raised(seen.error, seen, student))
        expected = student.reference.expected_after(self.probe, seen.draw)
        seen = replace(seen, actual=self._completed(seen, expected))
        findings = tuple(self._finding(name, expected[name], seen, student) for name in expected)
        wrong = [f.result for f in findings if not f.passed and f.result in seen.actual]
        evidence = Evidence(self.probe, seen.draw, seen.actual, expected, wrong, self.tolerance)
        return Judged(self, case, findings, evidence)

    def refuse(self, student: StudentSide, case: Case, finding: Finding) -> Judged:
        # For a refusal, a check without points is not computed: every student gets one result without a name.
        try:
            names = student.reference.expected(self.probe, case) if self.share > 0 else {"": None}
        except Unavailable:
            names = {"": None}
        return self._refused(names, case, finding)

    def _refused(self, names: Iterable[str], case: Case, finding: Finding) -> Judged:
        findings = (finding.with_(result=name, label=self.label(name), **self._heading(case)) for name in names)
        return Judged(self, case, tuple(findings))

    def _completed(self, seen: Observation, expected: Mapping[str, Any]) -> Mapping[str, Any]:
        """The student's values. A result without a value under its own name gets the candidate that fits."""
        fitting = {
            name: value
            for name, candidates in seen.candidates.items()
            if name in expected and name not in seen.actual
            for value in candidates
            if self.compare_one(name, value, expected[name], seen.draw).passed
        }
        return {**seen.actual, **fitting}

    def compare_one(self, name: str, actual: Any, expected: Any, draw: Draw) -> Comparison:
        return compare(self._name(name), actual, expected, self.tolerance, draw.case.sizes)

    def relative_error(self, comparison: Comparison) -> float | None:
        """The relative error, for gradients only: for other values the largest gap says more."""
        return None

    def _heading(self, case: Case) -> dict[str, Any]:
        return {"check": self.title, "case": case.title, "public": case.public, "scored": self.share > 0}

    def _raised(self, error: WorkerError, seen: Observation, student: StudentSide) -> Finding:
        verdict, message = describe(error, public=seen.draw.case.public)
        return Finding(
            verdict,
            message,
            called=seen.called,
            traceback=tuple(student.trace_line(frame) for frame in getattr(error, "frames", ())),
            reproduce=seen.lines,
            **self._heading(seen.draw.case),
        )

    def _finding(self, name: str, expected: Any, seen: Observation, student: StudentSide) -> Finding:
        case, actual, label = seen.draw.case, seen.actual, self.label(name)
        if name not in actual:
            if name in seen.snippet_errors:
                return self._raised(seen.snippet_errors[name], seen, student).with_(result=name, label=label)
            missing = say("{name} was not computed", name=self._name(name))
            if seen.candidates.get(name):
                missing = say("{name} was not computed; the value of the name without the suffix does not match",
                              name=self._name(name))  # fmt: skip
            return Finding(Verdict.MISSING, missing, result=name, label=label, **self._heading(case))
        comparison = self.compare_one(name, actual[name], expected, seen.draw)
        if comparison.compared == 0 and comparison.verdict is not Verdict.MISSING:
            raise EmptyCheck(f"{self.title.en!r} compared nothing for {name!r}")
        passed = comparison.verdict is Verdict.PASSED
        # The message says whether a fact holds. Next to the last call, "True" would look like that call's result.
        fact = isinstance(expected, bool)
        finding = Finding(
            comparison.verdict,
            comparison.message,
            compared=comparison.compared,
            result=name,
            label=label,
            called="" if fact else seen.called,
            expected=summary(_like(expected, actual[name])) if case.public and not fact else "",
            actual=summary(actual[name]) if case.public and not fact else "",
            cause=comparison.cause,
            hint=self.hint if comparison.verdict is Verdict.FAILED else Text(),
            relative_error=_finite(self.relative_error(comparison)),
            largest_gap=_finite(comparison.largest_gap),
            difference=comparison.difference,
            reproduce="" if passed else seen.lines,
            **self._heading(case),
        )
        return without_values(finding, comparison.category)


def _finite(number: float | None) -> float | None:
    """The number if JSON can hold it, else None; the message says where NaN or inf was found."""
    return number if number is not None and math.isfinite(number) else None


def _like(expected: Any, actual: Any) -> Any:
    """The expected value in the precision of the actual one, so that the page shows both in the same form."""
    if isinstance(expected, torch.Tensor) and isinstance(actual, torch.Tensor) and actual.is_floating_point():
        return expected.to(actual.dtype)
    return expected
