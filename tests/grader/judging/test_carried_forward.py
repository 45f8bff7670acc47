"""Errors carried forward: a result that is wrong only because of an earlier answer earns a share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch

from grader.assignment.cases import Case, Draw
from grader.assignment.spec import Assignment, Question, Scale
from grader.judging.carried_forward import can_carry, carried_forward, repaired, repairs
from grader.judging.checks import Values
from grader.judging.checks.check import Judged
from grader.judging.local_implementation import LocalImplementation
from grader.judging.reference_side import ReferenceSide
from grader.judging.scoring import fraction
from grader.judging.student_side import StudentSide
from grader.messages import Text, say
from grader.notebook.program import Program
from grader.notebook.statements import Statement
from grader.results import Finding, Verdict
from grader.sandbox.verbs import Implementation

TITLE = Text("título", "title")
PUBLIC = Case(Text("pública", "public"), seed=1, public=True)
HIDDEN = Case(Text("oculta", "hidden"), seed=2)


def probe(f: Implementation, draw: Draw) -> Mapping[str, Any]:
    """The second answer uses the first one: twice the slope, and a part that does not use it."""
    x = draw.normal("x", 4)
    return {"twice": f.call("twice", x), "alone": f.call("alone", x)}


CHECK = Values(TITLE, probe, (PUBLIC, HIDDEN))
EARLIER = Question("1", TITLE, (CHECK,), points=1.0, names=("slope", "value"))
LATER = Question("2", TITLE, (CHECK,), points=1.0, needs=("1",), carried=0.75)


def assignment(*earlier: Question, later: Question = LATER, **sources: str) -> Assignment:
    return Assignment("toy", TITLE, (*earlier, later), Scale("ten", 0.0, 10.0), {}, repairs=sources)


# The repaired names and their places -----------------------------------------------------------------------------


def test_wrong_answers_that_a_question_builds_on_are_repaired() -> None:
    """Wrong answers with a source in the table are repaired; a right answer stays the student's own."""
    table = assignment(EARLIER, slope="a right slope", other="something else")
    assert repairs(table, LATER, frozenset()) == {"slope": "a right slope"}
    assert repairs(table, LATER, frozenset({"1"})) == {}
    assert repairs(table, EARLIER, frozenset()) == {}


def test_a_question_may_say_which_names_repair_it() -> None:
    """The names of the question's `repaired_by` replace the names that it asks for."""
    early = Question("1", TITLE, (CHECK,), points=1.0, names=("slope",), repaired_by=("value", "slope"))
    assert set(repairs(assignment(early, slope="s", value="v"), LATER, frozenset())) == {"slope", "value"}


def statement(source: str, binds: str = "", line: int = 1) -> Statement:
    return Statement(source, cell=1, line=line, binds=frozenset(binds.split()))


def sources(program: Program) -> list[str]:
    return [s.source for s in program.statements]


def test_a_repair_follows_the_last_definition_of_its_name() -> None:
    """Statements after the repair use the right answer; statements before it have already run."""
    program = Program((
        statement("first = 1", "slope"), statement("second = 2", "slope value"), statement("use()", "y"),
    ))  # fmt: skip
    assert sources(repaired(program, {"slope": "repair"})) == ["first = 1", "second = 2", "repair", "use()"]


def test_a_name_that_the_notebook_lacks_is_defined_first_of_all() -> None:
    """Every statement that uses the name finds it."""
    program = Program((statement("use()", "y"), statement("z = y", "z")))
    assert sources(repaired(program, {"slope": "repair"})) == ["repair", "use()", "z = y"]


def test_a_repair_is_in_no_cell_of_the_student() -> None:
    """A name that our source uses must not count as used by the student."""
    program = Program((statement("first = 1", "slope", line=7),))
    assert [(s.cell, s.line) for s in repaired(program, {"slope": "repair"}).statements] == [(1, 7), (0, 1)]


def test_the_program_itself_stays_as_it_is() -> None:
    """The first judgement used the unchanged program."""
    program = Program((statement("first = 1", "slope"),))
    repaired(program, {"slope": "repair"})
    assert sources(program) == ["first = 1"]
    assert sources(repaired(Program(()), {"slope": "repair"})) == []


# Judging again ---------------------------------------------------------------------------------------------------

NAMES: dict[str, Callable[..., Any]] = {"twice": lambda x: 2 * x, "alone": lambda x: x + 1}


def reference() -> LocalImplementation:
    return LocalImplementation(NAMES, {})


def judged(sides: StudentSide) -> list[Judged]:
    return [CHECK.judge(sides, case) for case in CHECK.cases]


def again(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[Judged]:
    """The entries of a student with the first changes, judged again with the second ones after the repair."""
    right_side = ReferenceSide(reference, "salt")
    before = judged(StudentSide(reference().changed(first), right_side))
    return carried_forward(before, LATER, StudentSide(reference().changed(second), right_side), "1")


def wrong(x: torch.Tensor) -> torch.Tensor:
    return -x


@pytest.mark.parametrize(
    ("verdicts", "may"),
    [
        ((Verdict.PASSED, Verdict.FAILED), True),
        ((Verdict.MISSING, Verdict.CRASHED), True),
        ((Verdict.PASSED, Verdict.MISSING), False),
        ((Verdict.MISSING, Verdict.FORBIDDEN), False),
    ],
)
def test_only_an_answer_is_judged_again(verdicts: tuple[Verdict, ...], may: bool) -> None:
    """A missing answer is also missing on the repaired program, so nothing is started for it."""
    findings = tuple(Finding(verdict, say("said"), compared=1) for verdict in verdicts)
    assert can_carry([Judged(CHECK, CHECK.cases[0], findings)]) is may


def test_what_passes_on_the_repaired_program_earns_the_share() -> None:
    """Results that were right before earn everything."""
    after = again({"twice": wrong}, {})
    twice, alone = after[0].findings
    assert twice.passed
    assert twice.carried == 0.75
    assert "apart from the mistake in 1" in twice.message.render("en")
    assert "75 percent" in twice.message.render("en")
    assert (alone.carried, alone.passed) == (None, True)
    assert fraction(after) == pytest.approx((0.75 + 1) / 2)


def test_what_is_still_wrong_stays_as_it_was_said() -> None:
    """The message describes the student's own program, not the repaired one."""
    after = again({"twice": wrong, "alone": wrong}, {"alone": lambda x: x + 2})
    twice, alone = after[0].findings
    assert twice.carried == 0.75
    assert alone.carried is None
    unrepaired = StudentSide(reference().changed({"alone": wrong}), ReferenceSide(reference, "salt"))
    assert alone == judged(unrepaired)[0].findings[1]


def test_right_entries_are_left_alone() -> None:
    """Right entries are not run again, and a repair cannot spoil them."""

    def ours(x: torch.Tensor) -> torch.Tensor:
        raise AssertionError("nothing is run again")

    before = again({}, {"twice": ours, "alone": ours})
    assert all(f.passed and f.carried is None for entry in before for f in entry.findings)
    mixed = again({"alone": wrong}, {"twice": wrong})
    assert [f.carried for f in mixed[0].findings] == [None, 0.75]


@pytest.mark.parametrize("verdict", [Verdict.MISSING, Verdict.FORBIDDEN])
def test_what_was_not_answered_carries_nothing(verdict: Verdict) -> None:
    """A right answer from the table is not the student's answer."""
    sides = StudentSide(reference(), ReferenceSide(reference, "salt"))
    refused = [CHECK.refuse(sides, case, Finding(verdict, say("x"))) for case in CHECK.cases]
    after = carried_forward(refused, LATER, sides, "1")
    assert after == refused
    assert fraction(after) == 0.0


def test_a_hidden_case_shows_no_values_when_it_is_judged_again() -> None:
    """The second judgement hides values like the first one."""
    hidden = again({"twice": wrong}, {})[1].findings[0]
    assert not hidden.public
    assert hidden.carried == 0.75
    assert (hidden.expected, hidden.actual) == ("", "")
