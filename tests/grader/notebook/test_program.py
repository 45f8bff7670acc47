"""The program of a notebook: the statements that the asked names need are kept, in order, and the rest is left out."""

from __future__ import annotations

import inspect

import pytest

from grader.notebook.program import build
from grader.notebook.read import read_notebook

from .programs import kept, program, run


@pytest.mark.parametrize(
    "left_out",
    [
        "print(f(1))",
        "for e in range(10**9):\n    g = f(e)",
        "input()",
        "assert f(1) == 1",
        "del f",
        "other = download()",
        "plt.ion()",
        "while True:\n    pass",
        "f(1)",
        "'''text'''",
        "if f(1):\n    print(1)",
    ],
)
def test_what_only_runs_is_left_out(left_out: str) -> None:
    """Calls, loops, prints, asserts and names that nobody asked for do not run."""
    assert kept("def f(x): return x", left_out) == ["def f(x): return x"]


@pytest.mark.parametrize(
    "needed",
    [
        "n = 3",
        "n: int = 3",
        "n, m = 3, 4",
        "n = m = 3",
        "n = []\nn.append(3)",
        "n = 1\nn += 2",
        "n = [0]\nn[0] = 3",
        "if True:\n    n = 3\nelse:\n    n = 4",
        "with open('/dev/null'):\n    n = 3",
        "n = 0\nfor i in range(3):\n    n += i",
        "try:\n    import nothing_like_this as n\nexcept ImportError:\n    n = 3",
        "class n: pass\nsetattr(n, 'a', 3)",
        "class n: pass\nn.a = 3",
        "def g(): return 3\nn = g()",
        "(n := 3)",
        "import math as n",
        "def n(): pass",
    ],
)
def test_what_a_function_needs_is_kept(needed: str) -> None:
    """Every statement that gives a global name of a function its value is kept and runs."""
    found = program("def f(): return n", needed, "print(1 / 0)")
    assert run(found)["f"]() is not None
    assert {statement.cell for statement in found.statements} == {1, 2}


def test_all_bindings_are_kept_in_notebook_order() -> None:
    """The last state counts: the last binding of a name wins when the program runs."""
    found = program("n = 1\ndef f(): return n", "n = 2", "def f(): return n + 1")
    assert [(s.cell, s.line) for s in found.statements] == [(1, 1), (1, 2), (2, 1), (3, 1)]
    assert run(found)["f"]() == 3


def test_aliases_come_last() -> None:
    """A mapped name is assigned after everything else; a missing one is noted."""
    found = program(
        "def ce_loss(): return 1\nclass Net:\n    def back(self): return 2",
        names=("CELoss", "Net.backward"),
        aliases={"CELoss": "ce_loss", "Net.backward": "Net.back", "SGD": "nothing"},
    )
    namespace = run(found)
    assert namespace["CELoss"]() == 1
    assert namespace["Net"]().backward() == 2
    assert {"CELoss", "Net.backward"} <= set(found.definitions)
    assert (found.definitions["CELoss"].line, found.definitions["Net.backward"].line) == (1, 3)
    assert "nothing was accepted as the name of SGD" in found.notes[0].render("en")


def test_several_functions_answer_together() -> None:
    """A call of the asked name gives the results of all mapped functions as a tuple, with the first one's arguments."""
    found = program(
        "def dx(t, beta=2): return t * beta\ndef dbeta(t, beta=2): return t + beta",
        names=("d_swish",),
        aliases={"d_swish": ["dx", "dbeta"]},
    )
    d_swish = run(found)["d_swish"]
    assert (d_swish(3), d_swish(3, beta=5)) == ((6, 5), (15, 8))
    assert list(inspect.signature(d_swish).parameters) == ["t", "beta"]
    assert found.joined == {"d_swish": ("dx", "dbeta")}
    without = program("def dx(t): return t", names=("d_swish",), aliases={"d_swish": ["dx", "dbeta"]})
    assert "d_swish" not in without.definitions
    assert "dbeta was accepted as the name of d_swish" in without.notes[0].render("en")


TRAINED = """
def final(data): return 1
net = make(3)
for epoch in range(3):
    net.step(epoch)
study = make(4)
for epoch in range(3):
    study.step(epoch)
opt = make(5)
final_model = net
for epoch in range(2):
    opt.step(final_model)
print(final(2))
"""


def test_training_at_top_level_is_kept_where_the_question_says_so() -> None:
    """`runs: training` keeps the statements that use an asked object, also by another name, and what these need."""
    notebook = read_notebook(TRAINED.encode(), "x.py")
    names = ["final", "final_model"]
    kept = [s.source for s in build(notebook, names, trained=names).statements]
    assert [line.splitlines()[-1].strip() for line in kept] == [
        "def final(data): return 1", "net = make(3)", "net.step(epoch)", "opt = make(5)", "final_model = net",
        "opt.step(final_model)",
    ]  # fmt: skip
    assert not any("step" in s.source for s in build(notebook, names).statements)
