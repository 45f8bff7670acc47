"""Comments and docstrings that are pairs are given in the notebook's language."""

from __future__ import annotations

import pytest

from grader.release.handout.pairs import in_language

CODE = '''# Tensores | Tensors
def f(x):  # una línea | a line
    """Suma de x | Sum of x"""
    # P(a | b) queda | P(a | b) stays, as `x | y` does
    return "uno | one"


class A:
    """Primera línea | First line

    n: el tamaño | n: the size
    x: int | None
    """
'''


def test_comments_and_docstrings_are_rendered() -> None:
    """Strings of the program, alternatives of types and probabilities stay as they are."""
    spanish, english = in_language(CODE, "es"), in_language(CODE, "en")
    assert spanish.splitlines()[:3] == ["# Tensores", "def f(x):  # una línea", '    """Suma de x"""']
    assert english.splitlines()[:3] == ["# Tensors", "def f(x):  # a line", '    """Sum of x"""']
    assert '"uno | one"' in spanish
    assert english.splitlines()[7:] == ["class A:", '    """First line', "", "    n: the size", "    x: int | None",
                                        '    """']  # fmt: skip


@pytest.mark.parametrize("line", ["# P(a | b)", "# x: int | None", "# $p(x | y)$ of a", "# a | b | c", "# |x|"])
def test_a_bar_alone_makes_no_pair(line: str) -> None:
    """A bar within brackets or a formula, and more than one bar, change nothing."""
    assert in_language(line, "es") == in_language(line, "en") == line


def test_a_magic_is_left_alone() -> None:
    """A cell that is no Python stays as it is."""
    assert in_language("%matplotlib inline\n?x = (", "es") == "%matplotlib inline\n?x = ("
