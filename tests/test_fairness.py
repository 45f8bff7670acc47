"""When one answer goes wrong, the right answers around it keep their points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import load
from grader.judging.judge import Judge
from grader.results import QuestionResult
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level

from .in_lane import judge_bytes
from .test_submissions import complaint

pytestmark = pytest.mark.bwrap

# A right notebook whose data set labels with class indices, and whose loop makes one-hot vectors of them.
BASE = Path(__file__).parent / "submissions" / "tarea2" / "right" / "global_names.py"
ASKED = ("1a", "1b", "2a", "2b", "2c", "3a", "4a", "4b", "4c")

DOUBLED = """
class FFNN(FFNN):
    def backward(self, x, y, y_pred):
        super().backward(x, y, y_pred)
        for p in self.parameters():
            p.grad = 2 * p.grad
"""
WITHOUT_GRADIENTS = """
class FFNN(FFNN):
    def __init__(self, F, l_h, l_a, C):
        super().__init__(F, l_h, l_a, C)
        for p in self.parameters():
            p.requires_grad_(False)
"""
LIST = """
class FFNN(FFNN):
    def parameters(self, recurse=True):
        return list(super().parameters(recurse))
"""
OWN_LISTS = """
class FFNN:
    def __init__(self, F, l_h, l_a, C):
        anchos = [F, *l_h, C]
        self.l_a = l_a
        self.pesos = [torch.nn.Parameter(torch.randn(n, m)) for n, m in zip(anchos, anchos[1:])]
        self.sesgos = [torch.nn.Parameter(torch.randn(m)) for m in anchos[1:]]
        self.c = self.sesgos[-1]

    def parameters(self):
        for p, s in zip(self.pesos, self.sesgos):
            yield p
            yield s

    def to(self, device):
        return self

    def capas(self, x):
        h = [x]
        u = []
        for p, s in zip(self.pesos, self.sesgos):
            u.append(h[-1] @ p + s)
            h.append(self.l_a[len(u) - 1](u[-1]) if len(u) <= len(self.l_a) else softmax(u[-1], 1))
        return u, h

    def forward(self, x):
        return self.capas(x)[1][-1].detach()

    __call__ = forward

    @torch.no_grad()
    def backward(self, x, y, y_pred):
        u, h = self.capas(x)
        du = (y_pred - y) / len(x)
        for k in reversed(range(len(self.pesos))):
            self.pesos[k].grad, self.sesgos[k].grad = h[k].T @ du, du.sum(0)
            if k:
                f = self.l_a[k - 1]
                d = {relu: d_relu, sig: d_sig, tanh: d_tanh, celu: d_celu, swish: d_swish}[f](u[k - 1])
                du = du @ self.pesos[k].T * (d[0] if isinstance(d, tuple) else d)
"""
# name -> the code of an added last cell, and the questions that lose points
CHANGES = {
    "nothing": ("", ""),
    "a loss that returns nothing": ("def CELoss(Q, P, estable=True, epsilon=1e-8):\n    perdida = Q.sum()", "1b"),
    "a loss that raises": ("def CELoss(Q, P, estable=True, epsilon=1e-8):\n    return perdida", "1b"),
    "a loss of NaN": ("def CELoss(Q, P, estable=True, epsilon=1e-8):\n    return torch.log(Q - 2).sum()", "1b"),
    "a softmax of NaN": ("def softmax(T, dim, estable=True):\n    return T * float('nan')", "0"),
    "a data set of one length": ("RandomDataset.__len__ = lambda self: 7", "4b"),
    "a data set that draws at each access": (
        "class RandomDataset(RandomDataset):\n"
        "    def __getitem__(self, i):\n        x, y = super().__getitem__(i)\n        return torch.randn_like(x), y",
        "4b",
    ),
    "parameters that want no gradient": (WITHOUT_GRADIENTS, ""),
    "and a wrong backward": (WITHOUT_GRADIENTS + DOUBLED, "3a"),
    "parameters in a list": (LIST, ""),
    "a class of no parent": (OWN_LISTS, ""),
    "and a wrong backward too": (LIST + DOUBLED, "3a"),
}


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(load.load_assignment(load.default_folder()), salt="tests", only=("0", *ASKED))


@pytest.fixture(scope="module")
def nameless(judge: Judge) -> Judge:
    """The same judge without known mistakes: to try them takes most of the time."""
    return Judge(replace(judge.assignment, mistakes=()), judge.salt, judge.only, references=judge.references)


@pytest.fixture(scope="module")
def lane(judge: Judge) -> Iterator[Lane]:
    with Lane(Level.BWRAP, judge.assignment.limits, sources=judge.sources()) as lane:
        yield lane


def judged(added: str, judge: Judge, lane: Lane) -> dict[str, QuestionResult]:
    source = BASE.read_text(encoding="utf-8") + f"# %%\n{added}\n"
    return {q.id: q for q in judge_bytes(judge, source.encode(), "notebook.py", lane).questions}


@pytest.mark.parametrize(("added", "lost"), CHANGES.values(), ids=CHANGES)
def test_only_what_is_wrong_is_lost(added: str, lost: str, nameless: Judge, lane: Lane) -> None:
    """The other questions keep their points if the answer is a wrong value, None, NaN, an exception, or missing."""
    questions = judged(added, nameless, lane).values()
    wrong = {q.id: complaint(q) for q in questions if any(f.scored and not f.passed for f in q.findings)}
    assert set(wrong) == set(lost.split()), wrong


def test_what_calls_a_wrong_answer_as_it_should_is_right(judge: Judge, lane: Lane) -> None:
    """1c has to agree with CELoss, so it may call CELoss."""
    added = (
        "def CELoss(Q, P, estable=True, epsilon=1e-8):\n    return -(P * torch.log(Q)).sum()\n"
        "def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):\n"
        "    return CELoss(Q, torch.eye(Q.shape[1])[Target], estable, epsilon)\n"
    )
    with_1c = Judge(judge.assignment, "tests", only=("1b", "1c"), references=judge.references)
    for question in judged(added, with_1c, lane).values():
        assert (question.points == question.possible) is (question.id == "1c"), complaint(question)


def test_what_is_carried_forward_is_said_of_the_mistake_itself(nameless: Judge, lane: Lane) -> None:
    """A wrong sig spoils 1a and then 3a. The mistake is in 0 for 3a too, and not in 1a."""
    questions = judged("def sig(T):\n    return 1 / (1 + torch.exp(T))", nameless, lane)
    notes = [note.render("en") for id in ("1a", "3a") for note in questions[id].notes]
    assert [note.partition(":")[0] for note in notes] == ["right apart from what is wrong or missing in 0"] * 2


def test_what_builds_on_a_mistake_and_is_lost_says_so(nameless: Judge, lane: Lane) -> None:
    """A wrong forward is not repaired, and backward gets its arguments from forward."""
    forward = "class FFNN(FFNN):\n    def forward(self, x):\n        return super().forward(x) ** 2"
    questions = judged(forward, nameless, lane)
    assert [note.render("en").partition(":")[0] for note in questions["3a"].notes] == [
        "this question builds on 0, where something is wrong"
    ]


@pytest.mark.parametrize(
    ("loss", "hinted"),
    [
        ("return 7 - (P * torch.log(Q.clamp(min=epsilon))).sum(1).mean()", {"value"}),
        (
            "Q = Q.clamp(min=2 * epsilon) if estable else Q\n    return -(P * torch.log(Q)).sum(1).mean()",
            {"estable=True with probability 0", "epsilon", "(estable=False)"},
        ),
    ],
)
def test_a_hint_for_the_rest_waits_until_the_rest_is_right(
    loss: str, hinted: set[str], judge: Judge, lane: Lane
) -> None:
    """If every loss is wrong, the page says nothing about epsilon."""
    question = judged(f"def CELoss(Q, P, estable=True, epsilon=1e-8):\n    {loss}", judge, lane)["1b"]
    assert {f.check.en for f in question.findings if f.hint.en and not f.passed} == hinted


@pytest.mark.parametrize(
    ("loss", "named"),
    [
        # This is a mean over classes only if there is one class fewer than there are examples.
        ("return -(P * torch.log(Q.clamp(min=epsilon))).sum() / max(len(Q) - 1, 1)", set()),
        ("return torch.log(Q - 2).sum()", set()),
        (
            "return (Q * torch.log(P.clamp(min=epsilon) if estable else P)).sum(1).mean()",
            {"celoss-swapped", "celoss-sign"},
        ),
    ],
)
def test_only_a_mistake_that_was_made_is_named(loss: str, named: set[str], judge: Judge, lane: Lane) -> None:
    """With two mistakes, two names."""
    question = judged(f"def CELoss(Q, P, estable=True, epsilon=1e-8):\n    {loss}", judge, lane)["1b"]
    assert {name for f in question.findings for name in f.misconceptions} == named


# The points that a person would give, at least and at most.
ONCE_EACH = """
ACTIVACIONES['sig'] = lambda T: 1 - sig(T)
class SGD:
    def __init__(self, parameters, lr):
        self.parameters, self.lr = parameters, lr
    def step(self):
        for p in self.parameters:
            p.data -= self.lr * p.grad
class RandomDataset(RandomDataset):
    def __getitem__(self, i):
        return torch.randn(self.F), self.y[i]
"""
NEVER_AND_OF_ANOTHER_SHAPE = """
class SGD:
    def __init__(self, parameters, lr):
        self.parameters, self.lr, self.n = parameters, lr, len(list(parameters))
    def step(self):
        for p in self.parameters:
            p.data -= self.lr * p.grad
class FFNN(FFNN):
    def backward(self, x, y, y_pred):
        super().backward(x, y, y_pred)
        for p in self.parameters():
            p.grad = p.grad.T if p.dim() == 2 else p.grad
"""


@pytest.mark.parametrize(("added", "earned"), [
    (ONCE_EACH, {"3a": (1.4, 1.6), "4a": (0.1, 0.3), "4b": (0.15, 0.3), "4c": (1.5, 1.5)}),
    (NEVER_AND_OF_ANOTHER_SHAPE, {"3a": (0.9, 1.1), "4a": (0, 0), "4b": (0.5, 0.5), "4c": (1.5, 1.5)}),
], ids=["one slope, one step, new draws", "no step, transposed gradients"])  # fmt: skip
def test_a_wrong_answer_earns_what_a_person_would_give(
    added: str, earned: dict[str, tuple[float, float]], judge: Judge, lane: Lane
) -> None:
    """One wrong slope is a small part of backward; what never changes a parameter is nothing."""
    questions = judged(added, judge, lane)
    assert {id: questions[id].points for id, (least, most) in earned.items()
            if not least <= questions[id].points <= most} == {}  # fmt: skip
    hints = {f.hint.en for f in questions["3a"].findings if f.misconceptions}
    assert hints, complaint(questions["3a"])
