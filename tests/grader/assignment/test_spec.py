"""The table of an assignment: broken ones are refused, and cases draw the inputs that they promise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

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
    """On creation, before any submission is read."""
    questions = changes.pop("questions", (question(),))
    with pytest.raises(AssignmentError, match=message) as refusal:
        assignment(*questions, **changes)
    assert "\n" not in str(refusal.value)


def test_a_sound_table_is_accepted() -> None:
    """The refusals above are not refusals of everything."""
    read = Question("2", TITLE, (), reviewed=0.5)
    figures = Question("3", TITLE, (Figures(TITLE),), reviewed=0.25)
    bonus = question("4", bonus=True)
    table = assignment(question("1", needs=("2",)), read, figures, bonus, misconceptions=(mistake(),))
    assert table.required == 1.75
    assert table.question("3") is figures


def test_an_unknown_question_is_said_with_those_that_exist() -> None:
    """Who mistypes an id sees what there is."""
    with pytest.raises(AssignmentError, match="no question '1z'; it has 1, 2"):
        assignment(question("1"), question("2")).question("1z")


def test_what_any_question_forbids_is_known_of_the_whole() -> None:
    """Each name once, whichever questions forbid it."""
    relu, optim = "torch.relu", "torch.optim.*"
    table = assignment(question("1", forbidden=(relu, optim)), question("2", forbidden=(relu,)))
    assert table.forbidden == (optim, relu)


def test_only_keeps_the_order_of_the_table() -> None:
    """And no ids mean all of them."""
    table = assignment(question("1"), question("2"), question("3"))
    assert [q.id for q in table.only(("3", "1"))] == ["1", "3"]
    assert [q.id for q in table.only(())] == ["1", "2", "3"]
    with pytest.raises(AssignmentError):
        table.only(("1", "4"))


def test_a_case_and_a_check_are_themselves() -> None:
    """Two lines of a table that say the same are two, and both can be keys."""
    assert Case(TITLE, 1) != Case(TITLE, 1)
    assert Shape(TITLE, probe, (PUBLIC,)) != Shape(TITLE, probe, (PUBLIC,))
    assert len({PUBLIC: 0, HIDDEN: 1}) == 2


# Draws -----------------------------------------------------------------------------------------------------------


def everything(draw: Draw) -> dict[str, torch.Tensor]:
    return {
        "normal": draw.normal("a", 4, 3),
        "away": draw.away_from_zero("b", 50),
        "probabilities": draw.probabilities("c", 4, 3),
        "classes": draw.classes("d", 40, 3),
        "one_hot": draw.one_hot("e", 40, 3),
    }


def same(a: Mapping[str, torch.Tensor], b: Mapping[str, torch.Tensor]) -> list[bool]:
    return [torch.equal(a[name], b[name]) for name in a]


def test_the_salt_changes_hidden_cases_and_no_public_one() -> None:
    """Students see the public inputs, and nobody can compute the hidden ones ahead."""
    assert all(same(everything(Draw(PUBLIC, "one")), everything(Draw(PUBLIC, "two"))))
    assert not any(same(everything(Draw(HIDDEN, "one")), everything(Draw(HIDDEN, "two"))))


def test_the_same_salt_gives_the_same_inputs() -> None:
    """A regrade asks the same."""
    assert all(same(everything(Draw(HIDDEN, "one")), everything(Draw(HIDDEN, "one"))))


def test_another_seed_gives_other_inputs() -> None:
    """Cases of one shape differ by their seeds."""
    other = Case(TITLE, seed=2, public=True)
    assert not any(same(everything(Draw(PUBLIC)), everything(Draw(other))))


@given(st.permutations(["a", "b", "c", "d"]))
def test_draws_do_not_depend_on_their_order(names: list[str]) -> None:
    """Each name has a stream of its own: a student who skips a question shifts no other's inputs."""
    expected = {name: Draw(HIDDEN, "salt").normal(name, 5) for name in "abcd"}
    draw = Draw(HIDDEN, "salt")
    assert all(torch.equal(draw.normal(name, 5), expected[name]) for name in names)


def test_draws_leave_the_global_generator_alone() -> None:
    """No state is shared with anybody."""
    state = torch.random.get_rng_state()
    everything(Draw(PUBLIC))
    assert torch.equal(torch.random.get_rng_state(), state)


def test_different_names_have_different_values() -> None:
    """x and y of one case are not the same tensor twice."""
    draw = Draw(PUBLIC)
    assert not torch.equal(draw.normal("x", 5), draw.normal("y", 5))


@given(st.integers(0, 10**6), st.floats(0.05, 1.0))
def test_entries_stay_away_from_the_kinks(seed: int, gap: float) -> None:
    """At 0 the derivative of relu is anybody's choice; it is not asked there."""
    drawn = Draw(Case(TITLE, seed)).away_from_zero("T", 30, gap=gap)
    assert (drawn.abs() >= gap * (1 - 1e-6)).all()


def test_both_sides_of_the_kink_are_asked() -> None:
    """A function that knows one side only must not pass."""
    for seed in range(20):
        drawn = Draw(Case(TITLE, seed)).away_from_zero("T", 4, 3)
        assert (drawn < 0).any()
        assert (drawn > 0).any()


@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(2, 8))
def test_probabilities_are_distributions_without_zeros(seed: int, rows: int, classes: int) -> None:
    """Their logarithm is finite."""
    drawn = Draw(Case(TITLE, seed)).probabilities("Q", rows, classes)
    assert drawn.shape == (rows, classes)
    assert torch.allclose(drawn.sum(1), torch.ones(rows))
    assert (drawn > 1e-3).all()


def test_one_hot_rows_hold_a_single_one() -> None:
    """float32, as the network's outputs."""
    drawn = Draw(PUBLIC).one_hot("y", 50, 4)
    assert drawn.dtype == torch.float32
    assert ((drawn == 0) | (drawn == 1)).all()
    assert (drawn.sum(1) == 1).all()
    assert drawn.sum(0).count_nonzero() == 4


def test_classes_are_indices() -> None:
    """long, from 0 to C - 1, every class among many."""
    drawn = Draw(PUBLIC).classes("y", 50, 4)
    assert drawn.dtype == torch.int64
    assert set(drawn.tolist()) == {0, 1, 2, 3}


def test_a_drawn_tensor_is_known_by_its_name() -> None:
    """This very tensor, not one that equals it."""
    draw = Draw(PUBLIC)
    x = draw.normal("x", 3)
    assert draw.name_of(x) == "x"
    assert draw.name_of(x.clone()) == ""
    assert draw["B"] == 4


def test_a_scale_of_the_draw_is_its_standard_deviation() -> None:
    """Within what 10,000 entries allow."""
    drawn = Draw(PUBLIC).normal("x", 10_000, scale=3.0)
    assert math.isclose(float(drawn.std()), 3.0, rel_tol=0.03)
