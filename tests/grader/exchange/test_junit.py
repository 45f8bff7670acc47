"""results.xml is read back as a CI system reads it."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from grader.exchange.junit import junit_xml
from grader.messages import Text, say
from grader.results import QuestionResult, Status, Verdict

from .samples import HOSTILE, finding, question, result


def test_a_suite_per_student_and_a_test_per_check() -> None:
    """A wrong answer is a failure, an exception an error, an answer for a person is skipped; points are properties."""
    wrong = question("1b", finding(Verdict.FAILED, "too large"), points=0.25)
    other = finding(Verdict.RAISED, "boom").with_(check=Text("otra", "other"))
    raised = replace(wrong, findings=(finding(Verdict.PASSED, ""), other))
    read = QuestionResult("4d", Text("Gráficos", "Plots"), 0, 0, reviewed=0.75, verdict=Verdict.PENDING)
    gone = replace(result(), student="eva", status=Status.UNREADABLE, notes=(say("the file is empty"),))
    root = ElementTree.fromstring(junit_xml([result(wrong, raised, read), gone], "tarea2"))
    ana, eva = root
    assert (root.get("name"), root.get("tests"), root.get("failures"), root.get("errors")) == ("tarea2", "5", "1", "2")
    outcomes = {case: [e.tag for e in case if e.tag != "properties"] for case in ana}
    assert [(case.get("classname"), case.get("name"), tags) for case, tags in outcomes.items()] == [
        ("1b", "valor", ["failure"]), ("1b", "valor", []), ("1b", "otra", ["error"]), ("4d", "Gráficos", ["skipped"])
    ]  # fmt: skip
    assert [(p.get("name"), p.get("value")) for p in ana[0].iter("property")] == [("points", "0.25"), ("possible", "1")]
    assert eva.get("name") == "eva"
    assert eva[0][0].tag == "error"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_the_file(text: str) -> None:
    """Control characters are spelled out, and markup stays text."""
    suite = ElementTree.fromstring(
        junit_xml([replace(result(question("1b", finding(Verdict.FAILED, text))), student=text + "\ufffe")], text)
    )[0]
    assert [e.tag for e in suite.iter()].count("failure") == 1
