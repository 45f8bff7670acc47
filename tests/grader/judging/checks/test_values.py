"""Values compares every named result, on students that run in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch

from grader.assignment.cases import Case, Draw
from grader.assignment.spec import Misconception, Tolerance
from grader.errors import EmptyCheck, Frame, NotAnswered, StudentRaised, Unavailable, WorkerError
from grader.judging.checks import Shape, Values
from grader.judging.checks.check import Judged
from grader.judging.compare import Comparison
from grader.judging.diagnosis import diagnosed
from grader.judging.local_implementation import LocalImplementation
from grader.judging.reference_side import ReferenceSide
from grader.judging.scoring import fraction
from grader.judging.student_side import StudentSide
from grader.messages import Text, say
from grader.results import Finding, TraceLine, Verdict
from grader.sandbox.verbs import Implementation, Value

from .in_process import HIDDEN, NAMES, PUBLIC, TITLE, both, check, code, double, notebook, reference, sides, verdicts

HINT = Text("¿Qué dimensión?", "Which dimension?")


def raising(error: WorkerError) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        raise error

    return call


# Values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [PUBLIC, HIDDEN], ids=["public", "hidden"])
def test_a_right_student_passes_every_named_result(case: Case) -> None:
    """Every named result has a finding that counts its comparisons."""
    findings = check().judge(sides(), case).findings
    assert verdicts(findings) == {"double": Verdict.PASSED, "total": Verdict.PASSED}
    assert [f.compared for f in findings] == [3 * case.sizes["B"], 3]
    assert all(f.passed and f.check == TITLE and f.case == case.title and f.public == case.public for f in findings)
    assert all(not f.hint and not f.reproduce and f.cause is None for f in findings)


def test_a_sentence_names_a_result_by_its_label_in_the_readers_language() -> None:
    """Weights and known mistakes refer to the key; a result without a label is code and is its own label."""
    labels = {"double": Text("el doble", "the double")}
    double, total = check(labels=labels).judge(sides(double=lambda x: -2 * x), PUBLIC).findings
    assert (double.result, double.label) == ("double", labels["double"])
    assert double.message.render("en").startswith("the double is off in 12 of 12 entries")
    assert double.message.render("es").startswith("el doble ")
    assert (total.result, total.label) == ("total", Text("total", "total"))


@pytest.mark.parametrize("double", [None, raising(NotAnswered("double"))], ids=["None", "not answered"])
def test_a_result_that_is_not_there_has_its_label_too(double: Any) -> None:
    """A missing result has its label whatever the reason is."""
    labels = {"double": Text("el doble", "the double")}
    student = double or (lambda x: None)
    found = check(labels=labels).judge(sides(double=student), PUBLIC).findings[0]
    assert found.verdict is Verdict.MISSING
    assert (found.named("es"), found.named("en")) == ("el doble", "the double")


@pytest.mark.parametrize("kind", [Values, Shape])
def test_a_part_of_a_result_is_named_after_the_label(kind: type[Values]) -> None:
    """A part of a pair is named by its place, and a part of a tensor by its shape."""

    def pair(f: Implementation, draw: Draw) -> Mapping[str, Any]:
        x = draw.normal("x", 4, 3)
        value = f.call("double", x)
        return {"both": value if kind is Shape else (x, value)}

    labels = {"both": Text("ambos", "both of them")}
    (found,) = check(pair, kind=kind, labels=labels).judge(sides(double=lambda x: x[:2]), PUBLIC).findings
    named = {Values: "both of them[1] has shape (2, 3)", Shape: "both of them.shape is (2, 3)"}[kind]
    assert found.message.render("en").startswith(named)


def test_a_wrong_result_fails_and_the_others_pass() -> None:
    """The wrong result has the numbers, the cause, the hint, and lines that repeat the call."""
    by_name = {f.result: f for f in check(hint=HINT).judge(sides(double=lambda x: -2 * x), PUBLIC).findings}
    assert by_name["total"].passed
    wrong = by_name["double"]
    assert wrong.verdict is Verdict.FAILED
    assert "double is off in 12 of 12 entries" in wrong.message.render("en")
    assert wrong.cause is not None
    assert "sign" in wrong.cause.render("en")
    assert wrong.hint == HINT
    assert wrong.expected.startswith("(4, 3) ")
    assert wrong.actual.startswith("(4, 3) ")
    assert wrong.difference is not None
    assert wrong.largest_gap is not None
    assert wrong.largest_gap > 1
    assert "double(x)" in wrong.reproduce


def test_a_fact_is_not_shown_as_the_result_of_a_call() -> None:
    """The probe found out the fact: next to the last call, "False" would look like the result of that call."""

    def grows(f: Implementation, draw: Draw) -> Mapping[str, Any]:
        x = draw.normal("x", draw["B"])
        return {"double is larger": bool((f.call("double", x).abs() > x.abs()).all())}

    (wrong,) = check(grows).judge(sides(double=lambda x: x / 2), PUBLIC).findings
    assert wrong.message.render("en") == "this does not hold: double is larger"
    assert (wrong.called, wrong.expected, wrong.actual) == ("", "", "")
    assert "double(x)" in wrong.reproduce


def test_the_tolerance_is_the_tables() -> None:
    """An answer that is right at 10% is wrong at 0.1%."""
    off = sides(double=lambda x: 2.02 * x)
    assert verdicts(check(tolerance=Tolerance(0.1, 0.0)).judge(off, PUBLIC).findings)["double"] is Verdict.PASSED
    assert verdicts(check(tolerance=Tolerance(0.001, 0.0)).judge(off, PUBLIC).findings)["double"] is Verdict.FAILED


def test_nan_fails_and_the_finding_can_be_kept() -> None:
    """JSON has no infinite gap, so only the message mentions it."""
    (wrong, _) = check().judge(sides(double=lambda x: x * float("nan")), PUBLIC).findings
    assert wrong.verdict is Verdict.FAILED
    assert "nan" in wrong.message.render("en")
    assert wrong.largest_gap is None


def test_a_hidden_finding_reveals_no_values() -> None:
    """The finding has the category, the cause and the hint, but no digit of an input, a result, a gap or a place."""
    findings = check(hint=HINT).judge(sides(double=lambda x: x * x, total=lambda x: x.sum(1)), HIDDEN).findings
    assert [f.verdict for f in findings] == [Verdict.FAILED, Verdict.FAILED]
    for finding in findings:
        assert finding.message.render("en") in (
            "the values of double differ from the expected ones",
            "total has the wrong shape",
        )
        assert (finding.expected, finding.actual, finding.difference) == ("", "", None)
        assert (finding.largest_gap, finding.relative_error) == (None, None)
        assert finding.hint == HINT
        assert "tensor(" not in finding.reproduce
        assert "x = torch.randn(6, 3)" in finding.reproduce


def test_a_hidden_pass_reveals_no_values_either() -> None:
    """A passed value equals the expected one, so it must stay hidden too."""
    for finding in check().judge(sides(), HIDDEN).findings:
        assert (finding.expected, finding.actual, finding.reproduce) == ("", "", "")


def test_the_public_twin_of_the_test_above_shows_values() -> None:
    """The two tests above can fail: a public finding shows its values."""
    (wrong, _) = check().judge(sides(double=lambda x: x * x), PUBLIC).findings
    assert wrong.expected
    assert "tensor(" in wrong.reproduce


def test_a_result_that_did_not_come_is_missing() -> None:
    """A missing result costs only its own points."""

    def first_only(f: Implementation, draw: Draw) -> Mapping[str, Any]:
        whole = both(f, draw)
        return whole if f.has("everything") else {"double": whole["double"]}

    complete = StudentSide(reference(), ReferenceSide(lambda: reference().changed({"everything": double})))
    findings = check(first_only).judge(complete, PUBLIC).findings
    assert verdicts(findings) == {"double": Verdict.PASSED, "total": Verdict.MISSING}
    assert findings[1].message.render("en") == "total was not computed"


def test_a_result_beyond_those_asked_plays_no_role() -> None:
    """A student's process cannot add findings of its own."""

    def more(f: Implementation, draw: Draw) -> Mapping[str, Any]:
        return {**both(f, draw), **({"bribe": 1.0} if f.has("bribe") else {})}

    assert set(verdicts(check(more).judge(sides(bribe=double), PUBLIC).findings)) == {"double", "total"}


def test_a_call_that_raises_costs_every_result_of_the_probe() -> None:
    """The traceback has cells and line numbers, with the text of the line."""
    error = StudentRaised("ValueError", "no", (Frame(1, 2, "double"),))
    written = notebook(code("def double(x):\n    y = 1 / 0"))
    student = replace(sides(double=raising(error)), notebook=written)
    findings = check().judge(student, PUBLIC).findings
    assert verdicts(findings) == {"double": Verdict.RAISED, "total": Verdict.RAISED}
    assert findings[0].message.render("en") == "the code raised ValueError: no"
    assert findings[0].traceback == (TraceLine(Frame(1, 2, "double"), "    y = 1 / 0"),)
    assert findings[0].called == "double(x)"
    assert "double(x)" in findings[0].reproduce


def test_the_text_of_an_exception_is_shown_for_public_cases_only() -> None:
    """An exception of the student's code may contain the inputs, so a hidden case shows only the kind."""
    student = sides(double=raising(StudentRaised("ValueError", "x is 0.123")))
    line = check()
    assert line.judge(student, PUBLIC).findings[0].message.render("en") == "the code raised ValueError: x is 0.123"
    assert line.judge(student, HIDDEN).findings[0].message.render("en") == "the code raised ValueError"


def test_an_output_of_a_snippet_that_raised_says_so() -> None:
    """If one output of a cell raises and another has a value, each has its own verdict."""

    class Half(LocalImplementation):
        snippet_errors: Mapping[str, WorkerError] = {"b": StudentRaised("NameError", "c")}

    def probe(f: Implementation, draw: Draw) -> Mapping[str, Any]:
        return f.evaluate("2a", {"x": draw.normal("x", 3)}, ["a", "b"])

    def whole() -> LocalImplementation:
        return LocalImplementation({}, {"2a": lambda x: {"a": x, "b": -x}})

    half = Half({}, {"2a": lambda x: {"a": x}})
    findings = check(probe).judge(StudentSide(half, ReferenceSide(whole)), PUBLIC).findings
    assert verdicts(findings) == {"a": Verdict.PASSED, "b": Verdict.RAISED}


def test_a_value_without_its_suffix_counts_where_it_fits() -> None:
    """A name that is assigned once per variant is tried for each variant; a name that fits none is mentioned."""

    class Unsuffixed(LocalImplementation):
        candidates: Mapping[str, tuple[Any, ...]] = {}

    def probe(f: Implementation, draw: Draw) -> Mapping[str, Any]:
        return f.evaluate("2c", {"x": draw.normal("x", 3)}, ["a_relu", "a_celu"])

    def whole() -> LocalImplementation:
        return LocalImplementation({}, {"2c": lambda x: {"a_relu": x, "a_celu": -x}})

    x = Draw(PUBLIC).normal("x", 3)
    student = Unsuffixed({}, {"2c": lambda x: {}})
    student.candidates = {"a_relu": (5 * x, x), "a_celu": (5 * x,)}
    relu, celu = check(probe).judge(StudentSide(student, ReferenceSide(whole)), PUBLIC).findings
    assert relu.passed
    assert celu.verdict is Verdict.MISSING
    assert "without the suffix does not match" in celu.message.render("en")


class Untouched(LocalImplementation):
    """A student's program that must not run."""

    def call(self, name: str, /, *args: Value, **kwargs: Value) -> Value:
        raise AssertionError("the student's code has run")


def test_a_refused_check_has_a_finding_for_every_result() -> None:
    """The findings exist without running the student's code, so that points are counted as if it had run."""
    student = StudentSide(Untouched(NAMES, {}), ReferenceSide(reference, "salt"))
    findings = check().refuse(student, HIDDEN, Finding(Verdict.MISSING, say("not answered"))).findings
    assert verdicts(findings) == {"double": Verdict.MISSING, "total": Verdict.MISSING}
    assert {(f.check, f.case, f.public) for f in findings} == {(TITLE, HIDDEN.title, False)}
    assert fraction([Judged(check(), HIDDEN, findings)]) == 0.0


def test_a_reference_that_raises_is_our_fault() -> None:
    """The error does not become a finding about the student."""
    broken = reference().changed({"double": raising(StudentRaised("ValueError", "ours"))})
    ours = StudentSide(Untouched(NAMES, {}), ReferenceSide(lambda: broken))
    with pytest.raises(WorkerError):
        check().judge(ours, PUBLIC)


def test_a_refusal_does_not_depend_on_who_was_judged_before() -> None:
    """A check without points names no results for a student who did not answer, even if another student did answer."""
    refused = Finding(Verdict.MISSING, say("not answered"))
    line = check(share=0.0)
    shared = sides()
    before = line.refuse(shared, PUBLIC, refused).findings
    line.judge(shared, PUBLIC)
    assert line.refuse(shared, PUBLIC, refused).findings == before


def test_an_empty_check_is_our_fault() -> None:
    """A probe without results and a tensor without entries neither pass nor cost the student points."""
    with pytest.raises(EmptyCheck, match="values"):
        check(lambda f, draw: {}).judge(sides(), PUBLIC)
    with pytest.raises(EmptyCheck, match="'y'"):
        check(lambda f, draw: {"y": torch.empty(0)}).judge(sides(), PUBLIC)


def test_a_kind_that_compares_nothing_is_our_fault() -> None:
    """A verdict without evidence stops the run."""

    class Lenient(Values):
        def compare_one(self, name: str, actual: Any, expected: Any, draw: Draw) -> Comparison:
            return replace(super().compare_one(name, actual, expected, draw), compared=0)

    with pytest.raises(EmptyCheck, match="'double'"):
        check(kind=Lenient).judge(sides(), PUBLIC)


def test_what_is_not_installed_here_is_skipped() -> None:
    """The finding says what is missing on this machine and costs no points."""

    def probe(f: Implementation, draw: Draw) -> Mapping[str, Any]:
        raise Unavailable("scikit-learn is not installed")

    (finding,) = check(probe).judge(sides(), PUBLIC).findings
    assert finding.verdict is Verdict.SKIPPED
    assert not finding.scored
    assert "scikit-learn is not installed" in finding.message.render("en")
    (refused,) = check(probe).refuse(sides(), PUBLIC, Finding(Verdict.MISSING, say("not answered"))).findings
    assert refused.verdict is Verdict.MISSING


def test_a_known_mistake_is_named_with_its_hint() -> None:
    """The hint of the mistake is in the wrong results only, also in hidden cases, and replaces the check's hint."""
    half = Misconception("half", "1", Text("¿La mitad?", "Half?"), {"double": lambda x: x})

    def named(student: StudentSide, case: Case) -> tuple[Finding, ...]:
        (entry,) = diagnosed([check(hint=HINT).judge(student, case)], [half], student.reference)
        return entry.findings

    for case in (PUBLIC, HIDDEN):
        wrong, right = named(sides(double=lambda x: 1.0 * x), case)
        assert (wrong.misconceptions, wrong.hint) == (("half",), half.hint)
        assert (right.misconceptions, right.hint) == ((), Text())
    unknown, _ = named(sides(double=lambda x: 5 * x), PUBLIC)
    assert (unknown.misconceptions, unknown.hint) == ((), HINT)


def test_a_share_of_nothing_is_shown_and_not_scored() -> None:
    """A check without a share is marked as guidance."""
    assert all(not f.scored for f in check(share=0).judge(sides(), PUBLIC).findings)
    assert all(f.scored for f in check().judge(sides(), PUBLIC).findings)


def test_a_weight_that_the_table_does_not_say_is_one() -> None:
    """The named results of a check count equally unless the check has weights."""
    line = check(weights={"double": 3.0})
    assert (line.weight("double"), line.weight("total")) == (3.0, 1.0)
