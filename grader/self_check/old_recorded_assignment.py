"""The assignment in a folder of public checks: its table, its probes, and recorded values instead of a reference."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ..assignment.cases import Case
from ..assignment.load import import_folder
from ..assignment.spec import Assignment, Check, Misconception, Probe, Question
from ..errors import AssignmentError, Unavailable
from ..judging.checks import KINDS, Figures
from ..judging.judge import Judge
from ..judging.suspects import KnownRuns, MistakeRun
from .old_checks_json import PublicChecks, RecordedCheck, RecordedMistake, RecordedQuestion, read, value_from_json
from .find_checks import FILE


@dataclass(frozen=True)
class Released:
    """Public checks, ready to judge; they contain nothing of the solution."""

    assignment: Assignment
    expected: Mapping[tuple[Probe, Case], Mapping[str, Any]]
    known: KnownRuns

    def judge(self, only: tuple[str, ...] = ()) -> Judge:
        """A judge that compares with the recorded values."""
        return Judge(self.assignment, salt="", only=only, expected=dict(self.expected), known=dict(self.known))


def load_checks(folder: Path) -> Released:
    """Read the checks of a folder; AssignmentError with one sentence if they cannot be read."""
    file = folder / FILE
    try:
        data = file.read_bytes()
    except OSError as error:
        raise AssignmentError(f"{file} cannot be read: {error.strerror}") from error
    checks = read(data)
    probes: Mapping[str, Probe] = import_folder(folder, "probes").PROBES
    try:
        return _released(checks, probes, hashlib.sha256(data).hexdigest())
    except (LookupError, TypeError, ValueError) as error:
        raise AssignmentError(f"{file} cannot be read: {type(error).__name__}: {error}") from error


def _released(checks: PublicChecks, probes: Mapping[str, Probe], fingerprint: str) -> Released:
    cases = [Case(c.title, c.seed, True, value_from_json(c.sizes), value_from_json(c.draws)) for c in checks.cases]
    about = checks.assignment
    texts = {
        kind: {name: checks.sources[number] for name, number in getattr(checks, kind).items()}
        for kind in ("supplies", "repairs", "oracle")
    }
    oracle = _executed(texts["oracle"])
    misconceptions = [
        Misconception(
            m.name,
            m.question,
            m.hint,
            {**dict.fromkeys(m.changes, _not_here), **{n: oracle[n](traces) for n, traces in m.traces.items()}},
            alone=True,
        )
        for m in checks.misconceptions
    ]
    oracle |= {name: oracle[name](traces) for name, traces in checks.traces.items()}
    assignment = Assignment(
        name=about.name,
        title=about.title,
        questions=tuple(_question(q, probes, cases) for q in checks.questions),
        scale=about.scale,
        reference=oracle,
        supplies=texts["supplies"],
        repairs=texts["repairs"],
        misconceptions=tuple(misconceptions),
        language=about.language,
        limits=about.limits,
        fingerprint=fingerprint,
    )
    expected: dict[tuple[Probe, Case], Mapping[str, Any]] = {}
    known: KnownRuns = {}
    for record in checks.records:
        probe, case = probes[record.probe], cases[record.case]
        expected[probe, case] = {name: value_from_json(value) for name, value in record.expected.items()}
        known |= {(probe, case, (m.name,)): _run(m, expected[probe, case]) for m in record.mistakes}
    return Released(assignment, expected, known)


def _question(recorded: RecordedQuestion, probes: Mapping[str, Probe], cases: list[Case]) -> Question:
    values = {f.name: getattr(recorded, f.name) for f in fields(recorded)}
    return Question(**{**values, "checks": tuple(_check(c, probes, cases) for c in recorded.checks)})


def _check(recorded: RecordedCheck, probes: Mapping[str, Probe], cases: list[Case]) -> Check:
    if recorded.kind == "Figures":
        return Figures(recorded.title, share=recorded.share)
    assert recorded.tolerance is not None
    return KINDS[recorded.kind](
        recorded.title,
        probes[recorded.probe],
        tuple(cases[number] for number in recorded.cases),
        share=recorded.share,
        per_case=recorded.per_case,
        weights=recorded.weights,
        labels=recorded.labels,
        tolerance=recorded.tolerance,
        hint=recorded.hint,
        refines=recorded.refines,
    )


def _run(mistake: RecordedMistake, right: Mapping[str, Any]) -> MistakeRun:
    """The results of a recorded mistake: the recorded ones, and the right ones elsewhere."""
    differing = {name: value_from_json(value) for name, value in mistake.results.items()}
    return MistakeRun({n: v for n, v in {**right, **differing}.items() if n not in mistake.absent}, {})


def _executed(sources: Mapping[str, str]) -> dict[str, Callable[..., Any]]:
    """The functions and classes that these texts define; the texts are the course's, like the probes."""
    found = {}
    for name, source in sources.items():
        namespace: dict[str, Any] = {"__name__": "oracle"}
        exec(compile(source, "<oracle>", "exec"), namespace)
        found[name] = namespace[name]
    return found


def _not_here(*args: Any, **kwargs: Any) -> Any:
    raise Unavailable("the results of known mistakes are recorded here, not the mistakes themselves")
