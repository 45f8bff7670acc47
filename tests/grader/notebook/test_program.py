"""Program: what the asked names need is kept, in order, and the rest is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from grader.notebook.program import Program, build
from grader.notebook.read import read_notebook
from grader.notebook.similar_names import near_names


def program(*cells: str, names: Sequence[str] = ("f",), aliases: Mapping[str, str] | None = None) -> Program:
    script = "".join(f"# %%\n{cell}\n" for cell in cells)
    return build(read_notebook(script.encode(), "a.py"), names, {}, aliases or {})


def kept(*cells: str, names: Sequence[str] = ("f",)) -> list[str]:
    return [statement.source for statement in program(*cells, names=names).statements]


def run(found: Program) -> dict[str, Any]:
    """Run a program of our own tests."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for statement in found.statements:
        exec(compile("\n" * (statement.line - 1) + statement.source, f"<cell {statement.cell}>", "exec"), namespace)
    return namespace


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


@pytest.mark.parametrize(
    "source",
    [
        "def f(a=n): pass",
        "@n\ndef f(): pass",
        "def f(a: n): pass",
        "def f() -> n: pass",
        "class f(n): pass",
        "class f:\n    def g(self): return n",
        "class f:\n    x = n",
        "f = lambda: n",
        "def f():\n    return [i + n for i in []]",
        "def f():\n    def g(): return n\n    return g",
        "def f():\n    global n\n    n += 1",
        "f = [n]",
        "def f(x): return (lambda y: y + n)(x)",
        "class f(metaclass=n): pass",
        "def f(n=1):\n    return f2()\ndef f2(): return n",
        "def f(): return [n for n in []] + n",
        "class f:\n    n = 1\n    def g(self): return n",
    ],
)
def test_every_place_where_a_name_is_read_counts(source: str) -> None:
    """Defaults, decorators, annotations, bases, bodies and inner functions read global names."""
    assert "n = 3" in kept("n = 3", source)


@pytest.mark.parametrize(
    "source",
    [
        "def f(n): return n",
        "def f():\n    n = 1\n    return n",
        "def f(*n): return n",
        "def f(**n): return n",
        "def f():\n    for n in []: print(n)",
        "def f():\n    import n\n    return n",
        "def f(): return [n for n in []]",
        "def f():\n    with g() as n: return n",
        "f = lambda n: n",
        "def f(x): return x.n",
        "def f():\n    def n(): pass\n    return n",
        "def f():\n    try: pass\n    except E as n: print(n)",
    ],
)
def test_local_names_are_not_needed(source: str) -> None:
    """What a function binds itself it does not take from outside."""
    assert "n = 3" not in kept("n = 3", source)


def test_all_bindings_are_kept_in_notebook_order() -> None:
    """The last state counts: of a name that is bound again the last binding wins when the program runs."""
    found = program("n = 1\ndef f(): return n", "n = 2", "def f(): return n + 1")
    assert [(s.cell, s.line) for s in found.statements] == [(1, 1), (1, 2), (2, 1), (3, 1)]
    assert run(found)["f"]() == 3


def test_increments_of_a_class_compose() -> None:
    """`class A(A)`, `A.m = f`, `setattr` and calls on the class are all part of it."""
    cells = (
        "class A:\n    def one(self): return 1",
        "class A(A):\n    def two(self): return 2",
        "def three(self): return 3\nA.three = three",
        "setattr(A, 'four', lambda self: 4)",
        "class A(A):\n    added = []\n    @classmethod\n    def put(cls, x): cls.added.append(x)\nA.put(5)",
    )
    found = program(*cells, names=("A",))
    a = run(found)["A"]()
    assert (a.one(), a.two(), a.three(), a.four(), a.added) == (1, 2, 3, 4, [5])
    where = {name: (d.cell, d.line) for name, d in found.definitions.items() if name.startswith("A")}
    assert where == {
        "A": (5, 1),
        "A.one": (1, 2),
        "A.two": (2, 2),
        "A.three": (3, 1),
        "A.four": (4, 1),
        "A.put": (5, 3),
    }
    assert found.notes == ()


def test_a_class_written_anew_forgets_its_methods() -> None:
    """Without itself among the bases a second class statement starts over, and a note says which counts."""
    found = program("class A:\n    def one(self): pass", "class A:\n    def two(self): pass", names=("A", "A.one"))
    assert set(found.definitions) == {"A", "A.two"}
    assert [n.render("en") for n in found.notes] == ["A is defined 2 times; the last one, in cell 2, counts."]


def test_methods_are_inherited() -> None:
    """A method of the student's own base class is a method of the class."""
    found = program("class B:\n    def m(self): pass\nclass A(B): pass\nC = A", names=("A", "A.m"))
    assert (found.definitions["A.m"].line, found.definitions["C.m"].line) == (2, 2)


def test_imports_stand_alone() -> None:
    """All imports are kept, each name by itself, so that one that is missing takes no other with it."""
    assert kept("import os, numpy as np\nfrom math import (pi,\n  e as euler)\nfrom torch import *") == [
        "import os",
        "import numpy as np",
        "from math import pi",
        "from math import e as euler",
        "from torch import *",
    ]


@pytest.mark.parametrize(
    "setting",
    [
        "torch.set_default_dtype(torch.float64)",
        "torch.set_grad_enabled(False)",
        "torch.autograd.set_grad_enabled(False)",
        "torch.manual_seed(1)",
        "np.random.seed(1)",
        "manual_seed(1)",
    ],
)
def test_settings_are_kept(setting: str) -> None:
    """Calls that set how torch behaves stay, though no function names them."""
    assert kept("print(1)", setting) == [setting]


def test_settings_keep_what_they_read() -> None:
    """A seed that is a variable comes with it."""
    assert kept("seed = 1\nother = 2", "torch.manual_seed(seed)") == ["seed = 1", "torch.manual_seed(seed)"]


def test_a_main_guard_is_not_there() -> None:
    """Statements under `if __name__ == "__main__"` are as good as others and keep their lines."""
    found = program("if __name__ == '__main__':\n    import os\n    def f():\n        return '''a\n    b'''\n    f()\n")
    assert [s.source for s in found.statements] == [
        "import os",
        "if True:\n    def f():\n        return '''a\n    b'''",
    ]
    assert run(found)["f"]() == "a\n    b"
    assert run(found)["f"].__code__.co_firstlineno == 3
    assert found.definitions["f"].line == 3
    assert found.definitions["f"].source.startswith("def f():")


def test_lines_survive_semicolons_and_decorators() -> None:
    """Statements that share a line are told apart, and a decorator belongs to its function."""
    found = program("a = 'ñ'; b = a; c = 1\n\n@b\n# comment\ndef f(): return b, c  # end")
    assert [(s.line, s.source) for s in found.statements] == [
        (1, "a = 'ñ'"),
        (1, "b = a"),
        (1, "c = 1"),
        (3, "@b\n# comment\ndef f(): return b, c"),
    ]


@pytest.mark.parametrize(
    ("cell", "lost", "survivors"),
    [
        ("x = 1\ndef f(a)\n    y = 2\n    return a\ndef g(): return 1", "f", {"g", "x"}),
        ("class A:\n    def f(self):\n        return = 1\n    def g(self): pass\nx = 1", "A", {"x"}),
        ("def g(): return 1\nx = (1,\n", "", {"g"}),
        ("print 'hola'\ndef g(): return 1", "", {"g"}),
        ("if a:\n    x = 1\nelse\n    x = 2\ndef g(): return 1", "", {"g"}),
        ("def f():\n    return 1\n   x = 2\ny = 3", "f", {"y"}),
        ("s = 'abc\ny = 3", "", {"y"}),
        ("(" * 5000, "", set()),
        ("-" * 100_000 + "1", "", set()),
    ],
)
def test_a_syntax_error_costs_what_is_around_it(cell: str, lost: str, survivors: set[str]) -> None:
    """Whole statements of a broken cell are kept, other cells too, and a note names what was lost."""
    found = program("def other(): pass", cell, names=("x", "y", "f", "g", "A", "other"))
    assert set(found.definitions) == survivors | {"other"}
    (note,) = found.notes
    assert "Cell 2, line " in note.render("en")
    assert not lost or f"left out: {lost}." in note.render("en")


def test_lines_in_a_broken_cell_are_right() -> None:
    """What was rescued from a broken cell still knows its line."""
    found = program("def f(a)\n    pass\n\ndef g():\n    return 1", names=("g",))
    assert [(s.line, s.source) for s in found.statements] == [(4, "def g():\n    return 1")]
    assert "Cell 1, line 1: expected ':'." in found.notes[0].render("en")


@pytest.mark.parametrize(
    "source",
    [
        "x" + ".a" * 100_000,
        "1" + "+1" * 100_000,
        "x" + "[0]" * 50_000,
        "lambda: " * 50_000 + "1",
        "f" + "(0)" * 900,
        "x = " + "-" * 900 + "1",
        "".join(" " * i + "if 1:\n" for i in range(90)) + " " * 90 + "f = 1",
    ],
    ids=range(7),
)
def test_monstrous_source_is_survived(source: str) -> None:
    """Nesting that exhausts a stack is at worst a note; the rest of the notebook is there."""
    found = program("def f(): return 1", source)
    assert any(s.source == "def f(): return 1" for s in found.statements)


def test_aliases_come_last() -> None:
    """A mapped name is assigned after everything else; one that is missing is noted."""
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
    assert "SGD is to be nothing" in found.notes[0].render("en")


@pytest.mark.parametrize(
    ("asked", "own"),
    [
        ("CELoss", "def ce_loss(): pass"),
        ("CELoss", "def cross_entropy(): pass"),
        ("CELoss", "def CEloss(): pass"),
        ("CELoss", "def perdida_entropia_cruzada(): pass"),
        ("entrenar_FFNN", "def train_network(): pass"),
        ("entrenar_FFNN", "def entrenar_red(): pass"),
        ("d_relu", "def relu_deriv(): pass"),
        ("d_relu", "def drelu(): pass"),
        ("chequeo_gradiente", "def gradient_check(): pass"),
        ("RandomDataset", "class Random_Dataset: pass"),
        ("FFNN", "class RedNeuronal: pass"),
        ("SGD", "class sgd: pass"),
    ],
)
def test_near_names_are_found(asked: str, own: str) -> None:
    """Other spellings, orders, languages and abbreviations of an asked name are recognised."""
    found = near_names(program(own, "def unrelated(): pass", names=(asked,)), asked)
    assert [d.source for d in found] == [own]


@pytest.mark.parametrize(
    ("asked", "own"),
    [
        ("d_relu", "def d_celu(): pass"),
        ("d_relu", "def relu(): pass"),
        ("SGD", "class FFNN: pass"),
        ("CELoss", "def softmax(): pass"),
        ("sig", "def tanh(): pass"),
        ("relu", "def celu(): pass"),
    ],
)
def test_other_names_are_not_near(asked: str, own: str) -> None:
    """A name that means something else is no hint."""
    assert near_names(program(own, names=(asked,)), asked) == ()


def test_a_near_name_goes_to_the_nearest() -> None:
    """`ce_loss` is offered for CELoss and not for CategoricalCELoss; known names help."""
    found = program("def ce_loss(): pass\ndef zzz(): pass", names=("CELoss", "CategoricalCELoss"))
    assert [d.name for d in near_names(found, "CELoss")] == ["ce_loss"]
    assert near_names(found, "CategoricalCELoss") == ()
    assert [d.name for d in near_names(found, "CELoss", {"CELoss": ["zzz"]})] == ["ce_loss", "zzz"]


def test_near_methods_are_those_of_the_class() -> None:
    """For a method the methods of its class are searched."""
    found = program(
        "class A:\n    def back_ward(self): pass\nclass B:\n    def backwards(self): pass", names=("A", "A.backward")
    )
    assert [d.name for d in near_names(found, "A.backward")] == ["A.back_ward"]
