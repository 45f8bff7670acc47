"""The assignment in a folder of public checks: tests with their public cases, and recorded results, no solution."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..assignment.cases import Case
from ..assignment.course import Mistake, Source, StandIn, Test
from ..assignment.spec import Assignment, Question
from ..errors import AssignmentError
from ..judging.author import Author, Place
from ..judging.author_side import AuthorHere, AuthorStopped
from ..judging.judge import Judge
from ..judging.references import References
from ..judging.trials import KnownResults, Results
from .checks_json import (
    PublicChecks,
    RecordedCase,
    RecordedQuestion,
    RecordedReference,
    RecordedTest,
    read,
    same_fields,
    value_from_json,
)
from .find_checks import FILE

Accepted = dict[tuple[Place, str], Mapping[str, Any]]


@dataclass(frozen=True)
class Released:
    """Public checks, ready to judge; they contain nothing of the solution."""

    assignment: Assignment
    raw: Mapping[Place, Mapping[str, Any]]
    known: KnownResults
    accepted: Accepted
    folder: Path | None = None
    python: str = ""  # the version that grades; "" where an older grader recorded the checks

    def judge(self, only: tuple[str, ...] = ()) -> Judge:
        """A judge that compares with the recorded values."""
        raw = dict(self.raw)
        author = RecordedAuthor(Author(self.assignment, "", raw), self.accepted)
        references = References(self.assignment, "", author, raw, dict(self.known))
        return Judge(self.assignment, salt="", only=only, references=references)


class RecordedAuthor(AuthorHere):
    """The author's side of a release: functions that use no solution run here, and everything else is recorded."""

    def __init__(self, author: Author, accepted: Accepted) -> None:
        super().__init__(author)
        self._accepted = accepted

    def ask(self, verb: str, seconds: float, *args: Any) -> Any:
        match verb:
            case "assess":
                return super().ask(verb, seconds, *args)
            case "accepted":
                return self._accepted.get((args[0], args[1]), {})
        raise AuthorStopped(f"a release holds no solution that could answer {verb!r}")


def load_checks(folder: Path) -> Released:
    """Read the checks of a folder; AssignmentError with one sentence if they cannot be read."""
    file = folder / FILE
    try:
        data = file.read_bytes()
    except OSError as error:
        raise AssignmentError(f"{file} cannot be read: {error.strerror}") from error
    try:
        return released(read(data), hashlib.sha256(data).hexdigest(), folder.resolve())
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError, SyntaxError) as error:
        raise AssignmentError(f"{file} cannot be read: {type(error).__name__}: {error}") from error


def released(checks: PublicChecks, fingerprint: str = "", folder: Path | None = None) -> Released:
    """The assignment of public checks. `folder` has the data files of its tests."""
    about = checks.assignment
    mistakes = (
        Mistake(**same_fields(Mistake, m) | {"source": Source(""), "changes": frozenset(m.changes)})
        for m in checks.mistakes
    )
    assignment = Assignment(
        **same_fields(Assignment, about),
        questions=tuple(_question(q) for q in checks.questions),
        given=_sources(checks.given),
        helpers=_sources(checks.helpers),
        mistakes=tuple(mistakes),
        folder=folder,
        fingerprint=fingerprint,
    )
    raw: dict[Place, Mapping[str, Any]] = {}
    known: KnownResults = {}
    accepted: Accepted = {}
    for place, case in _cases(checks):
        raw[place] = _raw(case.reference, _values(case.draws))
        known[place, ()] = Results({}, frozenset()) if case.tells else None
        for name, wrong in case.mistakes.items():
            known[place, (name,)] = Results(_values(wrong), frozenset(wrong))
        for convention, values in case.accepts.items():
            accepted[place, convention] = _values(values)
    return Released(assignment, raw, known, accepted, folder, about.python)


def _cases(checks: PublicChecks) -> Iterator[tuple[Place, RecordedCase]]:
    for question in checks.questions:
        for t, test in enumerate(question.tests):
            for c, case in enumerate(test.cases):
                yield Place(question.id, t, c), case


def _raw(recorded: RecordedReference, drawn: Mapping[str, Any]) -> Mapping[str, Any]:
    """The results as judging.author.Author.reference returns them."""
    return {
        "values": _values(recorded.values),
        "musts": list(recorded.musts),
        "raised": None,
        "in_place": list(recorded.in_place),
        "given": _values(recorded.given),
        "statements": [{"label": label, "weight": weight} for label, weight in recorded.statements],
        "read": list(recorded.read),
        "dtypes": dict(recorded.dtypes),
        "drawn": drawn,
    }


def _question(recorded: RecordedQuestion) -> Question:
    return Question(
        **same_fields(Question, recorded)
        | {
            "tests": tuple(_test(test) for test in recorded.tests),
            "helpers": _sources(recorded.helpers),
            "stand_ins": tuple(StandIn(s.names, _sources((s.source,))[0]) for s in recorded.stand_ins),
            "accepts": dict.fromkeys(recorded.accepts, Source("")),
        }
    )


def _test(recorded: RecordedTest) -> Test:
    source, trusted = _sources((recorded.source, recorded.trusted))
    return Test(
        **same_fields(Test, recorded)
        | {
            "source": source,
            "cases": tuple(Case(c.title, c.seed, True, _values(c.sizes), _values(c.draws)) for c in recorded.cases),
            "trusted": trusted,
            "functions": frozenset(recorded.functions),
        }
    )


def _sources(codes: tuple[str, ...]) -> tuple[Source, ...]:
    for code in codes:
        ast.parse(code)
    return tuple(Source(code, FILE) for code in codes)


def _values(recorded: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value_from_json(value) for name, value in recorded.items()}
