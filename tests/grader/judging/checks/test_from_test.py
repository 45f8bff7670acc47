"""A line from a test compares every named result with the solution's, on students that run in this process."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from grader.errors import CallTimedOut, EmptyCheck, Frame
from grader.judging.author import Place
from grader.judging.author_side import AuthorStopped
from grader.judging.checks.result import key_of, label_of
from grader.judging.scoring import fraction
from grader.messages import Text, say
from grader.results import Finding, TraceLine, Verdict
from grader.sandbox.test_runs import Came

from ..in_process import RIGHT, TEST, Sides, asked, sides, verdicts

PASSED, FAILED, MISSING = Verdict.PASSED, Verdict.FAILED, Verdict.MISSING
NEGATIVE = RIGHT.replace("2 * x", "-2 * x")
PUBLIC, HIDDEN = 0, 1


@pytest.fixture(scope="module")
def small() -> Sides:
    return sides(asked())


def said(finding: Finding) -> str:
    return finding.message.render("en")


def cell_of(body: str, headers: str = "", *functions: str) -> str:
    """A test cell with one public and one hidden case, whose function has this body."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    head = f"# %% test values\n{headers}"
    return f'{head}@public("public", n=4)\n@hidden("hidden", n=6)\ndef test(d):\n{lines}' + "\n".join(["", *functions])


# Keys, labels and weights ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "key", "es", "en"),
    [
        ("dL_dU", "dL_dU", "dL_dU", "dL_dU"),
        ("W.grad", "W.grad", "W.grad", "W.grad"),
        ("pérdida media | mean loss", "mean_loss", "pérdida media", "mean loss"),
        ("α | the naïve α", "the_naive", "α", "the naïve α"),
        ("β", "result", "β", "β"),
    ],
)
def test_a_piece_of_evidence_has_a_key_and_words(name: str, key: str, es: str, en: str) -> None:
    """The key is code as it is, or the English half in ASCII snake case."""
    assert (key_of(name), label_of(name)) == (key, Text(es, en))


def test_a_sentence_names_a_result_in_the_readers_language() -> None:
    """The label is in the message and in the finding; the key is what weights refer to."""
    found = sides(asked(cell_of('return {"el doble | the double": double(d.normal(d.n))}'))).findings(NEGATIVE)
    wrong = found["the_double"]
    assert wrong.label == Text("el doble", "the double")
    assert said(wrong).startswith("the double is off in 4 of 4 entries")
    assert wrong.message.render("es").startswith("el doble ")


@pytest.mark.parametrize("weights", ["the double 3", "the_double 3"])
def test_weights_are_those_of_the_table(weights: str) -> None:
    """A result is named by its English half or by its key; one that the table does not name counts as 1."""
    test = cell_of('return {"el doble | the double": double(d.normal(d.n)), "y": total(d.normal(d.n))}',
                   f"# weights: {weights}\n")  # fmt: skip
    made = sides(asked(test))
    judged = made.judged(NEGATIVE)
    line = judged[0].check
    assert (line.weight("the_double"), line.weight("y"), line.weight("else")) == (3.0, 1.0, 1.0)
    assert fraction(judged) == 0.25


def test_the_share_and_per_case_are_those_of_the_test() -> None:
    """A test with a share of 0 is shown and not scored; with `per case` each case is worth a part."""
    (line,) = sides(asked(TEST.replace("values\n", "values\n# share: 0\n# per case\n"))).lines()
    assert (line.share, line.per_case) == (0.0, True)
    (plain,) = sides(asked()).lines()
    assert (plain.share, plain.per_case) == (1.0, False)


def test_per_case_each_case_earns_its_part() -> None:
    """A function that is right for one size of two earns half only with `per case`."""
    source = RIGHT.replace("2 * x", "2 * x if len(x) == 4 else x")
    alone = cell_of('return {"y": double(d.normal(d.n))}')
    assert fraction(sides(asked(alone)).judged(source)) == 0.0
    assert fraction(sides(asked(alone.replace("values\n", "values\n# per case\n"))).judged(source)) == 0.5


# Comparing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [PUBLIC, HIDDEN], ids=["public", "hidden"])
def test_a_right_student_passes_every_named_result(small: Sides, case: int) -> None:
    """Every named result has a finding that counts its comparisons."""
    found = small.findings(RIGHT, case)
    assert verdicts(found) == {"double": PASSED, "total": PASSED}
    assert [f.compared for f in found.values()] == [(12, 18)[case], 3]
    assert all(f.passed and f.check.en == "values" and f.public == (case == PUBLIC) for f in found.values())
    assert all(not f.hint and not f.reproduce and f.cause is None for f in found.values())


def test_a_wrong_result_fails_and_the_others_pass() -> None:
    """The wrong result has the numbers, the cause, the hint, and lines that repeat the test."""
    found = sides(asked(TEST.replace("values\n", "values\n# hint: Which dimension?\n"))).findings(NEGATIVE)
    assert found["total"].passed
    wrong = found["double"]
    assert wrong.verdict is FAILED
    assert "double is off in 12 of 12 entries" in said(wrong)
    assert wrong.cause is not None
    assert "sign" in wrong.cause.render("en")
    assert wrong.hint.en == "Which dimension?"
    assert wrong.expected.startswith("(4, 3) ")
    assert wrong.actual.startswith("(4, 3) ")
    assert wrong.difference is not None
    assert wrong.largest_gap is not None
    assert wrong.largest_gap > 1
    assert "double(x)" in wrong.reproduce


@pytest.mark.parametrize(("tolerance", "verdict"), [("0.1, 0", PASSED), ("0.001, 0", FAILED)])
def test_the_tolerance_is_the_tests(tolerance: str, verdict: Verdict) -> None:
    """An answer that is right at 10% is wrong at 0.1%."""
    table = asked(TEST.replace("values\n", f"values\n# tolerance: {tolerance}\n"))
    assert sides(table).findings(RIGHT.replace("2 * x", "2.02 * x"))["double"].verdict is verdict


LIST, TUPLE, ARRAY = "x.tolist()", "tuple(x.tolist())", "x.numpy()"


@pytest.mark.parametrize("ours", [LIST, TUPLE, ARRAY, "x", "list(x)"])
@pytest.mark.parametrize("theirs", [LIST, TUPLE, ARRAY, "x", "list(x)"])
def test_a_list_an_array_and_a_tensor_are_equal_in_form(ours: str, theirs: str) -> None:
    """Only the numbers count, whatever holds them."""
    solution = f"# %% solution\ndef form(x):\n    return {ours}\n"
    made = sides(asked(cell_of('return {"y": form(d.normal(d.n))}'), solution=solution))
    assert made.findings(f"def form(x):\n    return {theirs}\n")["y"].passed
    wrong = f"def form(x):\n    x = 2 * x\n    return {theirs}\n"
    assert made.findings(wrong)["y"].verdict is FAILED
    shorter = f"def form(x):\n    x = x[1:]\n    return {theirs}\n"
    assert made.findings(shorter)["y"].verdict is FAILED


@pytest.mark.parametrize(
    ("theirs", "passes"),
    [('{"a": x, "b": 2 * x}', True), ('{"b": 2 * x, "a": x}', True), ('{"a": x}', False), ('{"a": x, "b": x}', False),
     ('{"a": x, "b": 2 * x, "c": x}', False), ("None", False), ("3", False)],
)  # fmt: skip
def test_a_dict_is_compared_key_by_key(theirs: str, passes: bool) -> None:
    """The order of the keys plays no role; a key too many or too few is wrong."""
    solution = '# %% solution\ndef form(x):\n    return {"a": x, "b": 2 * x}\n'
    made = sides(asked(cell_of('return {"y": form(d.normal(d.n))}'), solution=solution))
    assert made.findings(f"def form(x):\n    return {theirs}\n")["y"].passed == passes


@pytest.mark.parametrize(
    ("theirs", "passes"),
    [('"cuda"', True), ('"cpu"', False), ("None", False), ("[]", False), ("object()", False), ("4.0", False)],
)
def test_a_text_is_compared_as_it_is(theirs: str, passes: bool) -> None:
    """A value of another type is wrong and not a fault of the grader."""
    solution = '# %% solution\ndef form(x):\n    return "cuda"\n'
    made = sides(asked(cell_of('return {"y": form(d.normal(d.n))}'), solution=solution))
    assert made.findings(f"def form(x):\n    return {theirs}\n")["y"].passed == passes


@pytest.mark.parametrize(("exact", "verdict"), [("", PASSED), ("# dtype: exact\n", FAILED)])
def test_a_dtype_counts_where_the_test_says_so(exact: str, verdict: Verdict) -> None:
    """The right dtype is that of the solution in a student's precision."""
    solution = "# %% solution\ndef index(x):\n    return x.argmax()\n"
    table = asked(cell_of('return {"index": index(d.normal(d.n))}', exact), solution=solution)
    found = sides(table).findings("def index(x):\n    return x.argmax().float()\n")
    assert found["index"].verdict is verdict
    if exact:
        assert said(found["index"]) == "index has the dtype torch.float32, expected torch.int64"
    assert sides(table).findings("def index(x):\n    return x.argmax()\n")["index"].passed


def test_an_exact_dtype_is_that_of_students_precision() -> None:
    """The solution itself runs in float64; students draw float32, and float32 is right."""
    made = sides(asked(TEST.replace("values\n", "values\n# dtype: exact\n")))
    assert made.findings(RIGHT)["double"].passed
    wide = made.findings(RIGHT.replace("2 * x", "2 * x.double()"))["double"]
    assert "torch.float64, expected torch.float32" in said(wide)


def test_students_draw_float64_where_the_test_says_so() -> None:
    """A numerical derivative needs it."""
    solution = "# %% solution\ndef kind(x):\n    return str(x.dtype)\n"
    single = asked(cell_of('return {"y": kind(d.normal(d.n))}'), solution=solution)
    double = asked(cell_of('return {"y": kind(d.normal(d.n))}', "# precision: float64\n"), solution=solution)
    source = solution.removeprefix("# %% solution\n")
    assert not sides(single).findings(source)["y"].passed  # the solution says float64
    assert sides(double).findings(source)["y"].passed


def test_nan_fails_and_the_finding_can_be_kept(small: Sides) -> None:
    """JSON has no infinite gap, so only the message mentions it."""
    wrong = small.findings(RIGHT.replace("2 * x", "x * float('nan')"))["double"]
    assert wrong.verdict is FAILED
    assert "nan" in said(wrong)
    assert wrong.largest_gap is None


def test_a_relative_error_is_shown_where_the_test_asks_for_it() -> None:
    """Gradients are read by it; a value that is not finite has none."""
    made = sides(asked(TEST.replace("values\n", "values\n# relative error\n")))
    right = made.findings(RIGHT)["total"]
    assert right.relative_error is not None
    assert right.relative_error < 1e-10
    opposite = made.findings(NEGATIVE)["double"]
    assert opposite.relative_error == pytest.approx(2.0)
    assert sides(asked()).findings(NEGATIVE)["double"].relative_error is None


# Results that do not come ----------------------------------------------------------------------------------------


def test_none_is_missing(small: Sides) -> None:
    """A function without a return is told from a wrong value."""
    found = small.findings(RIGHT.replace("return 2 * x", "2 * x"))
    assert verdicts(found) == {"double": MISSING, "total": PASSED}


def test_a_name_that_the_answers_lack_is_named(small: Sides) -> None:
    """Every result of the test waits for it."""
    found = small.findings("import torch\n\ndef total(x):\n    return x.sum(0)\n")
    assert verdicts(found) == {"double": MISSING, "total": MISSING}
    assert said(found["double"]) == "double is not defined in the notebook"


def test_what_came_before_an_error_counts() -> None:
    """Evidence travels as it is yielded; the error costs the rest."""
    made = sides(asked(cell_of('x = d.normal(d.n)\nyield "double", double(x)\nyield "total", total(x)')))
    found = made.findings(RIGHT.replace("return x.sum(0)", "raise ValueError('no')"))
    assert verdicts(found) == {"double": PASSED, "total": Verdict.RAISED}
    assert said(found["total"]) == "the code raised ValueError: no"


def test_a_result_that_the_test_left_out_is_missing() -> None:
    """The student's side may take another branch than the solution's."""
    made = sides(asked(cell_of('x = d.normal(d.n)\nyield "double", double(x)\n'
                               'if double(x)[0] != x[0]:\n    yield "total", total(x)')))  # fmt: skip
    found = made.findings(RIGHT.replace("2 * x", "x"))
    assert verdicts(found) == {"double": FAILED, "total": MISSING}
    assert said(found["total"]) == "total was not computed"


def test_a_result_beyond_those_asked_plays_no_role() -> None:
    """A student's process cannot add findings of its own."""
    made = sides(asked(cell_of('x = d.normal(d.n)\nif double(x)[0] == x[0]:\n    yield "bribe", 1.0\n'
                               'yield "double", double(x)')))  # fmt: skip
    assert set(made.findings(RIGHT.replace("2 * x", "x"))) == {"double"}


def test_a_call_that_raises_has_its_traceback(small: Sides) -> None:
    """The traceback has cells and line numbers, with the text of the line; the lines repeat the test."""
    found = small.findings("def double(x):\n    raise ValueError('no')\n\ndef total(x):\n    pass\n")
    assert verdicts(found) == {"double": Verdict.RAISED, "total": Verdict.RAISED}
    assert found["double"].traceback == (TraceLine(Frame(1, 2, "double"), "    raise ValueError('no')"),)
    assert "double(x)" in found["double"].reproduce


def test_the_text_of_an_exception_is_shown_for_public_cases_only(small: Sides) -> None:
    """The text of an exception, and the name of its class, may contain the inputs: a hidden case shows neither."""
    source = RIGHT.replace("return 2 * x", "raise ValueError(str(x))")
    assert "tensor(" in said(small.findings(source)["double"])
    hidden = small.findings(source, HIDDEN)["double"]
    assert said(hidden) == "the code raised an exception"
    assert (hidden.traceback, hidden.reproduce) == ((), "")


def test_a_run_without_an_answer_costs_its_results(small: Sides) -> None:
    """Evidence that came before the error counts."""
    student = small.student(RIGHT)
    (line,) = small.lines()
    whole = student.came(Place("1", 0, PUBLIC))
    student._came[Place("1", 0, PUBLIC)] = Came({"double": whole.values["double"]}, error=CallTimedOut(2.5))
    found = {f.result: f for f in line.judge(student, line.cases[PUBLIC]).findings}
    assert verdicts(found) == {"double": PASSED, "total": Verdict.TIMED_OUT}
    assert said(found["total"]).startswith("no answer within 2.5 s")


# What hidden cases show ------------------------------------------------------------------------------------------


def test_a_hidden_finding_reveals_no_values() -> None:
    """The finding has the category, the cause and the hint, but no digit of an input, a result, a gap or a place."""
    made = sides(asked(TEST.replace("values\n", "values\n# hint: Which dimension?\n# relative error\n")))
    found = made.findings(RIGHT.replace("2 * x", "x * x").replace("sum(0)", "sum(1)"), HIDDEN)
    assert {key: said(f) for key, f in found.items()} == {
        "double": "the values of double differ from the expected ones", "total": "total has the wrong shape",
    }  # fmt: skip
    for finding in found.values():
        assert (finding.expected, finding.actual, finding.difference, finding.reproduce) == ("", "", None, "")
        assert (finding.largest_gap, finding.relative_error) == (None, None)
        assert finding.hint.en == "Which dimension?"


def test_a_hidden_pass_reveals_no_values_either(small: Sides) -> None:
    """A passed value equals the expected one, so it must stay hidden too."""
    for finding in small.findings(RIGHT, HIDDEN).values():
        assert (finding.expected, finding.actual, finding.reproduce) == ("", "", "")


def test_the_public_twin_of_the_tests_above_shows_values(small: Sides) -> None:
    """The two tests above can fail: a public finding shows its values."""
    wrong = small.findings(RIGHT.replace("2 * x", "x * x"))["double"]
    assert wrong.expected
    assert "tensor(" in wrong.reproduce


def test_a_statement_about_a_hidden_case_shows_no_number() -> None:
    """Bounds and facts are values too."""
    judge = (
        "def judge(d, seen, right):\n    y = float(seen['y'][0])\n    yield at_most(y, 1234, 'first')\n"
        "    yield holds(y == float(right['y'][0]), 'sorted', got=y)\n"
    )
    made = sides(asked(cell_of('return {"y": double(d.normal(d.n))}', "", judge)))
    public, hidden = (made.findings(RIGHT.replace("2 * x", "2 * x + 5678"), case) for case in (PUBLIC, HIDDEN))
    assert "at most 1234 is allowed" in said(public["first"])
    assert "found: 56" in said(public["sorted"])
    assert said(hidden["first"]) == "first is not within the bound"
    assert said(hidden["sorted"]) == "expected: sorted; it is not so"
    for finding in hidden.values():
        assert (finding.expected, finding.actual) == ("", "")


# Facts that can only take points away ----------------------------------------------------------------------------


def test_what_must_hold_earns_nothing_and_can_take_everything() -> None:
    """A broken `must` fails what was right, in its case alone, and has no weight itself."""
    judge = "def judge(d, seen, right):\n    yield must('no constant', bool((seen['n'] != 4)))\n"
    made = sides(asked(cell_of('x = d.normal(d.n)\nyield "double", double(x)\nyield "n", d.n', "", judge)))
    public, hidden = made.findings(RIGHT), made.findings(RIGHT, HIDDEN)
    assert hidden["double"].passed
    assert verdicts(public) == {"double": FAILED, "no constant": FAILED}
    assert said(public["double"]) == "expected: no constant; it is not so"
    assert (public["double"].expected, public["double"].actual) == ("", "")
    judged = made.judged(RIGHT)
    assert fraction(judged) == 0.0
    assert [judged[0].check.weight(key) for key in ("double", "no constant")] == [1.0, 0.0]


def test_a_flag_costs_nothing_and_is_for_a_person() -> None:
    """It is no result: it stands beside the findings, and only where it does not hold."""
    judge = "def judge(d, seen, right):\n    yield flag('odd | strange', bool((seen['n'] != 4)))\n"
    made = sides(asked(cell_of('x = d.normal(d.n)\nyield "double", double(x)\nyield "n", d.n', "", judge)))
    public, hidden = made.judged(RIGHT)
    assert ([f.en for f in public.flags], hidden.flags) == (["strange"], ())
    assert fraction([public, hidden]) == 1.0
    assert {f.result for f in public.findings} == {"double"}


def test_what_is_forbidden_stands_beside_the_findings() -> None:
    """The values may be right: the question decides what it costs."""
    judge = "def judge(d, seen, right):\n    yield forbidden('trampa | cheating', bool((seen['n'] != 4)))\n"
    made = sides(asked(cell_of('x = d.normal(d.n)\nyield "double", double(x)\nyield "n", d.n', "", judge)))
    public, hidden = made.judged(RIGHT)
    assert ([f.en for f in public.forbidden], hidden.forbidden, public.flags) == (["cheating"], (), ())
    assert {f.result for f in public.findings} == {"double"}


def test_an_argument_that_was_changed_takes_points_away() -> None:
    """`d.unchanged` is such a fact."""
    made = sides(asked(cell_of('x = d.normal(d.n)\nyield "double", double(x)\nyield "x unchanged", d.unchanged(x)')))
    assert all(f.passed for f in made.findings(RIGHT).values())
    judged = made.judged(RIGHT.replace("return 2 * x", "y = 2 * x\n    x += 1\n    return y"))
    assert fraction(judged) == 0.0
    assert judged[0].check.weight("x unchanged") == 0.0
    assert fraction(made.judged(RIGHT)) == 1.0


# Statements of `judge`, and `expected` -----------------------------------------------------------------------------

STATED = """def judge(d, seen, right):
    (y,) = numbers(seen["y"])
    yield at_most(y, 10, "small", partial=0.2)
    yield at_least(y, 5, "large", partial=0.4)
    yield between(y, 5, 10, "middle", weight=3)
    yield near(y, 8, "eight", atol=0.5)
    yield holds(y == 8, "equal", got=y)
"""
SCALE = "# %% solution\ndef scale(n):\n    return 8.0\n"


@pytest.mark.parametrize(
    ("value", "wrong", "partial"),
    [
        (8, set(), {}),
        (11, {"small", "middle", "eight", "equal"}, {"small": 0.2}),
        (21, {"small", "middle", "eight", "equal"}, {}),
        (3, {"large", "middle", "eight", "equal"}, {"large": 0.4}),
        (2, {"large", "middle", "eight", "equal"}, {}),
        (8.4, {"equal"}, {}),
        ("float('nan')", {"small", "large", "middle", "eight", "equal"}, {}),
        ("float('inf')", {"small", "middle", "eight", "equal"}, {}),
    ],
)
def test_statements_are_results(value: Any, wrong: set[str], partial: dict[str, float]) -> None:
    """Each statement is one named result; near a bound it earns its part; NaN is within no bound."""
    table = asked(cell_of('yield "y", [scale(d.n)]', "", STATED), solution=SCALE)
    (entry, _) = sides(table).judged(f"def scale(n):\n    return {value}\n")
    found = {f.result: f for f in entry.findings}
    assert {key for key, f in found.items() if not f.passed} == wrong
    assert {key: f.partial for key, f in found.items() if f.partial} == partial
    assert [entry.check.weight(key) for key in ("small", "middle")] == [1.0, 3.0]


@pytest.mark.parametrize("value", ["'a'", "None", "[]", "torch.ones(3)", "object()"])
def test_evidence_that_is_no_number_is_wrong_and_no_fault(value: str) -> None:
    """`judge` gets None or raises; the student reads a sentence."""
    table = asked(cell_of('yield "y", scale(d.n)', "", STATED.replace('(y,) = numbers(seen["y"])', 'y = seen["y"]')),
                  solution=SCALE)  # fmt: skip
    found = sides(table).findings(f"import torch\n\ndef scale(n):\n    return {value}\n")
    assert set(found) == {"small", "large", "middle", "eight", "equal"}
    assert not any(f.passed for f in found.values())
    json.dumps([f.actual for f in found.values()])


def test_a_judge_that_fails_on_an_answer_costs_the_points_of_the_test() -> None:
    """The solution's own evidence was judged before, so the answer is odd."""
    table = asked(cell_of('yield "y", [scale(d.n)]', "", STATED), solution=SCALE)
    found = sides(table).findings("def scale(n):\n    return (1, 2)\n")
    assert {f.verdict for f in found.values()} == {FAILED}
    assert {said(f) for f in found.values()} == {"this could not be judged with what your code returned"}


def test_a_judge_that_never_answers_costs_the_points_of_the_test(small: Sides) -> None:
    """An author's process that ends gives no verdict."""
    table = asked(cell_of('yield "y", [scale(d.n)]', "", STATED), solution=SCALE)
    made = sides(table)
    made.references.prepare([])
    (line,) = made.lines()
    student = made.student("def scale(n):\n    return 8.0\n")
    line.judge(student, line.cases[PUBLIC])

    class Ends:
        def ask(self, *args: Any) -> Any:
            raise AuthorStopped("it took too long")

    made.references.author = Ends()
    found = line.judge(student, line.cases[PUBLIC]).findings
    assert {f.verdict for f in found} == {FAILED}


def test_evidence_that_judge_reads_is_not_compared() -> None:
    """Evidence that it does not read is compared as usual."""
    test = cell_of('yield "y", [scale(d.n)]\nyield "n", scale(d.n)', "", STATED)
    found = sides(asked(test, solution=SCALE)).findings(SCALE.removeprefix("# %% solution\n"))
    assert set(found) == {"n", "small", "large", "middle", "eight", "equal"}


def test_expected_replaces_what_the_solution_gave() -> None:
    """A right value may follow from what the student showed: any order of the rows is right."""
    solution = """# %% solution
import torch

def order(n):
    return torch.arange(n)

def take(x, i):
    return x[i]
"""
    test = cell_of(
        'x = d.normal(d.n)\ni = order(d.n)\nyield "orden | order", i\nyield "rows", take(x, i)',
        "",
        'def expected(d, seen):\n    return {"rows": d.normal(d.n)[seen["order"]]}\n',
        'def judge(d, seen, right):\n    yield holds(sorted(numbers(seen["order"])) == list(range(d.n)), "all rows")\n',
    )
    made = sides(asked(test, solution=solution))
    reversed_ = solution.removeprefix("# %% solution\n").replace("torch.arange(n)", "torch.arange(n).flip(0)")
    assert all(f.passed for f in made.findings(reversed_).values())
    wrong = made.findings(reversed_.replace("x[i]", "x"))
    assert verdicts(wrong) == {"rows": FAILED, "all rows": PASSED}


def test_a_fact_is_not_shown_as_a_value() -> None:
    """Next to the values, "False" would look like what a function returned."""
    made = sides(asked(cell_of('x = d.normal(d.n)\nreturn {"grows": bool((double(x).abs() > x.abs()).all())}')))
    wrong = made.findings(RIGHT.replace("2 * x", "x / 2"))["grows"]
    assert said(wrong) == "expected: grows; it is not so"
    assert (wrong.called, wrong.expected, wrong.actual) == ("", "", "")


# Other conventions -----------------------------------------------------------------------------------------------


def test_another_right_convention_has_values_of_its_own() -> None:
    """The same line with a convention compares with what that code gives; other names stay the solution's."""
    accepts = "# %% accepts triple\ndef double(x):\n    return 3 * x\n"
    made = sides(asked(TEST, accepts))
    triple = RIGHT.replace("2 * x", "3 * x")
    assert fraction(made.judged(triple)) == 0.5
    assert fraction(made.judged(triple, convention="triple")) == 1.0
    assert fraction(made.judged(RIGHT, convention="triple")) == 0.5


# Refusals and faults of the grader ---------------------------------------------------------------------------------


def test_a_refused_line_has_a_finding_for_every_result(small: Sides) -> None:
    """The findings exist without running the student's code, so that points are counted as if it had run."""
    student = small.student(RIGHT)
    (line,) = small.lines()
    judged = line.refuse(student, line.cases[HIDDEN], Finding(MISSING, say("not answered")))
    assert {f.result: f.verdict for f in judged.findings} == {"double": MISSING, "total": MISSING}
    assert {(f.check.en, f.case.en, f.public) for f in judged.findings} == {("values", "hidden", False)}
    assert fraction([judged]) == 0.0
    assert student.program.runs == []  # type: ignore[attr-defined]


def test_a_refusal_of_a_line_without_points_names_no_results() -> None:
    """One finding is enough, whoever was judged before."""
    made = sides(asked(TEST.replace("values\n", "values\n# share: 0\n")))
    (line,) = made.lines()
    refused = Finding(MISSING, say("not answered"))
    before = line.refuse(made.student(RIGHT), line.cases[PUBLIC], refused).findings
    made.judged(RIGHT)
    assert line.refuse(made.student(RIGHT), line.cases[PUBLIC], refused).findings == before
    assert len(before) == 1
    assert not before[0].scored


def test_what_is_not_installed_here_is_skipped() -> None:
    """The finding says what is missing on this machine and costs no points."""
    given = "def given(d):\n    import a_package_that_nobody_has\n    return {}\n"
    made = sides(asked(cell_of('return {"y": double(d.normal(d.n))}', "", given)))
    (finding,) = made.judged(RIGHT)[PUBLIC].findings
    assert finding.verdict is Verdict.SKIPPED
    assert not finding.scored
    assert "a_package_that_nobody_has is not installed" in said(finding)


def test_a_tensor_without_entries_is_our_fault() -> None:
    """A comparison of nothing neither passes nor costs the student points."""
    solution = "# %% solution\nimport torch\n\ndef empty(n):\n    return torch.zeros(0)\n"
    made = sides(asked(cell_of('return {"y": empty(d.n)}'), solution=solution))
    with pytest.raises(EmptyCheck, match="'y'"):
        made.findings(solution.removeprefix("# %% solution\n"))


def test_known_mistakes_are_tried_in_students_precision() -> None:
    """The gap is that of float32 against float64; a mistake fails what it spoils."""
    wrong = "# %% wrong minus: A sign. [raw]\n# - 2 * x\n# + -2 * x\n"
    made = sides(asked(TEST, wrong))
    (line,) = made.lines()
    (ran, minus) = line.with_mistakes(line.cases[PUBLIC], [(), ("minus",)])
    right = ran.results
    assert [(key, passed) for key, passed, _ in right] == [("double", True), ("total", True)]
    assert all(gap < 1 for _, _, gap in right)
    spoilt = {key: (passed, gap) for key, passed, gap in minus.results}
    assert spoilt["total"][0]
    assert not spoilt["double"][0]
    assert spoilt["double"][1] > 1


def test_a_mistake_without_results_is_infinitely_far_off() -> None:
    """It raises, so that each result fails."""
    wrong = "# %% wrong raises: It raises. [raw]\n# - 2 * x\n# + x.no_such_method()\n"
    (line,) = sides(asked(TEST, wrong)).lines()
    (ran,) = line.with_mistakes(line.cases[PUBLIC], [("raises",)])
    assert [entry[1:] for entry in ran.results] == [(False, math.inf)] * 2


def test_two_lines_that_look_alike_are_two() -> None:
    """A line is a key of its own."""
    made = sides(asked())
    (first,), (second,) = made.lines(), made.lines()
    assert len({first: 0, second: 1, replace(first): 2}) == 3


def test_a_judge_sees_evidence_that_it_did_not_read_of_the_solution() -> None:
    """It is sent first what it read of the solution, and everything once it asks for more."""
    judge = """
def judge(d, seen, right):
    doubled = bool((seen["y"] == 2).all())
    yield holds(doubled or float(seen["z"]) == 5.0, "fine")"""
    test = cell_of('y = double(torch.ones(d.n))\nreturn {"y": y, "z": y.sum() + 1}', "", judge)
    assert verdicts(sides(asked(test)).findings(RIGHT))["fine"] is PASSED
    assert verdicts(sides(asked(test)).findings(RIGHT.replace("2 * x", "x")))["fine"] is PASSED
    assert verdicts(sides(asked(test)).findings(RIGHT.replace("2 * x", "3 * x")))["fine"] is FAILED
