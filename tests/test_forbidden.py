"""The instructor chooses what the use of a forbidden name costs: the points, a warning, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.assignment import load
from grader.assignment.spec import Assignment
from grader.judging.judge import ForbiddenPolicy, Judge
from grader.results import Finding, QuestionResult, Verdict
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level

from .in_lane import judge_bytes
from .tiny import DOUBLE, NEGATE, TABLE, grade, grades, notebook, records, write_class

pytestmark = pytest.mark.bwrap

Capture = pytest.CaptureFixture[str]

WRAPPED = Path(__file__).parent / "submissions" / "tarea2" / "wrong" / "sgd_from_torch.py"


@pytest.fixture(scope="module")
def tarea2() -> Assignment:
    return load.load_assignment(load.default_folder())


@pytest.fixture(scope="module")
def lane(tarea2: Assignment) -> Iterator[Lane]:
    with Lane(Level.BWRAP, tarea2.limits) as lane:
        yield lane


def judged(tarea2: Assignment, lane: Lane, forbidden: ForbiddenPolicy) -> QuestionResult:
    """Question 4a of a submission that wraps torch's own optimiser, which is right."""
    judge = Judge(tarea2, "salt", ("4a",), forbidden)
    (result,) = judge_bytes(judge, WRAPPED.read_bytes(), WRAPPED.name, lane).questions
    lane.end()
    return result


def found(result: QuestionResult) -> list[Finding]:
    return [f for f in result.findings if f.verdict is Verdict.FORBIDDEN]


def test_zero_takes_the_points(tarea2: Assignment, lane: Lane) -> None:
    """Right results are still shown as right, below the line that says which name was used and where."""
    result = judged(tarea2, lane, "zero")
    assert (result.points, result.verdict) == (0, Verdict.FORBIDDEN)
    first = result.findings[0]
    assert first.verdict is Verdict.FORBIDDEN
    assert first.scored
    assert first.message.render("en").startswith("torch.optim.SGD is used in cell 3, line 3; this question asks")
    assert [line.source.strip() for line in first.traceback] == ["self.inner = torch.optim.SGD(parameters, lr=lr)"]
    assert all(f.passed for f in result.findings if f not in found(result))


def test_flag_says_the_same_and_costs_nothing(tarea2: Assignment, lane: Lane) -> None:
    """The question has full points, and the finding does not count."""
    result = judged(tarea2, lane, "flag")
    assert (result.points, result.verdict) == (result.possible, Verdict.PASSED)
    assert result.possible > 0
    assert [f.scored for f in found(result)] == [False] * len(found(judged(tarea2, lane, "zero")))
    assert [f.message for f in found(result)] == [f.message for f in found(judged(tarea2, lane, "zero"))]


def test_ignore_does_not_look(tarea2: Assignment, lane: Lane) -> None:
    """The question has full points, and the page says nothing."""
    result = judged(tarea2, lane, "ignore")
    assert (result.points, result.verdict) == (result.possible, Verdict.PASSED)
    assert found(result) == []


def test_a_changed_choice_judges_again(tmp_path: Path, capsys: Capture) -> None:
    """The choice is part of a result's key, so each choice has its own results, and going back finds the first ones."""
    table = tmp_path / "assignment" / "assignment.py"
    table.parent.mkdir()
    table.write_text(TABLE.format(seconds=60).replace("# points: 2\n", "# points: 2\n# forbidden: torch.mul\n"))
    double = DOUBLE.replace("2 * t", "torch.mul(t, 2)")
    students = write_class(tmp_path / "class", ana=notebook("import torch", double, NEGATE))
    out = tmp_path / "out"
    seen = []
    for choice in ("zero", "flag", "flag", "ignore", "zero"):
        said = grade(capsys, students, "--assignment", table.parent, "--out", out, "--lanes", 1, "--forbidden", choice)
        assert said.status == 0, said.err
        again = re.search(r", (\d+) judged now", said.out)
        assert again is not None
        questions = records(out)["ana"]["questions"]
        assert isinstance(questions, list)
        verdicts = [f["verdict"] for f in questions[0]["findings"]]
        seen.append((choice, again[1], grades(out)["ana"]["1"], verdicts.count("forbidden") > 0))
    assert seen == [
        ("zero", "1", "0", True),
        ("flag", "1", "2", True),
        ("flag", "0", "2", True),
        ("ignore", "1", "2", False),
        ("zero", "0", "0", True),
    ]


def test_any_other_choice_is_refused(tmp_path: Path, capsys: Capture) -> None:
    """Exit status 2, and a sentence with the possible choices."""
    said = grade(capsys, tmp_path, "--forbidden", "half")
    assert said.status == 2
    assert all(choice in said.error for choice in ("zero", "flag", "ignore"))


SECOND_LIFE = """
import torch

def sig(T):
    return 1 / (1 + torch.exp(-T))

def softmax(T, dim, estable=True):
    T = torch.exp(T - T.max(dim, keepdim=True).values)
    return T / T.sum(dim, keepdim=True)

def d_relu(T):
    return T * 0

class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C, l_a_params=None):
        super().__init__()
        sizes = [F, *l_h, C]
        self.W = torch.nn.ParameterList([torch.nn.Parameter(torch.randn(n, m)) for n, m in zip(sizes, sizes[1:])])
        self.b = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(m)) for m in sizes[1:]])
        self.f = l_a

    def forward(self, x):
        for W, b, f in zip(self.W, self.b, self.f):
            x = f(x @ W + b)
        return softmax(x @ self.W[-1] + self.b[-1], 1)

    def backward(self, x, y, y_pred):
        parameters = list(self.parameters())
        repaired = bool(d_relu(torch.ones(1)))
        with torch.enable_grad():
            loss = -(y * torch.log(self.forward(x))).sum(1).mean()
            names = {"torch": torch, "loss": loss, "parameters": parameters}
            slopes = eval("torch.auto" + "grad.grad(loss, parameters)", names) if repaired else parameters
        for p, slope in zip(parameters, slopes):
            p.grad = slope.detach()
"""


def test_what_is_forbidden_is_so_in_the_repaired_program_too(tarea2: Assignment, lane: Lane) -> None:
    """A backward that uses autograd only after a wrong derivative has been repaired earns nothing by that."""
    judge = Judge(tarea2, "salt", ("3a",))
    (result,) = judge_bytes(judge, SECOND_LIFE.encode(), "t.py", lane).questions
    assert result.points == 0
    assert [f.message.render("en").split(" is used")[0] for f in found(result)] == ["torch.autograd.grad"]
