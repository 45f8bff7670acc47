"""Students whom two platforms know are one where something certain agrees, and named where only the name does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.intake.people import Person
from grader.intake.same_person import Student, joined, perhaps_same
from grader.intake.submissions import collect_class

BOLDO = "1001-9 - Ana Boldo - Mar 1, 2026 1005 AM"


def students(*people: Person) -> list[Student]:
    return [Student(person, None, []) for person in people]


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([Person("Ana Boldo", "7", email="a@b.cl"), Person("boldoana", email="A@b.cl")], ["Ana Boldo"]),
        ([Person("aboldo", login="aboldo"), Person("Ana Boldo", login="aboldo")], ["Ana Boldo"]),
        ([Person("boldoana", "20123456"), Person("Ana Boldo", "20.123.456")], ["Ana Boldo"]),
        ([Person("boldoana", "12"), Person("Ana Boldo", "12")], ["Ana Boldo"]),
        ([Person("Ana B", email="a@b"), Person("x", login="x"), Person("Xi", email="a@b", login="x")], ["Ana B"]),
        ([Person("Ana Boldo", "20123456"), Person("Luis Peumo", "20123456")], ["Ana Boldo", "Luis Peumo"]),
        ([Person("Ana Boldo", "12"), Person("Ana Peumo", "12")], ["Ana Boldo", "Ana Peumo"]),
        ([Person("Ana Boldo", login="ana"), Person("Luis Peumo", login="ana")], ["Ana Boldo", "Luis Peumo"]),
        ([Person("Ana Boldo", "1"), Person("Ana Boldo", "2")], ["Ana Boldo", "Ana Boldo"]),
    ],
)
def test_certain_facts_join_students(people: Sequence[Person], expected: list[str]) -> None:
    """Another platform may give the same login or number to somebody else, so the names must not contradict it."""
    assert [student.person.name for student in joined(students(*people))] == expected


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (Person("Ana Boldo"), Person("boldoana", "7")),
        (Person("Ana Boldo", "1"), Person("ANA_BOLDO")),
        (Person("Ana María Boldo Soto"), Person("Ana Boldo")),
        (Person("aboldo"), Person("Ana Boldo", login="aboldo")),
    ],
)
def test_alike_names_are_perhaps_one_person(a: Person, b: Person) -> None:
    """Nobody is joined by a name; a stranger and somebody with another address are not named."""
    others = [Person("Luis Peumo"), Person("Ana Peumo"), Person("María Soto")]
    assert perhaps_same(students(a, b, *others)) == [(0, 1)]


def test_what_is_known_to_be_different_is_not_named() -> None:
    """Two addresses, and two numbers of one platform, are two persons."""
    assert not perhaps_same(students(Person("Ana Boldo", email="a@x"), Person("Ana Boldo", email="b@x")))


def test_two_platforms_and_no_roster(tmp_path: Path) -> None:
    """Two numbered namesakes of one platform are two; the third, of another platform, is perhaps one of them."""
    cell = json.dumps({"cells": [{"cell_type": "code", "source": "x = 1"}]})
    for folder in (BOLDO, BOLDO.replace("1001", "1002")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "t.ipynb").write_text(cell)
    (tmp_path / "boldoana_981_55501_t.ipynb").write_text(cell)
    found = collect_class(tmp_path)
    assert [s.student for s in found.submissions] == ["Ana Boldo (1001)", "Ana Boldo (1002)", "boldoana"]
    assert found.perhaps_same == (("Ana Boldo (1001)", "boldoana"), ("Ana Boldo (1002)", "boldoana"))
