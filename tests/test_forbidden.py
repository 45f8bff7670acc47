"""The instructor chooses what the use of a forbidden name costs: the points, a warning, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.assignment import load
from grader.assignment.spec import Assignment
from grader.judging.forbidden_calls import ForbiddenPolicy
from grader.judging.judge import Judge
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


BOTH = TABLE.format(seconds=60).replace("# points: 2\n", "# points: 2\n# forbidden: torch.mul\n").replace(
    "# points: 3 + 1 by hand\n", "# points: 3\n# forbidden: torch.mul, torch.neg\n"
)  # fmt: skip
PLACES = {
    # name: (cells, points of 1 and 2a, lines that cost, lines that only name it)
    "a call": (("def double(t): return torch.mul(t, 2)", NEGATE), (0, 3), 1, 0),
    "a branch that did not run": (
        ("def double(t):\n    return torch.mul(t, 2) if t is None else 2 * t", NEGATE),
        (2, 3), 0, 1,
    ),
    "a helper of both": (
        ("def times(t, k): return torch.mul(t, k)", "def double(t): return times(t, 2)",
         "def negate(t): return times(t, -1)"),
        (0, 0), 2, 0,
    ),
    "the answer of another question": (
        ("def double(t): return torch.mul(t, 2)", "def negate(t): return t - double(t)"), (0, 3), 1, 0,
    ),
    "an answer for which it is allowed": (
        ("def double(t): return -2 * torch.neg(t)", "def negate(t): return -0.5 * double(t)"), (2, 0), 1, 0,
    ),
    "a cell that no answer reaches": (
        ("def double(t): return 2 * t", NEGATE, "def compare(t): return torch.mul(t, 2)", "compare(torch.ones(2))"),
        (2, 3), 0, 0,
    ),
    "an annotation and a text": (
        ("def double(t: torch.mul):\n    'like torch.mul(t, 2)'\n    return 2 * t  # torch.mul", NEGATE), (2, 3), 0, 0,
    ),
    "an attribute of an object": (
        ("import types\nops = types.SimpleNamespace(mul=lambda t, k: k * t)", "def double(t): return ops.mul(t, 2)",
         NEGATE),
        (2, 3), 0, 0,
    ),
    "a call that fills a table when the notebook is loaded": (
        ("table = {}\ndef fill(k): table[k] = torch.mul(torch.ones(1), k)", "fill(2)",
         "def double(t): return table[2] * t", NEGATE),
        (2, 3), 0, 1,
    ),
    "a table of functions": (
        ("table = {'mul': getattr(torch, 'mu' 'l')}", "def double(t): return table['mul'](t, 2)", NEGATE), (0, 3), 1, 0,
    ),
    "TorchScript": (
        ("unit = torch.jit.CompilationUnit('''\ndef twice(t: Tensor):\n    return torch.mul(t, 2)\n''')",
         "def double(t): return unit.twice(t)", NEGATE),
        (0, 3), 1, 0,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    folder = tmp_path_factory.mktemp("both")
    (folder / "assignment.py").write_text(BOTH)
    return load.load_assignment(folder)


@pytest.mark.parametrize("place", PLACES)
def test_a_name_costs_the_question_whose_answer_calls_it(both: Assignment, lane: Lane, place: str) -> None:
    """A call counts, by cell and line; a name in the source is shown to a person and costs nothing."""
    cells, points, called, named = PLACES[place]
    judgement = judge_bytes(Judge(both, "salt"), notebook("import torch", *cells), "t.ipynb", lane)
    lane.end()
    findings = [f for q in judgement.questions for f in found(q)]
    assert tuple(q.points for q in judgement.questions) == points
    assert (sum(f.scored for f in findings), sum(not f.scored for f in findings)) == (called, named)


def test_a_line_that_hidden_inputs_choose_is_not_told(both: Assignment, lane: Lane) -> None:
    """A call that only hidden cases make costs the points; its line and name could carry their inputs to the page."""
    lines = "\n".join(f"    if v == {k}: return torch.mul(t, 2)" for k in range(40))
    start = "n = []\ndef double(t):\n    n.append(t)\n    v = int(t.abs()[0] * 9) if n[1:] else -1\n"
    source = f"{start}{lines}\n    return 2 * t"
    judgement = judge_bytes(Judge(both, "salt"), notebook("import torch", source, NEGATE), "t.ipynb", lane)
    lane.end()
    first = judgement.questions[0]
    assert (first.points, first.verdict) == (0, Verdict.FORBIDDEN)
    (cost,) = (f for f in found(first) if f.scored)
    assert (cost.message.template, dict(cost.message.values), cost.traceback) == (
        "a hidden case calls a function that this question asks you to write yourself", {}, ()
    )  # fmt: skip
