"""The solution's own results: computed once per run, before any student code, and shared by all submissions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..assignment.spec import Assignment
from ..errors import AssignmentError
from ..sandbox.inside.wire import decode, encode
from ..sandbox.test_runs import TestRuns
from .author import Place
from .author_side import AuthorSide, AuthorStopped, all_places, limit_of
from .shared_runs import SharedRuns
from .trials import KnownResults

# The least relative bound. The kernel counts CPU time in steps of 0.01 s, and the first use of a function may load a
# library.
LEAST_BOUND_S = 0.2
# Data sets of students for which the runs of mistakes are kept: classmates often draw the same rows.
MOST_ROWS = 100


@dataclass(frozen=True)
class Reference:
    """The solution's results in one case, as judging.author.Author.reference returns them."""

    values: Mapping[str, Any] = field(default_factory=dict)
    musts: frozenset[str] = frozenset()
    in_place: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    statements: Sequence[Mapping[str, Any]] = ()
    read: frozenset[str] = frozenset()  # evidence that `judge` reads, so it is not compared
    dtypes: Mapping[str, str] = field(default_factory=dict)
    drawn: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0  # of CPU time, where the test has a bound that is relative to it
    unavailable: str = ""


@dataclass
class References:
    """Everything that the judge knows of the author's side of an assignment."""

    assignment: Assignment
    salt: str
    author: AuthorSide = None  # type: ignore[assignment]  # None: a process of its own
    raw: dict[Place, Mapping[str, Any]] = field(default_factory=dict)
    known: KnownResults = field(default_factory=dict)
    on_rows: dict[str, KnownResults] = field(default_factory=dict)  # on students' rows, by the rows' digest
    shared: SharedRuns | None = None  # with other judges
    # Of judging.student_side, by question and whether the cases are public.
    requests: dict[tuple[str, bool], tuple[list[Place], TestRuns]] = field(default_factory=dict)
    lines: dict[tuple[Place, tuple[str, ...]], str] = field(default_factory=dict)  # of judging.repeat
    _accepted: dict[tuple[Place, str], Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.author is None:
            from .author_process import AuthorProcess  # there is none on Windows, where only releases are judged

            self.author = AuthorProcess(self.assignment, self.salt, self.raw)

    def resalt(self, salt: str) -> None:
        """Go on with another salt: what is known is forgotten."""
        self.salt = salt
        self.shared = None
        for known in (self.raw, self.known, self.on_rows, self.requests, self._accepted):
            known.clear()
        self.author.resalt(salt)

    def of(self, place: Place, convention: str = "") -> Reference:
        """The solution's results in a case, or those of another right convention.

        Raises AssignmentError for a slip of the author.
        """
        if convention:
            own = self.of(place)
            if (place, convention) not in self._accepted and not own.unavailable:
                seconds = limit_of(self.assignment, place)
                self._accepted[place, convention] = self.author.ask("accepted", seconds, place, convention)
            return replace(own, values={**own.values, **self._accepted.get((place, convention), {})})
        if place not in self.raw:
            self.prepare([p for p in all_places(self.assignment, [place.question]) if p not in self.raw])
        raw = self.raw[place]
        if "unavailable" in raw:
            return Reference(unavailable=raw["unavailable"])
        return Reference(
            values=raw["values"], musts=frozenset(raw["musts"]), in_place=tuple(raw["in_place"]), given=raw["given"],
            statements=raw["statements"], read=frozenset(raw["read"]), dtypes=raw.get("dtypes", {}),
            drawn=raw["drawn"], seconds=raw.get("seconds", 0.0),
        )  # fmt: skip

    def bound(self, place: Place) -> float:
        """Seconds of CPU time that the test's `faster_than` allows in a case; inf without one."""
        factor = self.assignment.question(place.question).tests[place.test].faster_than
        own = self.of(place).seconds if factor else 0.0
        return max(LEAST_BOUND_S, factor * own) if own else math.inf

    def dumped(self) -> bytes:
        """The results of the solution that are known, for `load` in another process."""
        return encode([[p.question, p.test, p.case, raw] for p, raw in self.raw.items()])

    def load(self, dumped: bytes) -> None:
        """Take over what another process has computed."""
        self.raw.update({Place(*place): raw for *place, raw in decode(dumped)})

    def on(self, rows: str) -> KnownResults:
        """The runs of mistakes on students' rows with this digest; rows that were not met for long are forgotten."""
        known = self.on_rows[rows] = self.on_rows.pop(rows, {})
        if len(self.on_rows) > MOST_ROWS:
            del self.on_rows[next(iter(self.on_rows))]
        return known

    def prepare(self, places: Sequence[Place], *, again: bool = True) -> None:
        """Compute these cases, all in one request; after an error `again`, each one alone."""
        if not places:
            return
        seconds = sum(limit_of(self.assignment, place) for place in places)
        asked = [(p.question, p.test, p.case) for p in places]
        try:
            self.raw.update(zip(places, self.author.ask("references", seconds, asked), strict=True))
        except AuthorStopped as error:
            if not again:
                question = self.assignment.question(places[0].question)
                test = question.tests[places[0].test]
                case = test.cases[places[0].case]
                raise AssignmentError(
                    f"{test.source.file}, line {test.source.line}, question {question.id}, test "
                    f"{test.title.render('en')}, case {case.title.render('en')}: the solution gives {error}"
                ) from None
            for place in places:
                self.prepare([place], again=False)
