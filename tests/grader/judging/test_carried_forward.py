"""Errors carried forward: a result that is wrong only because of an earlier answer earns a share."""

from __future__ import annotations

import pytest

from grader.assignment.spec import Assignment, Question
from grader.judging.carried_forward import can_carry, carried_forward, judged_again, repaired, repairs
from grader.judging.checks.check import Judged
from grader.judging.scoring import fraction
from grader.messages import say
from grader.notebook.program import Program
from grader.notebook.statements import Statement
from grader.results import Finding, Verdict

from .in_process import Here, Sides, assignment, sides

EARLIER = """# %% question 1: One
# points: 1
# %% solution
def slope(x):
    return 2 * x

def value(x):
    return x
# %% test values
@public(n=4)
@hidden(n=5)
def test(d):
    return {"slope": slope(d.normal(d.n)), "value": value(d.normal(d.n))}
# %% stand-in slope value
def slope(x):
    return torch.add(x, x)

def value(x):
    return torch.clone(x)
"""
LATER = """# %% question 2: Two
# points: 1
# needs: 1 (share 0.75)
# %% solution
def twice(x):
    return 2 * x

def alone(x):
    return x + 1
# %% test values
@public("public", n=4)
@hidden("hidden", n=4)
def test(d):
    return {"twice": twice(d.normal(d.n)), "alone": alone(d.normal(d.n))}
"""
GIVEN = "# %% given\nimport torch\nfrom math import pi\n\nLIMIT = 3\n"
RIGHT = "def twice(x):\n    return 2 * x\n\ndef alone(x):\n    return x + 1\n"
WRONG_TWICE = RIGHT.replace("2 * x", "-x")
WRONG_ALONE = RIGHT.replace("x + 1", "-x")
WRONG = WRONG_TWICE.replace("x + 1", "-x")


@pytest.fixture(scope="module")
def made() -> Sides:
    return sides(assignment(GIVEN, EARLIER, LATER))


@pytest.fixture(scope="module")
def later(made: Sides) -> Question:
    return made.question("2")


# The repaired names and their places -----------------------------------------------------------------------------


def test_wrong_answers_that_a_question_builds_on_are_repaired(made: Sides, later: Question) -> None:
    """Wrong answers with a stand-in are repaired; a right answer stays the student's own."""
    found = dict(repairs(made.table, later, frozenset(), Program(())))
    assert set(found) == {"slope", "value"}
    assert "torch.add(x, x)" in found["slope"]
    assert "torch.clone(x)" in found["value"]
    assert repairs(made.table, later, frozenset({"1"}), Program(())) == ()
    assert repairs(made.table, made.question("1"), frozenset(), Program(())) == ()


def test_a_name_that_answers_the_question_itself_is_not_replaced() -> None:
    """A stand-in of an earlier question for a name that the judged question asks for does nobody's work."""
    table = assignment(GIVEN, EARLIER, LATER.replace("twice", "value"))
    assert [name for name, _ in repairs(table, table.question("2"), frozenset(), Program(()))] == ["slope"]


def test_another_form_of_an_answer_is_replaced_where_the_asked_name_is_missing(made: Sides) -> None:
    """`value(x, slope=True)` may answer for `slope`; where `slope` is defined, `value` stays the student's."""
    table = assignment(GIVEN, EARLIER.replace("# points: 1\n", "# points: 1\n# names: slope\n"), LATER)
    both = Program((statement("def slope(): pass", "slope"), statement("def value(): pass", "value")))
    for program, names in ((both, ["slope"]), (Program(both.statements[1:]), ["slope", "value"])):
        assert [name for name, _ in repairs(table, table.question("2"), frozenset(), program)] == names


def test_a_stand_in_has_the_imports_of_the_notebook(made: Sides, later: Question) -> None:
    """The imports are its only names of the notebook."""
    (_, source), *_ = repairs(made.table, later, frozenset(), Program(()))
    assert source.startswith("import torch\nfrom math import pi\ndef slope")


def statement(source: str, binds: str = "", line: int = 1) -> Statement:
    return Statement(source, cell=1, line=line, binds=frozenset(binds.split()))


def sources(program: Program) -> list[str]:
    return [s.source for s in program.statements]


def test_a_repair_follows_the_last_definition_of_its_name() -> None:
    """Statements after the repair use the right answer; statements before it have already run."""
    program = Program((
        statement("first = 1", "slope"), statement("second = 2", "slope value"), statement("use()", "y"),
    ))  # fmt: skip
    assert sources(repaired(program, (("slope", "repair"),))) == ["first = 1", "second = 2", "repair", "use()"]


def test_a_repair_of_a_method_follows_its_class() -> None:
    """The name of the class counts."""
    program = Program((statement("class Net: pass", "Net"), statement("use()", "y")))
    found = repaired(program, (("Net.backward", "repair"),))
    assert sources(found) == ["class Net: pass", "repair", "use()"]
    assert found.statements[1].stands_for == "Net.backward"


def test_a_name_that_the_notebook_lacks_is_defined_first_of_all() -> None:
    """Every statement that uses the name finds it."""
    program = Program((statement("use()", "y"), statement("z = y", "z")))
    assert sources(repaired(program, (("slope", "repair"),))) == ["repair", "use()", "z = y"]


def test_a_missing_name_is_replaced_under_the_name_that_is_meant() -> None:
    """The student calls `CEloss`, which nobody defines, or a function of a similar name; other names stay."""
    program = Program((Statement("train()", 1, 1, reads=frozenset({"CEloss", "epochs", "CELos", "print"})),
                       statement("def ce_loss(): pass", "ce_loss")),
                      asked=frozenset({"CELoss", "CategoricalCELoss"}))  # fmt: skip
    found = repaired(program, (("CELoss", "repair"),), {"CELoss": ("ce_loss",)})
    assert {s.stands_for for s in found.statements} == {"", "CELoss", "CEloss", "CELos", "ce_loss"}
    assert "repair\nce_loss = CELoss\n" in sources(found)


def test_functions_that_answer_together_each_get_their_part() -> None:
    """The part takes its place in the student's other functions."""
    parts = (statement("def dx(): pass", "dx"), statement("def db(): pass", "db"))
    program = Program(parts, joined={"d": ("dx", "db")})
    found = repaired(program, (("d", "def d(x): return x, 2 * x"),))
    values = {}
    for s in found.statements:
        if s.stands_for in ("dx", "db"):
            exec(s.source, names := {})
            values[s.stands_for] = names[s.stands_for](3)
    assert values == {"dx": 3, "db": 6}


def test_a_repair_is_in_no_cell_of_the_student() -> None:
    """A name that our source uses must not count as used by the student."""
    program = Program((statement("first = 1", "slope", line=7),))
    assert [(s.cell, s.line) for s in repaired(program, (("slope", "repair"),)).statements] == [(1, 7), (0, 1)]


def test_the_program_itself_stays_as_it_is() -> None:
    """The first judgement used the unchanged program."""
    program = Program((statement("first = 1", "slope"),))
    repaired(program, (("slope", "repair"),))
    assert sources(program) == ["first = 1"]
    assert sources(repaired(Program(()), (("slope", "repair"),))) == []


# Judging again ---------------------------------------------------------------------------------------------------


def again(made: Sides, first: str, second: str) -> list[Judged]:
    """The entries of a student's source, judged again with the second one, which stands for the repaired program."""
    judged = made.judged(first, "2")
    return carried_forward(judged, judged_again(judged, made.student(second, "2")), made.question("2"), "1")


@pytest.mark.parametrize(
    ("verdicts", "answered", "may"),
    [
        ((Verdict.PASSED, Verdict.FAILED), False, True),
        ((Verdict.MISSING, Verdict.CRASHED), False, True),
        ((Verdict.PASSED, Verdict.MISSING), False, False),
        ((Verdict.PASSED, Verdict.MISSING), True, True),
        ((Verdict.MISSING, Verdict.FORBIDDEN), False, False),
        ((Verdict.PASSED, Verdict.FORBIDDEN), True, False),
    ],
)
def test_only_an_answer_is_judged_again(
    made: Sides, verdicts: tuple[Verdict, ...], answered: bool, may: bool
) -> None:
    """A missing answer is also missing on the repaired program; where all is defined, an earlier name is missing."""
    findings = tuple(Finding(verdict, say("said"), compared=1) for verdict in verdicts)
    line = made.lines("2")[0]
    assert can_carry([Judged(line, line.cases[0], findings)], answered=answered) is may


def test_what_passes_on_the_repaired_program_earns_the_share(made: Sides) -> None:
    """Results that were right before earn everything."""
    after = again(made, WRONG_TWICE, RIGHT)
    twice, alone = after[0].findings
    assert twice.passed
    assert twice.carried == 0.75
    assert "apart from what is wrong or missing in 1" in twice.message.render("en")
    assert "75 percent" in twice.message.render("en")
    assert (alone.carried, alone.passed) == (None, True)
    assert fraction(after) == pytest.approx((0.75 + 1) / 2)


def test_what_is_still_wrong_stays_as_it_was_said(made: Sides) -> None:
    """The message describes the student's own program; the values of the repaired one show the mistake that is left."""
    after = again(made, WRONG, RIGHT.replace("x + 1", "x + 2"))
    twice, alone = after[0].findings
    assert twice.carried == 0.75
    assert alone.carried is None
    assert alone == made.judged(WRONG, "2")[0].findings[1]
    assert after[0].evidence is not None
    assert after[0].evidence.wrong == ["alone"]


def test_what_only_the_repaired_program_shows_counts_too() -> None:
    """The first program came to nothing; a statement about faults only can be made of the second one."""
    judge = """
def judge(d, seen, right):
    if not same(seen["alone"], right["alone"]):
        yield holds(False, "alone is heavy", weight=3)
"""
    made = sides(assignment(GIVEN, EARLIER, LATER + judge))
    after = again(made, "def twice(x):\n    return slope(x)\n", WRONG_ALONE)
    assert [f.result for f in after[0].findings] == ["twice", "alone is heavy"]
    assert fraction(after) == pytest.approx(0.75 / 4)


def test_a_fault_that_the_repaired_program_does_not_have_is_not_charged() -> None:
    """A statement about faults only is made of the first program, and not of the second one."""
    judge = """
def judge(d, seen, right):
    if not same(seen["twice"], right["twice"]):
        yield holds(False, "twice is heavy", weight=3)
"""
    made = sides(assignment(GIVEN, EARLIER, LATER + judge))
    after = again(made, WRONG_TWICE, RIGHT)
    assert [(f.result, f.passed, f.carried) for f in after[0].findings] == [
        ("alone", True, None),
        ("twice is heavy", True, 0.75),
    ]
    assert fraction(after) == pytest.approx((1 + 3 * 0.75) / 4)


def test_right_entries_are_left_alone(made: Sides) -> None:
    """Right entries are not run again, and a repair cannot spoil them."""
    student = made.student(WRONG, "2")
    judged = made.judged(RIGHT, "2")
    after = carried_forward(judged, judged_again(judged, student), made.question("2"), "1")
    assert all(f.passed and f.carried is None for entry in after for f in entry.findings)
    assert isinstance(student.program, Here)
    assert student.program.runs == []
    mixed = again(made, WRONG_ALONE, WRONG_TWICE)
    assert [f.carried for f in mixed[0].findings] == [None, 0.75]


def test_what_is_forbidden_carries_nothing(made: Sides, later: Question) -> None:
    """A stand-in is not the student's answer."""
    (line,) = made.lines("2")
    student = made.student(RIGHT, "2")
    refused = [line.refuse(student, case, Finding(Verdict.FORBIDDEN, say("x"))) for case in line.cases]
    after = carried_forward(refused, judged_again(refused, student), later, "1")
    assert [e.findings for e in after] == [e.findings for e in refused]
    assert fraction(after) == 0.0


def test_a_hidden_case_shows_no_values_when_it_is_judged_again(made: Sides) -> None:
    """The second judgement hides values like the first one."""
    hidden = again(made, WRONG_TWICE, RIGHT)[1].findings[0]
    assert not hidden.public
    assert hidden.carried == 0.75
    assert (hidden.expected, hidden.actual) == ("", "")


def test_a_question_without_a_share_is_not_judged_again() -> None:
    """The table says so."""
    table: Assignment = assignment(GIVEN, EARLIER, LATER.replace("(share 0.75)", "(share 0)"))
    assert table.question("2").carried == 0
