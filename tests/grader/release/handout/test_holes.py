"""A hole keeps the interface of a solution, and nothing of its bodies but the lines that say so."""

from __future__ import annotations

import ast
import textwrap

import pytest

from grader.assignment.course import Source
from grader.assignment.spec import Snippet
from grader.errors import AssignmentError
from grader.release.handout.holes import hole, snippet_hole


def made(code: str, *names: str, **options: object) -> str:
    text = hole([Source(textwrap.dedent(code).strip("\n"), "a.py", 10)], names, **options)  # type: ignore[arg-type]
    ast.parse(text)
    return text


def expected(code: str) -> str:
    return textwrap.dedent(code).strip("\n")


def test_signatures_docstrings_and_annotations_stay() -> None:
    """The body is gone, with its comments; a helper that is not asked for is not there."""
    assert made(
        '''
        def helper(x):
            return x


        @torch.no_grad()
        def f(
            x: float, n: int = 2
        ) -> float:  # the secret
            """x to the power n."""
            # multiply
            return helper(x) ** n
        ''',
        "f",
    ) == expected(
        '''
        def f(
            x: float, n: int = 2
        ) -> float:
            """x to the power n."""
            pass
        '''
    )


def test_lines_that_say_keep_stay() -> None:
    """The mark goes; a whole statement stays; an emptied block and a body of comments get `pass`."""
    assert made(
        """
        def f(xs):
            total = sum(  # keep
                xs
            )
            # Tu turno | Your turn  # keep
            for x in xs:  # keep
                # a hint that does not stay
                total += x
            return total  # keep


        def g():
            # nothing yet  # keep
            return 1
        """,
        "f",
        "g",
        title="Your answer to 1",
    ) == expected(
        """
        # Your answer to 1
        def f(xs):
            total = sum(  # keep
                xs
            )
            # Tu turno | Your turn
            for x in xs:
                pass
            return total


        def g():
            # nothing yet
            pass
        """
    ).replace("sum(  # keep", "sum(")


def test_kept_lines_that_are_no_program_are_an_error() -> None:
    """The sentence names the place and the function."""
    with pytest.raises(AssignmentError, match=r"a.py, line 10: the lines of f that end in `# keep` are no program"):
        made("def f(xs):\n    for x in xs:\n        print(x)  # keep\n    return 1  # keep", "f")


NET = """
import torch
from torch import Tensor, nn


class Net(nn.Module):
    \"\"\"A network.\"\"\"

    size: int = 3
    secret: list = [1, 2]

    def __init__(self, n: int) -> None:
        super().__init__()  # keep
        self.layer = nn.Linear(n, n)

    def forward(self, x: Tensor) -> Tensor:
        return self.step(x)

    def step(self, x: Tensor) -> Hidden:
        return self.layer(x)

    def backward(self, x: "Tensor"):
        return x
"""


def test_a_class_keeps_what_is_asked_and_what_python_and_torch_call() -> None:
    """`step` is a helper, and `backward` belongs to a later question. Imports for annotations come with the hole."""
    assert made(NET, "Net", later={"Net.backward"}, title="Your answer to 1") == expected(
        '''
        from torch import Tensor, nn


        # Your answer to 1
        class Net(nn.Module):
            """A network."""
            size: int = 3
            secret: list

            def __init__(self, n: int) -> None:
                super().__init__()

            def forward(self, x: Tensor) -> Tensor:
                pass
        '''
    )


def test_a_class_of_the_notebook_is_extended() -> None:
    """The student's earlier methods are kept: the hole has only the new method."""
    text = made(NET, "Net.step", known={"Net", "Tensor"})
    assert text == "class Net(Net):\n    def step(self, x: Tensor):\n        pass"


def test_what_a_definition_needs_to_run_comes_with_it() -> None:
    """Base classes are emptied too; constants in defaults and imports of the solution stay."""
    text = made(
        """
        import math
        from collections import OrderedDict, deque

        EPSILON = 1e-8
        OTHER = 3


        class Base:
            def work(self):
                return 1


        class Child(Base):
            def run(self, eps=EPSILON, turn=math.pi):
                return deque()


        LIMIT = 5
        """,
        "Child",
        "Child.run",
        "LIMIT",
    )
    space: dict[str, object] = {}
    exec(text, space)
    assert space["LIMIT"] is None
    assert space["EPSILON"] == 1e-8
    assert "OTHER" not in space
    assert not hasattr(space["Base"], "work")
    assert "deque" not in text


def test_nothing_is_asked_for() -> None:
    """A hole without names is empty."""
    assert made("def f():\n    return 1") == ""


def test_a_snippet_asks_for_variables() -> None:
    """Each output once per variant; the inputs are in a comment."""
    snippet = Snippet(("dW", "db"), ("x", "W"), ("_relu", "_celu"))
    assert snippet_hole(snippet, inputs="Given", title="Your answer to 2c") == (
        "# Your answer to 2c\n# Given: x, W\ndW_relu = None\ndb_relu = None\ndW_celu = None\ndb_celu = None"
    )
