"""The top-level statements of a notebook, even when a cell does not parse as a whole."""

from __future__ import annotations

import pytest

from .programs import kept, program, run


def test_imports_stand_alone() -> None:
    """All imports are kept, each name by itself, so that a missing name does not lose the others."""
    assert kept("import os, numpy as np\nfrom math import (pi,\n  e as euler)\nfrom torch import *") == [
        "import os",
        "import numpy as np",
        "from math import pi",
        "from math import e as euler",
        "from torch import *",
    ]


def test_a_main_guard_is_not_there() -> None:
    """Statements under `if __name__ == "__main__"` count like others and keep their lines."""
    found = program("if __name__ == '__main__':\n    import os\n    def f():\n        return '''a\n    b'''\n    f()\n")
    assert [s.source for s in found.statements] == [
        "import os",
        "if True:\n    def f():\n        return '''a\n    b'''",
    ]
    assert run(found)["f"]() == "a\n    b"
    assert run(found)["f"].__code__.co_firstlineno == 3
    assert found.definitions["f"].line == 3
    assert found.definitions["f"].source.startswith("def f():")


@pytest.mark.parametrize(
    "source",
    [
        "\fdef f():\n    return 1",
        "x = 1\n\f\n\fdef f():\n    return 1",
        "  \f@staticmethod\n\fdef f():\n\f    return 1",
        "if __name__ == '__main__':\n\f    def f():\n\f        return 1",
        "class A:\n\f    @staticmethod\n\f    def f():\n        return 1\n\ff = A.f",
    ],
)
def test_a_form_feed_costs_nothing(source: str) -> None:
    """A form feed, as old editors write between functions, loses no definition."""
    assert run(program(source))["f"]() == 1


def test_lines_survive_semicolons_and_decorators() -> None:
    """Statements on the same line are told apart, and a decorator belongs to its function."""
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
    """Whole statements of a broken cell are kept, other cells too, and a note names the lost ones."""
    found = program("def other(): pass", cell, names=("x", "y", "f", "g", "A", "other"))
    assert set(found.definitions) == survivors | {"other"}
    (note,) = found.notes
    assert "Cell 2, line " in note.render("en")
    assert not lost or f"left out: {lost}." in note.render("en")


def test_lines_in_a_broken_cell_are_right() -> None:
    """A statement from a broken cell keeps its line number."""
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
    """Nesting that exhausts a stack costs at most a note; the rest of the notebook is kept."""
    found = program("def f(): return 1", source)
    assert any(s.source == "def f(): return 1" for s in found.statements)
