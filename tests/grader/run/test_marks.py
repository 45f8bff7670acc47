"""Numbers, rubric items, and the marks that count."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from grader.assignment.course import RubricItem
from grader.assignment.spec import Question
from grader.errors import UsageError
from grader.messages import Text
from grader.run.marks import Event, differ, items_of, mark_of, number, points_of, rubric_change, shown, standings

FIGURE, WORDS = RubricItem(0.1, Text("figura", "figure")), RubricItem(0.2, Text("palabras", "words"))
QUESTION = Question("4d", Text(en="Plots"), reviewed=0.3, rubric=(FIGURE, WORDS))
RUBRIC = items_of(QUESTION)


def numbered(*events: Event) -> list[Event]:
    return [replace(event, id=n, act=event.act or str(n)) for n, event in enumerate(events, 1)]


@pytest.mark.parametrize(("text", "value"), [("0,5", "0.5"), ("0.5", "0.5"), (" 2 ", "2"), (",25", "0.25")])
def test_a_comma_is_a_decimal_point(text: str, value: str) -> None:
    """`0,5` is a number."""
    assert number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "-1", "1e9", "nan", "1.2.3", "½", "٣"])
def test_other_texts_are_no_points(text: str) -> None:
    """Signs, exponents and digits of other scripts are refused in one sentence."""
    with pytest.raises(UsageError, match=r"write 0\.5 or 0,5"):
        number(text)


def test_items_add_up_exactly() -> None:
    """0.1 + 0.2 is 0.3; a number that was written counts instead."""
    assert points_of(Event("Ana", "4d", items=("1", "2")), RUBRIC) == Decimal("0.3")
    assert points_of(Event("Ana", "4d", items=("1",), points=Decimal("0.25")), RUBRIC) == Decimal("0.25")
    assert points_of(Event("Ana", "4d", comment="?"), RUBRIC) is None
    assert shown(Decimal("0.30")) == "0.3"
    assert shown(Decimal("10")) == "10"


def test_the_last_mark_counts_and_others_stay_visible() -> None:
    """Two markers' marks are both there, they differ until one settles it, and an undo brings the earlier one back."""
    eva = Event("Ana", "4d", marker="Eva", items=("1",))
    leo = Event("Ana", "4d", marker="Leo", items=("1", "2"), comment="bien")
    (found,) = standings(numbered(eva, leo)).values()
    assert {m: points_of(e, RUBRIC) for m, e in found.marks.items()} == {"Eva": Decimal("0.1"), "Leo": Decimal("0.3")}
    assert differ(found, RUBRIC)
    assert mark_of(found, RUBRIC).points == 0.3  # type: ignore[union-attr]
    (settled,) = standings(numbered(eva, leo, replace(eva, settles=True))).values()
    assert not differ(settled, RUBRIC)
    (undone,) = standings(numbered(eva, leo, Event("Ana", "4d", kind="undo", undoes="2"))).values()
    assert undone.counts is not None
    assert undone.counts.marker == "Eva"
    assert undone.last == 3


def test_a_change_of_points_says_whose_points_move() -> None:
    """Items keep their keys when they are moved or worth more; other words are for a second look and move nothing."""
    events = numbered(Event("Ana", "4d", items=("2",)), Event("Beto", "4d", items=("1",), points=Decimal("0.1")))
    more = replace(QUESTION, rubric=(replace(WORDS, points=0.25), FIGURE))
    change = rubric_change(more, RUBRIC, events)
    assert change is not None
    assert [(m.student, str(m.before), str(m.after)) for m in change.moves] == [("Ana", "0.2", "0.25")]
    assert change.reworded == ()
    other = replace(QUESTION, rubric=(FIGURE, replace(WORDS, text=Text("frases", "sentences"))))
    reworded = rubric_change(other, RUBRIC, events)
    assert reworded is not None
    assert (reworded.moves, reworded.reworded) == ((), ("Ana",))
    assert rubric_change(QUESTION, RUBRIC, events) is None
