"""Untouched cells of the students' notebook below an answer."""

from __future__ import annotations

import pytest

from grader.assignment.spec import Snippet
from grader.notebook.program import Program, build
from grader.notebook.read import read_notebook
from grader.notebook.template import template_of

TEMPLATE = (
    "class Net:\n    def __init__(self, n):\n        self.n = n\n    def backward(self, x):\n        pass\n"
    "def loss(q):\n    '''The loss.'''\n"
)


def built(*cells: str, template: str = "") -> Program:
    notebook = read_notebook("".join(f"# %%\n{cell}\n" for cell in cells).encode(), "a.py")
    given = template_of(read_notebook(template.encode(), "t.py")) if template else frozenset()
    snippets = {"2a": Snippet(("dW",), ("x",), ("_relu",))}
    return build(notebook, ("loss", "Net.backward", "Opt"), snippets, template=given)


@pytest.mark.parametrize(
    ("answer", "below", "name"),
    [
        ("def loss(q): return q.sum()", "def loss(q):\n    # here\n    pass", "loss"),
        ("def loss(q): return q.sum()", "def loss(q):\n    '''The loss.'''\n    raise NotImplementedError()", "loss"),
        ("class Opt:\n    def step(self): return 1", "class Opt():\n    def step(self):\n        ...", "Opt"),
        ("class Opt:\n    def step(self): return 1", "class Opt:\n    pass", "Opt"),
        ("class Net:\n    def backward(self, x): return x", TEMPLATE, "Net"),
        ("class Net:\n    def __init__(self, n): self.m = n\n    def backward(self, x): return x", TEMPLATE, "Net"),
        ("dW = x.sum()", "dW = None", "dW"),
        ("dW_relu = x.sum()", "dW_relu = ...", "dW_relu"),
    ],
)
def test_a_template_below_an_answer_does_not_hide_it(answer: str, below: str, name: str) -> None:
    """The answer counts, and a note names both cells."""
    found = built("import torch", answer, below, template=TEMPLATE)
    assert not any(s.cell == 3 and name in s.binds for s in found.statements)
    assert found.definitions[name].cell == 2
    assert [n.render("en") for n in found.notes if n.values.get("name") == name] == [
        f"{name} is as empty in cell 3 as in the template; the answer in cell 2 counts."
    ]


@pytest.mark.parametrize(
    "cells",
    [
        ("def loss(q): pass", "def loss(q): return 1"),  # the answer is below
        ("def loss(q): return 2", "def loss(q): return 1"),
        ("class Net:\n    def backward(self, x): return x", "class Net(Net):\n    def backward(self, x): pass"),
        ("class Net:\n    def backward(self, x): return x",
         "class Net:\n    def __init__(self, n): self.k = n\n    def backward(self, x): pass"),
        ("def other(q): return 2", "def other(q): pass\ndef loss(q): return other(q)"),
    ],
)  # fmt: skip
def test_the_last_definition_counts_otherwise(cells: tuple[str, ...]) -> None:
    """A later definition counts if it is not the template's, or if nobody asked for it."""
    found = built(*cells, template=TEMPLATE)
    last = "Net" if "Net" in cells[1] else "loss"
    assert found.definitions[last].cell == 2
    assert not [n for n in found.notes if "template" in n.template]
