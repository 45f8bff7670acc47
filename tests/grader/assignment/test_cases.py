"""Cases are recipes: titles, sizes and a seed."""

from __future__ import annotations

from grader.assignment.cases import Case
from grader.messages import Text

TITLE = Text("título", "title")


def test_a_case_is_itself() -> None:
    """Two equal lines of a table are two objects, and both can be keys."""
    first, second = Case(TITLE, 1, sizes={"B": 4}), Case(TITLE, 1, sizes={"B": 4})
    assert first != second
    assert len({first: 0, second: 1}) == 2


def test_a_case_is_hidden_unless_the_table_says_otherwise() -> None:
    """An input is shown only where the author decided so."""
    assert not Case(TITLE, 1).public
    assert Case(TITLE, 1, public=True).draws == {}
