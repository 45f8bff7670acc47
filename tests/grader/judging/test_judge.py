"""The judge takes the questions of one notebook in order, with the questions that they build on, within the time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from grader.assignment.load import load_assignment
from grader.assignment.spec import Assignment
from grader.errors import AssignmentError
from grader.judging.judge import Judge
from grader.results import Finding, QuestionResult, Verdict
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level
from grader.sandbox.limits import Limits

from ...in_lane import judge_bytes
from .in_process import assignment

# Generous, since the machine may be busy.
LIMITS = Limits(call_s=60, load_s=60, submission_s=600)
DOUBLE = "def double(t):\n    return 2 * t\n"
WRONG = "def double(t):\n    return t\n"
ENDLESS = "def double(t):\n    while True:\n        pass\n"
CASES = '@public("case 1", n=3)\n@hidden("case 2", n=3)\n'
MORE = CASES + '@public("case 3", n=3)\n@public("case 4", n=3)\n'
TEST = "def test(d):\n    return {'double': double(d.normal(d.n))}\n"


def question(id: str = "1", headers: str = "", cases: str = CASES, more: str = "", test: str = TEST) -> str:
    """A question whose answer is `double`, or a function that calls it."""
    name = "double" if id == "1" else f"double_{id}"
    solution = DOUBLE if id == "1" else later(id)
    test = test.replace("double(d", f"{name}(d")
    head = f"# %% question {id}: {id}\n# points: 2\n{headers}"
    return f"{head}# %% solution\n{solution}# %% test values\n{cases}{test}{more}"


def later(*ids: str) -> str:
    """The answers of these questions."""
    return "".join(f"def double_{id}(t):\n    return double(t)\n" for id in ids)


STAND_IN = "# %% stand-in double\ndef double(t):\n    return t + t\n"


def table(*questions: str, limits: Limits = LIMITS) -> Assignment:
    return replace(assignment(*questions), limits=limits)


@pytest.fixture(scope="module")
def lane() -> Iterator[Lane]:
    with Lane(Level.NONE, LIMITS) as lane:
        yield lane


@pytest.fixture
def fresh(lane: Lane) -> Iterator[Lane]:
    yield lane
    lane.end()


def judged(made: Assignment, source: str, lane: Lane, *only: str) -> dict[str, QuestionResult]:
    return {q.id: q for q in judge_bytes(Judge(made, "salt", only), source.encode(), "a.py", lane).questions}


def said(question: QuestionResult) -> list[tuple[Verdict, str]]:
    return [(f.verdict, f.message.render("en")) for f in question.findings]


@pytest.mark.parametrize(("source", "points"), [(DOUBLE, 2), (WRONG, 1)], ids=["right", "wrong"])
def test_what_a_question_builds_on_is_judged_and_not_shown(source: str, points: float, fresh: Lane) -> None:
    """A wrong earlier answer is known, so that a right one stands in for it."""
    made = table(question(more=STAND_IN), question("2", "# needs: 1 (share 0.5)\n"), question("3"))
    found = judged(made, source + later("2", "3"), fresh, "2")
    assert list(found) == ["2"]
    assert found["2"].points == points


@pytest.mark.parametrize("share", ["", " (share 0)"], ids=["it would change nothing", "nobody has tried"])
def test_an_earlier_mistake_is_to_be_repaired_first_only_where_that_may_help(share: str, fresh: Lane) -> None:
    """A question that stays wrong with right earlier answers has a mistake of its own."""
    made = table(question(more=STAND_IN), question("2", f"# needs: 1{share}\n"))
    notes = judged(made, WRONG + "def double_2(t):\n    return 5 * t\n", fresh)["2"].notes
    assert [note.template.startswith("this question builds on") for note in notes] == [True] * bool(share)


def test_after_two_runs_without_an_answer_a_question_is_not_tried_again(fresh: Lane) -> None:
    """The other cases get the same verdict at once; the next question is still run."""
    made = table(question(cases=MORE), question("2"), limits=replace(LIMITS, call_s=0.2))
    first, second = judged(made, ENDLESS + later("2"), fresh).values()
    assert {verdict for verdict, _ in said(first)} == {Verdict.TIMED_OUT}
    assert [message for _, message in said(first)].count("not tried again after 2 calls without an answer") == 2
    assert "no answer within" in said(second)[0][1]


def test_when_the_time_of_a_notebook_is_used_up_nothing_more_is_tried(fresh: Lane) -> None:
    """The student reads the reason, and no check counts as passed."""
    made = table(question(), limits=replace(LIMITS, submission_s=0))
    (result,) = judged(made, DOUBLE, fresh).values()
    assert set(said(result)) == {(Verdict.TIMED_OUT, "the time for the whole notebook was used up before this check")}
    assert result.points == 0


def test_a_question_that_was_not_attempted_is_not_run(fresh: Lane) -> None:
    """A question may define an attempt; without one no test runs on the student's side."""
    made = table(question(headers="# attempted: double\\(3\n"))
    (result,) = judged(made, DOUBLE + "print('not run')\n", fresh).values()
    assert set(said(result)) == {(Verdict.MISSING, "not answered")}
    (result,) = judged(made, DOUBLE + "# double(3)\n", fresh).values()
    assert set(said(result)) == {(Verdict.MISSING, "not answered")}
    (result,) = judged(made, DOUBLE + "double(3)\n", fresh).values()
    assert result.verdict is Verdict.PASSED


def test_the_solution_is_not_run_for_a_question_that_was_not_attempted(fresh: Lane) -> None:
    """The solution of such a question may train for long."""
    judge = Judge(table(question(headers="# attempted: double\\(3\n")), "salt")
    judge_bytes(judge, DOUBLE.encode(), "a.py", fresh)
    assert not judge.references.raw
    judge.references.author.close()  # type: ignore[attr-defined]


def test_the_solution_is_run_before_any_student_code() -> None:
    """Questions that few students attempt are the exception."""
    judge = Judge(table(question(), question("2", "# attempted: double\n")), "salt")
    judge.prepare()
    assert {place.question for place in judge.references.raw} == {"1"}
    judge.references.author.close()  # type: ignore[attr-defined]


def test_a_slip_of_the_author_ends_the_run_before_any_student_code() -> None:
    """The sentence says where it is."""
    judge = Judge(table(question(test="def test(d):\n    return {'double': double(d.normal(d.n))[7]}\n")), "salt")
    with pytest.raises(AssignmentError, match=r"question 1, test values, case case 1: the test raises IndexError"):
        judge.prepare()
    judge.references.author.close()  # type: ignore[attr-defined]


def test_an_exception_of_ours_says_where_it_was_raised(fresh: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bug report names the question, the check and the case."""

    def broken(*args: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("grader.judging.checks.from_test.FromTest._compared", broken)
    with pytest.raises(ZeroDivisionError) as caught:
        judged(table(question()), DOUBLE, fresh)
    assert caught.value.__notes__ == ["in check 'values', case 'case 1'", "while judging question 1"]


def test_a_similar_name_is_pointed_out(fresh: Lane) -> None:
    """A similar name does not count as the answer."""
    (result,) = judged(table(question()), DOUBLE.replace("double", "Double"), fresh).values()
    assert result.verdict is Verdict.MISSING
    assert "Double in cell 1 has a similar name" in result.notes[0].render("en")


@pytest.mark.parametrize(("body", "verdict"), [("t = 2 * t", "failed"), ("if t is None: return t", "failed"),
                                               ("pass", "missing"), ("return None", "missing")])
def test_a_forgotten_return_is_wrong(fresh: Lane, body: str, verdict: str) -> None:
    """A function that is written and returns nothing is told so; one that is left empty was not answered."""
    (result,) = judged(table(question()), f"def double(t):\n    {body}", fresh).values()
    assert result.verdict == verdict
    told = {f.message.render("en") for f in result.findings}
    assert told == {"double returns nothing: is a return missing?" if verdict == "failed" else "not answered"}


def test_a_function_that_leaves_something_needs_no_return(fresh: Lane) -> None:
    """What the solution leaves in an attribute is absent, and no return is missed."""
    test = "def test(d):\n    kept = []\n    double(kept)\n    yield 'left', kept[0] if kept else None\n"
    made = table(question(headers="in place: double\n", test=test).replace(DOUBLE, "def double(t):\n    t.append(2)\n"))
    (result,) = judged(made, "def double(t):\n    t = [2]", fresh).values()
    assert set(said(result)) == {(Verdict.FAILED, "left is None: nothing was computed")}


def test_a_missing_colon_is_named_at_its_question(fresh: Lane) -> None:
    """A name that Python could not read is not called undefined: the place of the error stands at the question."""
    (result,) = judged(table(question()), "x = 1\ndef double(t)\n    return 2 * t", fresh).values()
    assert result.verdict is Verdict.RAISED
    told = {f.message.render("en") for f in result.findings}
    assert told == {"double cannot be read: cell 1, line 2: expected ':'"}
    assert {line.source for f in result.findings for line in f.traceback} == {"def double(t)"}


@pytest.mark.parametrize(
    ("line", "why"), [("def aid(t)\n    return t", "expected ':'"), ("aid = absent_name", "'absent_name'")]
)
def test_an_undefined_name_is_traced_to_the_line_that_should_define_it(fresh: Lane, line: str, why: str) -> None:
    """The cause of the NameError is the cell that cannot be read, or the line that could not be run."""
    cells = (line, "def double(t):\n    return aid(2 * t)")
    data = json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]}).encode()
    (result,) = judge_bytes(Judge(table(question()), "salt"), data, "a.ipynb", fresh).questions
    public = next(f for f in result.findings if f.public)
    assert "NameError" in public.message.render("en")
    assert public.cause is not None
    assert why in public.cause.render("en")
    assert "ell 1, line 1" in public.cause.render("en")


def test_a_template_that_does_not_parse_is_no_answer(fresh: Lane) -> None:
    """A head without its colon and without a body is as the students got it: not answered, and not wrong."""
    hole = 'def double(t)\n    """Twice t."""\n    # your code\n    pass'
    (result,) = judged(table(question()), hole, fresh).values()
    assert result.verdict is Verdict.MISSING


def test_a_variable_that_is_read_from_outside_is_named(fresh: Lane) -> None:
    """It costs nothing while the result is right; a constant in capitals and an argument are nobody's slip."""
    cells = "k, TWO = 2, 2\ndevice = torch.device('cpu')\ndef double(t):\n    return k * t.to(device) * TWO / 2"
    (result,) = judged(table(question()), "import torch\n" + cells, fresh).values()
    assert result.verdict is Verdict.PASSED
    assert [n.render("en").partition(":")[0] for n in result.notes] == ["double reads device, k from outside"]
    (result,) = judged(table(question()), "k = 2\ndef double(t, k=2):\n    return k * t", fresh).values()
    assert result.notes == ()


VARIABLE = """
# %% question 1: 1
# points: 1
# inputs: a
# outputs: dL_duLm1
# %% solution
dL_duLm1 = 2 * a
# %% test values
@public("1", n=2)
@hidden("2", n=3)
def test(d):
    yield from d.snippet(a=d.normal(d.n))
"""


def test_a_similar_variable_is_pointed_out(fresh: Lane) -> None:
    """The note about a missing variable names a similar one."""
    (result,) = judged(table(VARIABLE), "a = 1\ndL_duL = 2 * a", fresh).values()
    assert "dL_duLm1 is missing; dL_duL in cell 1 has a similar name" in result.notes[0].render("en")


def test_a_class_is_shown_once_with_its_methods(fresh: Lane) -> None:
    """A question that asks for a class and its method shows the lines of the class as they stand in the notebook."""
    source = "class Net:\n    def double(self, t):\n        return 2 * t\n"
    test = "def test(d):\n    return {'double': Net().double(d.normal(d.n))}\n"
    made = table(f"# %% question 1: 1\n# points: 2\n# %% solution\n{source}# %% test values\n{CASES}{test}")
    assert set(made.questions[0].names) == {"Net", "Net.double"}
    (result,) = judged(made, source, fresh).values()
    assert [excerpt.source for excerpt in result.excerpts] == [source.rstrip()]


def test_a_finding_is_kept_for_each_case_of_each_test(fresh: Lane) -> None:
    """The findings are in the order of the file."""
    (result,) = judged(table(question(cases=MORE)), DOUBLE, fresh).values()
    found: tuple[Finding, ...] = result.findings
    assert [f.case.en for f in found] == ["case 1", "case 2", "case 3", "case 4"]
    assert all(f.passed and f.compared == 3 for f in found)


def test_another_right_convention_counts_if_it_fits_in_all_cases(fresh: Lane) -> None:
    """Half of one convention and half of the other are right in none."""
    made = table(question(more="# %% accepts triple\ndef double(t):\n    return 3 * t\n"))
    (result,) = judged(made, DOUBLE.replace("2", "3"), fresh).values()
    assert (result.points, result.verdict) == (2, Verdict.PASSED)
    sizes = CASES.replace('"case 2", n=3', '"case 2", n=4')
    mixed = table(question(cases=sizes, more="# %% accepts triple\ndef double(t):\n    return 3 * t\n"))
    (result,) = judged(mixed, "def double(t):\n    return len(t) * t - (len(t) == 4) * 2 * t\n", fresh).values()
    assert result.points == 0


def test_the_hint_of_a_refining_test_is_shown_only_where_the_others_pass(fresh: Lane) -> None:
    """It would lead astray."""
    refining = "# %% test finer\n# refines\n# hint: Finer.\n" + CASES.replace("n=3", "n=5") + TEST
    made = table(question(more=refining))

    def hints(source: str) -> set[str]:
        (result,) = judged(made, source, fresh).values()
        fresh.end()
        return {f.hint.en for f in result.findings if f.check.en == "finer" and not f.passed}

    assert hints(WRONG) == {""}
    assert hints("def double(t):\n    return 2 * t if len(t) == 3 else t\n") == {"Finer."}


RAISING = """
# %% assignment first: First
# languages: en
# %% given
import torch
# %% question q: Product
# points: 1
# %% text en [markdown]
# `product(A, B)` is the matrix product.
# %% solution
def product(A, B):
    return A @ B
# %% test values
@public(N=2, F=3)
@hidden(N=4, F=5)
def test(d):
    return {"product": product(d.normal(d.N, d.F), d.normal(d.F, d.N + 1))}
# %% wrong transposed: The second factor is not transposed. [raw]
# raises: RuntimeError
# - A @ B
# + A @ B.T
"""


@pytest.mark.bwrap
def test_a_mistake_is_named_by_its_exception(tmp_path: Path) -> None:
    """The student's code raises what the mistake raises; another exception names nothing."""
    torch.set_num_threads(1)
    (tmp_path / "a.py").write_text(RAISING)
    judge = Judge(load_assignment(tmp_path / "a.py"), "salt")
    judge.prepare()
    with Lane(Level.BWRAP, judge.assignment.limits) as lane:

        def named(code: str) -> set[tuple[str, ...]]:
            source = f"import torch\ndef product(A, B):\n    {code}\n"
            (question,) = judge_bytes(judge, source.encode(), "a.py", lane).questions
            assert not question.points
            return {f.misconceptions for f in question.findings}

        assert named("return torch.mm(A, B.t())") == {("transposed",)}
        assert named("raise ValueError('no')") == {()}


def test_an_answer_in_a_text_cell_is_reported(lane: Lane) -> None:
    """The note names the cell and the words, and the answer is missing."""
    cells = [{"cell_type": "code", "source": "import torch"}, {"cell_type": "markdown", "source": DOUBLE}]
    notebook = json.dumps({"cells": cells}).encode()
    (result,) = judge_bytes(Judge(table(question()), salt="s"), notebook, "a.ipynb", lane).questions
    assert (result.verdict, result.points) == (Verdict.MISSING, 0)
    assert [n.render("en") for n in result.notes] == [
        "cell 2 is a text cell and contains def double: change it to code"
    ]
