"""Charge a known mistake once: in full where it comes first, and the named share in the questions that repeat it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from ..assignment.course import Mistake
from ..assignment.spec import Assignment, Question
from ..messages import Message, say
from ..results import Finding
from .checks.check import Judged


@dataclass
class Charged:
    """The known mistakes that one submission was charged for so far."""

    assignment: Assignment
    _where: dict[str, str] = field(default_factory=dict)  # the mistake's first name, and the question that paid for it

    def in_later(self, question: Question) -> list[Mistake]:
        """Mistakes of earlier questions with the same solution that spoil this one too, if they were charged there."""
        return [
            m for m in self.assignment.mistakes
            if question.id in m.also and self._first(m.name) in self._where
            and question.solution and self.assignment.question(m.question).solution == question.solution
        ]  # fmt: skip

    def relieved(self, judged: Sequence[Judged], question: Question) -> list[Judged]:
        """The entries, where a result that only charged mistakes spoil earns what the question leaves of it."""
        if question.again >= 1:
            return list(judged)

        def relieve(finding: Finding) -> Finding:
            known = self._is_charged(finding)
            return finding.with_(partial=max(finding.partial, 1 - question.again)) if known else finding

        return [replace(entry, findings=tuple(map(relieve, entry.findings))) for entry in judged]

    def notes(self, findings: Iterable[Finding], question: Question, share: float) -> list[Message]:
        """A sentence that names the questions where the mistakes of these findings were charged.

        `share` is what the question earns: the sentence agrees with it where other results are right, or wrong too.
        """
        names = {name for f in findings if self._is_charged(f) for name in f.misconceptions}
        where = dict.fromkeys(self._where[self._first(name)] for name in sorted(names))
        if not where or question.again >= 1:
            return []
        told = {"questions": ", ".join(where), "percent": f"{100 * question.again:g}"}
        if abs(share - (1 - question.again)) > 0.005:
            return [say("the mistake of {questions} is here again: what it spoils here loses only {percent} percent",
                        **told)]  # fmt: skip
        return [say("the mistake of {questions} is here again: it costs {percent} percent of the points here", **told)]

    def add(self, findings: Iterable[Finding], question: Question) -> None:
        """Note the mistakes that these findings of a question were charged for."""
        for finding in findings:
            if question.points and _costs(finding):
                for name in finding.misconceptions:
                    self._where.setdefault(self._first(name), question.id)

    def _is_charged(self, finding: Finding) -> bool:
        names = finding.misconceptions
        return bool(names) and _costs(finding) and all(self._first(name) in self._where for name in names)

    def _first(self, name: str) -> str:
        return _first_names(self.assignment.mistakes).get(name, name)


def repeated_in(assignment: Assignment, question: Question) -> set[str]:
    """The earlier questions with a mistake that this question repeats."""
    first, earlier = _first_names(assignment.mistakes), set[str]()
    own = {first[m.name] for m in assignment.mistakes if m.question == question.id and m.repeats}
    for other in assignment.questions:
        if other.id == question.id:
            break
        earlier.add(other.id)
    return {m.question for m in assignment.mistakes if first.get(m.name, m.name) in own} & earlier


@cache
def _first_names(mistakes: tuple[Mistake, ...]) -> Mapping[str, str]:
    """The first of all mistakes that each mistake repeats, by its name; what repeats nothing is left out."""
    found: dict[str, str] = {}
    for mistake in mistakes:
        if mistake.repeats:
            found[mistake.name] = found.get(mistake.repeats, mistake.repeats)
    return found


def _costs(finding: Finding) -> bool:
    return finding.scored and not finding.passed
