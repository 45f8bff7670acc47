"""The calls of forbidden names that one answer made while it ran, and what the page says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..assignment.spec import Assignment, Question
from ..errors import Frame
from ..forbidden.find import Use
from ..messages import Message, say
from ..results import Finding, Verdict
from ..sandbox.remote import OWN_CELL, RemoteProgram
from ..sandbox.replies import Tripped
from .reading import WrittenAnswer
from .student_side import StudentSide

# The cost of using a forbidden name: the question's points, only a message, or nothing at all.
ForbiddenPolicy = Literal["zero", "flag", "ignore"]
MOST_CALLS = 50  # of one question that are listed after a request


@dataclass
class ForbiddenCalls:
    """The forbidden calls of one answer, in all its runs; a name that is only written is listed without cost."""

    assignment: Assignment
    question: Question
    answers: Mapping[str, WrittenAnswer]  # of all questions, by id
    policy: ForbiddenPolicy
    at_load: list[Use] = field(default_factory=list)  # calls before any test
    _calls: list[Tripped] = field(default_factory=list)
    _told: list[Tripped] = field(default_factory=list)  # those of public cases: hidden inputs could choose the others

    def __post_init__(self) -> None:
        self._calls += [Tripped(use.name, use.cell, use.line) for use in self._uses() if use.certain]
        self._told += self._calls

    def __bool__(self) -> bool:
        return bool(self._calls)

    @property
    def charges(self) -> bool:
        """Whether what is forbidden costs the question's points."""
        return self.policy == "zero"

    @property
    def cost(self) -> bool:
        """Whether the question loses its points."""
        return bool(self._calls) and self.charges

    def take(self, program: RemoteProgram, *, public: bool = False) -> None:
        """Add the calls that a program has made since it was last asked; `public`: in public cases only."""
        forbidden = () if self.policy == "ignore" else self.question.forbidden
        own = [
            call for call in program.take_tripped()
            if call.cell != OWN_CELL and _is_forbidden(call.name, forbidden) and self._is_own(call)
        ]  # fmt: skip
        self._calls += own[:MOST_CALLS]
        self._told += own[:MOST_CALLS] if public else ()

    def findings(self, student: StudentSide) -> list[Finding]:
        """A finding for each line that called a forbidden name, and one without cost for each that only names one.

        Of calls that only hidden cases made, a finding tells no name and no line.
        """
        found: dict[tuple[int, int], Finding] = {}
        for call in self._told:
            message = say("{name} is used in {place}; this question asks you to write it yourself",
                          name=call.name, place=student.notebook.place(call.cell, call.line))  # fmt: skip
            finding = _finding(message, call, student, scored=self.charges)
            found.setdefault((call.cell, call.line), finding)
        called = {call.name.rpartition(".")[2] for call in self._told}
        for use in self._uses():
            if use.name.rpartition(".")[2] in called:
                continue  # the line of the call says it already
            message = say("{name} is named in {place}, and was not called when this answer was tried. "
                          "A person looks at this line; until then it costs nothing",
                          name=use.name, place=student.notebook.place(use.cell, use.line))  # fmt: skip
            found.setdefault((use.cell, use.line), _finding(message, use, student, scored=False))
        findings = [found[place] for place in sorted(found)]
        if self._calls and not self._told:
            message = say("a hidden case calls a function that this question asks you to write yourself")
            findings.insert(0, Finding(Verdict.FORBIDDEN, message, scored=self.charges))
        return findings

    def reaches(self, call: Tripped) -> bool:
        """Whether the line of a call belongs to the answer."""
        return self.answers[self.question.id].reaches(call.cell, call.line)

    def _uses(self) -> Sequence[Use]:
        return () if self.policy == "ignore" else (*self.answers[self.question.id].uses, *self.at_load)

    def _is_own(self, call: Tripped) -> bool:
        """Whether a forbidden call costs this question, and not another one whose answer makes it."""
        if self.reaches(call):
            return True
        return not any(
            _is_forbidden(call.name, other.forbidden) and self.answers[other.id].reaches(call.cell, call.line)
            for other in self.assignment.questions
            if other is not self.question
        )


def share_out(calls: Sequence[Tripped], answers: Sequence[ForbiddenCalls]) -> None:
    """Tell the forbidden calls at load to the answers that reach them, or else to the first one that forbids them.

    A statement runs only if an answer needs what it leaves behind, such as a table of derivatives.
    """
    for call in [call for call in calls if call.cell != OWN_CELL][:MOST_CALLS]:
        forbidding = [answer for answer in answers if _is_forbidden(call.name, answer.question.forbidden)]
        for answer in [answer for answer in forbidding if answer.reaches(call)] or forbidding[:1]:
            answer.at_load.append(Use(call.name, call.cell, call.line, ""))


def _is_forbidden(name: str, forbidden: Sequence[str]) -> bool:
    return any(name == f or (f.endswith(".*") and name.startswith(f[:-1])) for f in forbidden)


def _finding(message: Message, place: Use | Tripped, student: StudentSide, *, scored: bool) -> Finding:
    line = student.trace_line(Frame(place.cell, place.line))
    return Finding(Verdict.FORBIDDEN, message, scored=scored, traceback=(line,))
