"""results.json has the form that Gradescope reads, and the table its SIDs."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from grader.assignment.spec import Scale
from grader.errors import GraderError
from grader.exchange.gradescope import grades_by_sid, results_json
from grader.messages import Text, say
from grader.results import Status, Verdict

from .samples import HOSTILE, finding, question, result

ASSIGNMENT = SimpleNamespace(title=Text("Tarea", "Homework"), scale=Scale("chile", 1, 7, 1))


def test_a_test_per_question_with_its_reasons() -> None:
    """The score is the total; every test has its score, maximum and status; hostile text is text."""
    wrong = question("1b", *(finding(Verdict.FAILED, text) for text in HOSTILE), points=0.25)
    right = question("2", finding(Verdict.PASSED, ""), points=1.0)
    read = replace(question("4d", possible=0.0), reviewed=0.75, awarded=0.5, comment="bien")
    shown = json.loads(results_json(replace(result(wrong, right, read), total=1.75), ASSIGNMENT))  # type: ignore[arg-type]
    assert shown["score"] == 1.75
    assert [(t["number"], t["score"], t["max_score"], t["status"]) for t in shown["tests"]] == [
        ("1b", 0.25, 1.0, "failed"), ("2", 1.0, 1.0, "passed"), ("4d", 0.5, 0.75, "failed")
    ]  # fmt: skip
    assert {t["visibility"] for t in shown["tests"]} == {"visible"}
    assert shown["output_format"] == shown["test_output_format"] == shown["test_name_format"] == "text"
    assert "bien" in shown["tests"][2]["output"]
    assert all(c.isprintable() or c in "\n\t" for t in shown["tests"] for c in t["output"])


def test_what_nobody_has_read_is_not_failed_and_lateness_is_explained() -> None:
    """The status says whether something is wrong so far; the arithmetic of late days is part of the output."""
    open_ = replace(question("1a", finding(Verdict.PASSED, ""), points=0.75, possible=0.75), reviewed=0.25)
    late = replace(result(open_, replace(open_, id="1b", points=0.5)), late_notes=(say("late by a day"),))
    shown = json.loads(results_json(late, ASSIGNMENT))  # type: ignore[arg-type]
    assert [t["status"] for t in shown["tests"]] == ["passed", "failed"]
    assert "Late by a day" in shown["output"]


def test_a_fault_of_the_grader_has_no_score() -> None:
    """Gradescope says that the autograder failed, instead of a zero."""
    with pytest.raises(GraderError):
        results_json(replace(result(), status=Status.GRADER_FAULT), ASSIGNMENT)  # type: ignore[arg-type]


def test_grades_by_sid() -> None:
    """SIDs are text, formulas are harmless, and a student without a grade has none."""
    ana = replace(result(question("1b", points=0.5)), student="=Ana", id="0012", total=0.5, possible=1.0)
    assert grades_by_sid([ana, replace(ana, status=Status.ABSENT)], ["1b"]) == (
        "SID,Email,Name,Total Score,Max Points,1b\n0012,,'=Ana,0.5,1,0.5\n0012,,'=Ana,,,\n"
    )
