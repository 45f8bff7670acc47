"""What a submission needs of the grading machine, and which answers suffer where it is not there."""

from __future__ import annotations

import sys

import pytest

from grader.judging.environment import Costs, Missing
from grader.notebook.program import build
from grader.notebook.read import read_notebook

ASKED = ("f", "g")


def missing(*cells: str, own: tuple[str, ...] = ()) -> Missing:
    script = "".join(f"# %%\n{cell}\n" for cell in cells)
    return Missing.of(build(read_notebook(script.encode(), "a.py"), ASKED), ASKED, own)


@pytest.mark.parametrize(
    "cells",
    [
        ("import nowhere_pkg", "def f(x): return nowhere_pkg.double(x)"),
        ("import nowhere_pkg.deep as d", "def help(x): return d(x)\ndef f(x): return help(x)"),
        ("from nowhere_pkg.part import double", "class A:\n    def m(self): return double\ndef f(x): return A()"),
        ("def f(x):\n    from nowhere_pkg import double\n    return double(x)",),
        ("from nowhere_pkg import *", "def f(x): return double(x)"),
        ("try:\n    import nowhere_pkg\nexcept ImportError:\n    import nowhere_pkg", "def f(x): return nowhere_pkg"),
        ("try:\n    import nowhere_pkg\n    a = 1\nexcept ImportError:\n    a = 0", "def f(x): return nowhere_pkg"),
    ],
)
def test_a_package_that_is_not_here_is_needed_by_the_answers_that_reach_it(cells: tuple[str, ...]) -> None:
    """The package is in the environment; `f` needs it, and `g` does not."""
    found = missing(*cells, "def g(x): return x + len('a')")
    assert found.environment().packages == ("nowhere_pkg",)
    assert found.costs(["f"]) == Costs(packages=("nowhere_pkg",))
    assert not found.costs(["g"])


@pytest.mark.parametrize(
    "cell",
    [
        "import torch, numpy, os, sys, wandb, jdc, matplotlib.pyplot",
        "try:\n    import nowhere_pkg\nexcept ImportError:\n    nowhere_pkg = None",
        "from . import nowhere_pkg",
        "import utils\nfrom tarea_1 import *\nimport mi_red",
        "from answers_of_ana import f",  # a module of the student's, which was not submitted
        "import colleague",
    ],
)
def test_other_imports_are_not_of_a_missing_package(cell: str) -> None:
    """Installed and replaced packages, guarded imports, and the student's own modules."""
    found = missing(cell, "def f(x): return x", own=("colleague",))
    assert found.environment().packages == ()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python knows the syntax of 3.12")
def test_names_that_a_newer_python_reads() -> None:
    """An answer that needs such a name, or a name of a newer standard library, needs the newer Python."""
    helper, library = "def help(x):\n    return f'{x['a']}'", "from math import fma\ndef g(x): return fma(x, x, x)"
    found = missing(helper, "def f(x): return help(x)", library)
    assert found.costs(["f"]).python == "3.12"
    assert found.costs(["g"]).python == "3.13"
    assert found.environment().python == "3.13"
