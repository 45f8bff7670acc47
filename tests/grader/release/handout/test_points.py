"""The words for the points of questions follow the table."""

from __future__ import annotations

import re

import pytest

from grader.assignment import load
from grader.assignment.spec import Assignment, Question
from grader.messages import Text
from grader.release.handout.points import table, worth, written_number

from ....tiny import ROOT


@pytest.fixture(scope="module")
def tarea2() -> Assignment:
    return load.load_assignment(ROOT / "reference" / "tarea2")


def question(points: float = 0.0, reviewed: float = 0.0, *, bonus: bool = False) -> Question:
    return Question("1", Text("título", "title"), points, reviewed, bonus)


@pytest.mark.parametrize(
    ("asked", "es", "en"),
    [
        (question(), "0 puntos", "0 points"),
        (question(1), "1 punto", "1 point"),
        (question(1.25), "1,25 puntos", "1.25 points"),
        (question(0.75, 0.25), "0,75 puntos, y 0,25 que da una persona",
         "0.75 points, and 0.25 given by a person"),
        (question(0, 0.75), "0,75 puntos, los da una persona", "0.75 points, given by a person"),
        (question(0.5, bonus=True), "opcional, bonus 0,5", "optional, bonus 0.5"),
        (question(0, 0.5, bonus=True), "opcional, bonus 0,5, lo da una persona",
         "optional, bonus 0.5, given by a person"),
        (question(0.5, 0.25, bonus=True), "opcional, bonus 0,5, y 0,25 que da una persona",
         "optional, bonus 0.5, and 0.25 given by a person"),
    ],
)  # fmt: skip
def test_who_gives_how_much(asked: Question, es: str, en: str) -> None:
    """Points by the checks, points by a person, and bonuses are told apart; Spanish has a decimal comma."""
    assert (worth(asked, "es"), worth(asked, "en")) == (es, en)


def test_numbers_are_short_unless_decimals_are_asked_for() -> None:
    """A grade keeps its decimal, and points have only the decimals that they need."""
    assert [written_number(x, "en") for x in (2.0, 0.5, 1 / 3)] == ["2", "0.5", "0.33"]
    assert written_number(7.0, "es", 1) == "7,0"


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_table_has_each_question_and_the_right_total(tarea2: Assignment, language: str) -> None:
    """A row per question with its title; the numbers of the required ones add up to the total below."""
    rows = [line.strip("| ").split(" | ") for line in table(tarea2.questions, language).splitlines()]
    cells = {row[0]: row for row in rows if len(row) == 3}
    assert [cells[q.id][1] for q in tarea2.questions] == [q.title.render(language) for q in tarea2.questions]
    required = [cells[q.id][2] for q in tarea2.questions if not q.bonus]
    printed = sum(float(x.replace(",", ".")) for words in required for x in re.findall(r"\d[\d.,]*\d|\d", words))
    assert printed == tarea2.required == 10
    sums = ("Las preguntas obligatorias suman 10 puntos.", "The required questions add up to 10 points.")
    assert rows[-1][0].startswith(sums)


def test_without_a_bonus_nothing_is_said_of_one(tarea2: Assignment) -> None:
    """The total and the sentences follow the questions that are left."""
    part = table(tarea2.only(["2a", "2b"]), "en")
    assert part.endswith("The required questions add up to 1.25 points.")
    assert "bonus" in table(tarea2.only(["2a", "1c"]), "en")
