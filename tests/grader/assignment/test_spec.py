"""The table of an assignment: broken tables are refused on creation."""

from __future__ import annotations

from typing import Any

import pytest

from grader.assignment.cases import Case
from grader.assignment.course import Example, Mistake, Source, Test
from grader.assignment.spec import Assignment, Question, Scale
from grader.errors import AssignmentError
from grader.messages import Text

TITLE = Text("título", "title")
TEST = Test(TITLE, Source("def test(d): ..."), (Case(TITLE, seed=1),))


def question(id: str = "1", **more: Any) -> Question:
    given: dict[str, Any] = {"tests": (TEST,), "points": 1.0} | more
    return Question(id, TITLE, **given)


def assignment(*questions: Question, **more: Any) -> Assignment:
    return Assignment("toy", TITLE, questions, Scale("ten", 0.0, 10.0), **more)


def mistake(name: str, question: str = "1") -> Mistake:
    return Mistake(name, question, TITLE, Source(""))


# Tables ----------------------------------------------------------------------------------------------------------

BROKEN: list[tuple[str, dict[str, Any], str]] = [
    ("no questions", {"questions": ()}, "has no questions"),
    ("an id twice", {"questions": (question("1"), question("2"), question("1"))}, "uses a question id twice: 1, 2, 1"),
    ("a long id", {"questions": (question("x" * 17),)}, "is not a short word"),
    ("an id with a space", {"questions": (question("1 a"),)}, "is not a short word"),
    ("an id with a comma", {"questions": (question("1,2"),)}, "is not a short word"),
    ("an empty id", {"questions": (question(""),)}, "is not a short word"),
    ("nothing to judge", {"questions": (question("1", tests=()),)}, "1 has neither tests nor points for a person"),
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
    read = Question("2", TITLE, reviewed=0.5)
    figures = Question("3", TITLE, reviewed=0.25, figures=1)
    bonus = question("4", bonus=True)
    table = assignment(question("1", needs=("2",)), read, figures, bonus, mistakes=(mistake("m"),))
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


def test_an_assignment_about_some_questions_has_their_mistakes_and_examples() -> None:
    """The questions stay, since one may build on another."""
    example = Example("e", "2", Source(""))
    table = assignment(question("1"), question("2"), mistakes=(mistake("m"), mistake("n", "2")), right=(example,))
    part = table.about(["1"])
    assert [m.name for m in part.mistakes] == ["m"]
    assert part.right == ()
    assert len(part.questions) == 2
    assert table.about([]) is table


def test_a_test_is_itself() -> None:
    """Two equal tests of a table are two objects, and both can be keys."""
    other = Test(TITLE, TEST.source, TEST.cases)
    assert other != TEST
    assert len({TEST: 0, other: 1}) == 2
