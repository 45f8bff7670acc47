"""Attempted questions, on results made by hand and on the template as students fill it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import load
from grader.errors import Frame
from grader.judging.judge import Judge
from grader.messages import Text, say
from grader.report.attempts import answered_names, attempted, exit_status, red, wrong
from grader.results import Excerpt, Finding, QuestionResult, Status, SubmissionResult, TraceLine, Verdict
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level

from ...in_lane import judge_bytes

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "student_template" / "tarea2.ipynb"
SUBMISSIONS = ROOT / "tests" / "submissions" / "tarea2"

PASSED = Finding(Verdict.PASSED, say("right"), compared=1)
MISSING = Finding(Verdict.MISSING, say("{name} is not defined in the notebook", name="f"), result="f")
FAILED = Finding(Verdict.FAILED, say("wrong"), compared=1, result="f", called="f(x)")


def question(*findings: Finding, source: str = "", bonus: bool = False) -> QuestionResult:
    excerpts = (Excerpt(3, 2, source),) if source else ()
    return QuestionResult("1", Text(en="One"), 0, 1, bonus=bonus, findings=findings, excerpts=excerpts)


def result(*questions: QuestionResult, **more: object) -> SubmissionResult:
    return replace(SubmissionResult("a", "a.ipynb", Status.GRADED, "t", "es", questions), **more)


STUBS = (
    "pass",
    "...",
    "'''What to do.'''",
    "'''What to do.'''\n    pass",
    "return None",
    "return",
    "raise NotImplementedError",
    "raise NotImplementedError('your turn')",
)


@pytest.mark.parametrize("body", STUBS)
@pytest.mark.parametrize("finding", [FAILED, replace(MISSING, called="f(x)"), replace(FAILED, verdict=Verdict.RAISED)])
def test_an_empty_function_is_no_attempt(body: str, finding: Finding) -> None:
    """An empty function is a hole whatever its call leads to."""
    hole = question(finding, source=f"def f(x):\n    {body}")
    assert not attempted(hole)
    assert not red(result(hole))


@pytest.mark.parametrize(
    "body", ["return x", "raise ValueError", "x = None", "print(x)", "return None if x else 1", "1 / 0"]
)
@pytest.mark.parametrize("finding", [FAILED, replace(MISSING, called="f(x)"), replace(FAILED, verdict=Verdict.RAISED)])
def test_a_written_function_is_an_attempt(body: str, finding: Finding) -> None:
    """A written function that returns nothing is an attempt too."""
    written = question(finding, source=f"def f(x):\n    {body}")
    assert attempted(written)
    assert wrong(written) == (finding,)
    assert red(result(written))


def test_a_name_that_is_missing_is_no_attempt() -> None:
    """An answer that waits for another question is not an attempt either."""
    for absent in (MISSING, Finding(Verdict.SKIPPED, say("waits"))):
        assert not attempted(question(absent))
        assert not red(result(question(absent)))


def test_each_function_of_an_answer_stands_for_itself() -> None:
    """A question with one right function and one hole is attempted and not wrong."""
    source = "def f(x):\n    return x\n\ndef g(x):\n    pass"
    half = question(PASSED.with_(result="f"), MISSING.with_(result="g", called="g(x)"), source=source)
    assert attempted(half)
    assert wrong(half) == ()
    assert wrong(question(MISSING.with_(result="f/dx", called="f(x)"), source=source)) != ()


CLASS = "class SGD:\n    def __init__(self, parameters):\n        {init}\n\n    def step(self):\n        {step}"


@pytest.mark.parametrize(
    ("init", "step", "open_still"),
    [
        ("pass", "pass", True),
        ("self.p = parameters", "pass", True),
        ("pass", "self.p = 1", False),
        ("x = 1", "y = 2", False),
    ],
)
def test_a_class_is_attempted_with_its_methods(init: str, step: str, open_still: bool) -> None:
    """A constructor alone is not yet an attempt."""
    failed = FAILED.with_(result="after one step", called="sgd.step()")
    assert attempted(question(failed, source=CLASS.format(init=init, step=step))) is not open_still


def test_a_hole_among_the_special_methods_is_a_hole() -> None:
    """Nobody wants `__getitem__` to return None; another method may well be empty."""
    source = "class D:\n    def __len__(self):\n        return 3\n\n    def {name}(self, i=0):\n        pass"
    assert not attempted(question(FAILED, source=source.format(name="__getitem__")))
    assert attempted(question(FAILED, source=source.format(name="zero_grad")))
    assert not attempted(question(FAILED, source="class D:\n    pass"))


def test_a_line_that_raises_not_implemented_is_a_hole_wherever_it_stands() -> None:
    """One method of a written class may be a hole; torch's own NotImplementedError is not a hole."""
    source = "class N:\n    def a(self):\n        return 1"
    for line, is_open in (("raise NotImplementedError()", True), ("return super().forward(x)", False)):
        raised = Finding(Verdict.RAISED, say("raised"), traceback=(TraceLine(Frame(3, 9), f"    {line}"),))
        assert attempted(question(raised, source=source)) is not is_open


def test_what_costs_nothing_and_what_a_person_reads_is_never_wrong() -> None:
    """A finding that is not scored counts only if no finding is scored."""
    free = FAILED.with_(scored=False)
    assert not red(result(question(PASSED, free)))
    assert red(result(question(free)))
    assert not red(result(question(Finding(Verdict.PENDING, say("figures")))))
    assert red(result(question(Finding(Verdict.FORBIDDEN, say("used")), PASSED)))


def test_a_pass_that_compared_nothing_is_no_pass() -> None:
    """A finding without comparisons does not pass here either."""
    assert red(result(question(PASSED.with_(compared=0))))


def test_without_attempted_only_everything_required_has_to_be_there() -> None:
    """Optional questions may stay open, and a question for a person does not count."""
    assert not red(result(question(PASSED), question(MISSING, bonus=True)), attempted_only=False)
    assert not red(result(question(Finding(Verdict.PENDING, say("figures")))), attempted_only=False)
    assert red(result(question(PASSED), question(MISSING)), attempted_only=False)


def test_what_was_not_judged_is_never_green() -> None:
    """An unreadable file and a result without questions are red."""
    assert red(result(question(PASSED), status=Status.UNREADABLE))
    assert red(result())
    assert exit_status(result()) == 1


def test_our_fault_is_a_status_of_its_own() -> None:
    """A fault of the grader is never green, and no student pays for it."""
    ours = replace(question(PASSED), verdict=Verdict.GRADER_FAULT)
    assert exit_status(result(ours)) == 3
    assert exit_status(result(status=Status.GRADER_FAULT)) == 3
    assert exit_status(result(question(PASSED))) == 0
    assert exit_status(result(question(FAILED, source="def f(x): return x"))) == 1


def test_definitions_are_where_the_student_wrote_them() -> None:
    """Methods, variables and indented cells are found; a cell that does not parse defines nothing."""
    found = question(source="f = lambda x: x\nclass A:\n    def g(self):\n        pass\ny = None")
    lines = {d.name: (d.cell, d.line, d.empty) for d in answered_names(found)}
    assert lines == {"f": (3, 2, False), "g": (3, 4, True), "y": (3, 6, True)}
    assert answered_names(question(source="def f(:")) == ()


# With the grader itself ------------------------------------------------------------------------------------------

RIGHT_LOSS = """def CELoss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        Q = Q.clamp(epsilon)
    return -(P * Q.log()).sum(1).mean()"""
D_RELU = """def d_relu(T):
    return (T > 0).float()


def d_swish(T, beta=1):
    pass


def d_celu(T, alpha=1):
    pass"""
INIT_ONLY = """class SGD:
    def __init__(self, parameters, lr):
        self.p, self.lr = list(parameters), lr

    def step(self):
        pass"""
RIGHT_2A = "dL_duLm1 = (y_pred - y) / B"


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(load.load_assignment(load.default_folder()), salt="tests")


@pytest.fixture(scope="module")
def lane(judge: Judge) -> Iterator[Lane]:
    with Lane(Level.BWRAP, judge.assignment.limits) as lane:
        yield lane


def filled(**answers: str) -> bytes:
    """The template with these texts instead of its own: the key `CELoss` names the first definition of the cell."""
    content = json.loads(TEMPLATE.read_bytes())
    for cell in content["cells"]:
        source = "".join(cell["source"])
        for name, answer in answers.items():
            if f"def {name}(" in source or f"class {name}" in source or f"\n{name} = None" in source:
                cell["source"] = answer if "= None" not in source else source.replace(f"{name} = None", answer)
    return json.dumps(content).encode()


def graded(data: bytes, judge: Judge, lane: Lane, name: str = "tarea2.ipynb") -> SubmissionResult:
    judgement = judge_bytes(judge, data, name, lane)
    return SubmissionResult("a", name, Status.GRADED, "tarea2", "es", judgement.questions, notes=judgement.notes)


def begun(result: SubmissionResult) -> set[str]:
    return {q.id for q in result.questions if attempted(q)}


@pytest.mark.bwrap
def test_the_template_is_green_and_attempts_nothing(judge: Judge, lane: Lane) -> None:
    """Question 0 has its answer; the holes run and are still holes."""
    untouched = graded(TEMPLATE.read_bytes(), judge, lane)
    assert begun(untouched) == {"0"}
    assert exit_status(untouched) == 0
    assert red(untouched, attempted_only=False)


@pytest.mark.bwrap
def test_a_half_finished_notebook_is_green(judge: Judge, lane: Lane) -> None:
    """Some questions are right, some are begun, and the others are unchanged."""
    half = graded(filled(CELoss=RIGHT_LOSS, d_relu=D_RELU, SGD=INIT_ONLY, dL_duLm1=RIGHT_2A), judge, lane)
    assert {q.id: wrong(q) for q in half.questions if wrong(q)} == {}
    assert begun(half) == {"0", "1a", "1b", "2a"}
    assert not red(half)


@pytest.mark.bwrap
def test_wrong_answers_are_red_and_what_is_open_beside_them_is_not(judge: Judge, lane: Lane) -> None:
    """Each failure is in its own question; the loss computes but returns nothing."""
    answers = {
        "CELoss": RIGHT_LOSS.replace("return", "print(1) or"),
        "d_relu": D_RELU.replace("T > 0", "T < 0"),
        "dL_duLm1": RIGHT_2A.replace(" / B", ""),
        "SGD": INIT_ONLY.replace("        pass", "        self.p = []"),
    }
    mistaken = graded(filled(**answers), judge, lane)
    assert {q.id for q in mistaken.questions if wrong(q)} == {"1a", "1b", "2a", "4a"}
    assert exit_status(mistaken) == 1


@pytest.mark.bwrap
def test_a_syntax_error_in_an_answer_is_red(judge: Judge, lane: Lane) -> None:
    """The answer is wrong because its cell does not parse."""
    broken = graded(filled(CELoss=RIGHT_LOSS.replace("True,", "True,,")), judge, lane)
    assert red(broken)


@pytest.mark.bwrap
def test_a_right_notebook_is_green_either_way(judge: Judge, lane: Lane) -> None:
    """All answers for the checks are right, and answers for a person are not required."""
    right = graded((SUBMISSIONS / "right" / "parameter_lists.py").read_bytes(), judge, lane, "a.py")
    assert {q.id for q in right.questions if wrong(q)} == set()
    assert not red(right)
    assert exit_status(right, attempted_only=False) == 0
