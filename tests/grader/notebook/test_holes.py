"""An answer is a hole as long as each function that counts has no statement of its own."""

from __future__ import annotations

import pytest

from grader.notebook.holes import answered, untouched

EMPTY = [
    "def f(x):\n    pass",
    "def f(x):\n    ...",
    'def f(x):\n    """What f does."""',
    "def f(x):\n    return None",
    "def f(x):\n    return",
    "def f(x):\n    raise NotImplementedError",
    "def f(x):\n    raise NotImplementedError('later')",
    "async def f(x):\n    pass",
    "y = None",
    "y = ...",
    "class A:\n    pass",
    "class A:\n    def __init__(self, n):\n        self.n = n\n\n    def step(self):\n        pass",
]
WRITTEN = [
    "def f(x):\n    return 0",
    "def f(x):\n    print(x)",
    "def f(x):\n    return None if x else x",
    "def f(x):\n    raise ValueError",
    "y = 0",
    "class A:\n    def step(self):\n        pass\n\n    def stop(self):\n        return 1",
]


def names(source: str) -> list[tuple[str, int, bool]]:
    return [(a.name, a.line, a.empty) for a in answered(source, 3, 10)]


@pytest.mark.parametrize("source", EMPTY)
def test_nothing_is_written_in_a_hole(source: str) -> None:
    """Whatever the template has in place of an answer; a constructor does not matter."""
    assert untouched(answered(source, 1, 1))


@pytest.mark.parametrize("source", WRITTEN)
def test_a_statement_is_an_answer(source: str) -> None:
    """Also one that does little, and one in a single method."""
    assert not untouched(answered(source, 1, 1))


def test_nothing_at_all_is_no_hole() -> None:
    """Without a name there is nothing to be filled; nor in code that does not parse, or only calls."""
    for source in ("", "f(3)", "def f(", "class A:\n    def __init__(self):\n        pass"):
        assert not untouched(answered(source, 1, 1))


def test_names_come_with_their_lines() -> None:
    """Lines count from the first line of the piece; methods have the name that is written there."""
    both = names("def f():\n    pass\n\n\nclass A:\n    def g(self):\n        return 1")
    assert both == [("f", 10, True), ("g", 15, False)]
    assert names("if True:\n    y = None") == []
