"""The table of an assignment: broken tables are refused, and cases draw the inputs that they promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch

from grader.assignment.cases import Case, Draw
from grader.assignment.spec import Assignment, Misconception, Question, Scale
from grader.errors import AssignmentError
from grader.judging.checks import Figures, Shape, Values
from grader.messages import Text
from grader.sandbox.verbs import Implementation

TITLE = Text("título", "title")
PUBLIC = Case(Text("pública", "public"), seed=1, public=True, sizes={"B": 4})
HIDDEN = Case(Text("oculta", "hidden"), seed=1, sizes={"B": 4})


def probe(f: Implementation, draw: Draw) -> Mapping[str, Any]:
    return {"y": f.call("f", draw.normal("x", 3))}


def question(id: str = "1", **more: Any) -> Question:
    given: dict[str, Any] = {"checks": (Values(TITLE, probe, (PUBLIC,)),), "points": 1.0} | more
    return Question(id, TITLE, **given)


def assignment(*questions: Question, **more: Any) -> Assignment:
    return Assignment("toy", TITLE, questions, Scale("ten", 0.0, 10.0), {"f": torch.exp}, **more)


def mistake(name: str = "m", question: str = "1") -> Misconception:
    return Misconception(name, question, TITLE, {"f": torch.sin})


# Tables ----------------------------------------------------------------------------------------------------------

BROKEN: list[tuple[str, dict[str, Any], str]] = [
    ("no questions", {"questions": ()}, "has no questions"),
    ("an id twice", {"questions": (question("1"), question("2"), question("1"))}, "uses a question id twice: 1, 2, 1"),
    ("a long id", {"questions": (question("x" * 17),)}, "is not a short word"),
    ("an id with a space", {"questions": (question("1 a"),)}, "is not a short word"),
    ("an id with a comma", {"questions": (question("1,2"),)}, "is not a short word"),
    ("an empty id", {"questions": (question(""),)}, "is not a short word"),
    ("nothing to judge", {"questions": (question("1", checks=()),)}, "1 has neither checks nor points for a person"),
    ("a misconception twice", {"misconceptions": (mistake(), mistake())}, "names a misconception twice"),
    ("a foreign misconception", {"misconceptions": (mistake(question="9z"),)}, "unknown questions: 9z"),
    ("a foreign consequence", {"misconceptions": (replace(mistake(), also=("8y",)),)}, "unknown questions: 8y"),
    ("a foreign need", {"questions": (question("1", needs=("7",)),)}, "need unknown questions: 7"),
    ("no points", {"questions": (question("1", points=0.0),)}, "has no required points"),
    ("a bonus only", {"questions": (question("1", bonus=True),)}, "has no required points"),
]


@pytest.mark.parametrize(("changes", "message"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_a_broken_table_is_refused_in_one_sentence(changes: dict[str, Any], message: str) -> None:
    """The table is refused on creation, before any submission is read."""
    questions = changes.pop("questions", (question(),))
    with pytest.raises(AssignmentError, match=message) as refusal:
        assignment(*questions, **changes)
    assert "\n" not in str(refusal.value)


def test_a_sound_table_is_accepted() -> None:
    """A sound table shows that the refusals above do not refuse everything."""
    read = Question("2", TITLE, (), reviewed=0.5)
    figures = Question("3", TITLE, (Figures(TITLE),), reviewed=0.25)
    bonus = question("4", bonus=True)
    table = assignment(question("1", needs=("2",)), read, figures, bonus, misconceptions=(mistake(),))
    assert table.required == 1.75
    assert table.question("3") is figures


def test_an_unknown_question_is_said_with_those_that_exist() -> None:
    """The message for a mistyped id lists the ids that exist."""
    with pytest.raises(AssignmentError, match="no question '1z'; it has 1, 2"):
        assignment(question("1"), question("2")).question("1z")


def test_what_any_question_forbids_is_known_of_the_whole() -> None:
    """Each name appears once, whichever questions forbid it."""
    relu, optim = "torch.relu", "torch.optim.*"
    table = assignment(question("1", forbidden=(relu, optim)), question("2", forbidden=(relu,)))
    assert table.forbidden == (optim, relu)


def test_only_keeps_the_order_of_the_table() -> None:
    """The table's order holds for any order of ids, and no ids mean all questions."""
    table = assignment(question("1"), question("2"), question("3"))
    assert [q.id for q in table.only(("3", "1"))] == ["1", "3"]
    assert [q.id for q in table.only(())] == ["1", "2", "3"]
    with pytest.raises(AssignmentError):
        table.only(("1", "4"))


def test_a_case_and_a_check_are_themselves() -> None:
    """Two equal lines of a table are two objects, and both can be keys."""
    assert Case(TITLE, 1) != Case(TITLE, 1)
    assert Shape(TITLE, probe, (PUBLIC,)) != Shape(TITLE, probe, (PUBLIC,))
    assert len({PUBLIC: 0, HIDDEN: 1}) == 2
