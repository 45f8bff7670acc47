"""The comment says in a few lines what the page says."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from grader.assignment.spec import Scale
from grader.exchange.comment import comment
from grader.messages import Text, say
from grader.results import Status, Verdict

from .samples import HOSTILE, finding, question, result

ASSIGNMENT = SimpleNamespace(title=Text("Tarea", "Homework"), scale=Scale("chile", 1, 7, 1))


def said(language: str, **more: object) -> list[str]:
    wrong = question("1b", finding(Verdict.FAILED, "CELoss is too large"), points=0.25)
    read = replace(question("4d", possible=0.0), reviewed=0.75, awarded=0.5, comment="muy\nbien")
    sums = {"total": 0.75, "possible": 1.75, "language": language}
    return comment(replace(result(wrong, read), **{**sums, **more}), ASSIGNMENT).splitlines()  # type: ignore[arg-type]


def test_points_reasons_and_the_words_of_a_person() -> None:
    """In the student's language, one line per question."""
    assert said("es") == [
        "0.75 de 1.75 puntos",
        "1b: 0.25/1. CELoss is too large",
        "4d: 0.5/0.75. Una persona dio 0.5 de 0.75 puntos · muy bien",
    ]
    assert said("en", pending=1.0)[0] == "0.75 of 1.75 points. 1 point is given by a person"


def test_without_a_grade_the_reason_is_said() -> None:
    """Nothing else is known."""
    assert said("en", status=Status.UNREADABLE, notes=(say("the file is empty"),)) == ["The file is empty."]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_students_text_stays_in_its_line(text: str) -> None:
    """Ends of lines and control characters are spelled out."""
    lines = comment(result(question("1b", finding(Verdict.FAILED, text))), ASSIGNMENT).splitlines()  # type: ignore[arg-type]
    assert len(lines) == 2
