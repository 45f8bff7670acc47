"""What needs a person, points in place of the checks', the class, and regrades at the desk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

pytest.importorskip("starlette")

from grader.desk.class_view import point_biserial
from grader.messages import say
from grader.results import Finding, QuestionResult, Status, Verdict

from .rooms import Answered, Browser, copied, graded


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    """Ana used a near name, Beto a forbidden one, Carla took too long, and Dora cannot be read."""
    browser = Browser(graded(tmp_path))
    results = browser.room.results

    def change(student: str, **changes: object) -> None:
        result = results[student]
        first = replace(result.questions[0], **changes)  # type: ignore[arg-type]
        results[student] = browser.room.marking.results[student] = replace(
            result, questions=(first, *result.questions[1:])
        )

    near = say("{name} is missing; {found} in cell {cell} has a similar name", name="negate", found="negat", cell=3)
    change("Ana", notes=(near,), points=0.0, verdict=Verdict.MISSING)
    named = Finding(Verdict.FORBIDDEN, say("{name} is used", name="torch.neg<b>"))
    change("Beto", findings=(named,), points=0.0, unpenalised=0.75, verdict=Verdict.FORBIDDEN)
    change("Carla", findings=(Finding(Verdict.TIMED_OUT, say("too slow")),), points=0.0, verdict=Verdict.TIMED_OUT)
    results["Dora"] = replace(results["Dora"], status=Status.UNREADABLE, questions=(), notes=(say("damaged"),))
    return browser


def send(browser: Browser, path: str, **form: str) -> Answered:
    body = urlencode(form).encode()
    return browser._ask("POST", path, body, {"content-type": "application/x-www-form-urlencoded"})


def test_one_list_has_all_that_needs_a_person(browser: Browser) -> None:
    """Each kind with its students; what students wrote is escaped."""
    page = browser.get("/needs").text
    expected = ("Unreadable (1)", "Damaged", "Similar names", "<code>negat</code>", "Forbidden names", "Took too long")
    assert [words for words in expected if words not in page] == []
    assert "torch.neg&lt;b&gt;" in page
    assert send(browser, "/accept", asked="negate", used="other", code="all").status == 404


def test_a_forbidden_name_costs_zero_or_nothing(browser: Browser) -> None:
    """No penalty gives the points that the checks would have given; the comment is needed, and the student reads it."""
    form = {"code": browser.code("Beto"), "question": "1a", "back": "/needs"}
    assert "No penalty: 0.75 points" in browser.get("/needs").text
    assert "said=" in send(browser, "/override", points="0,75", comment="", **form).headers["location"]
    decided = send(browser, "/override", points="0,75", comment="It was in a comment", **form)
    assert decided.headers["location"] == "/needs"
    assert browser.room.book.marks("Beto")["1a"].checks == 0.75
    assert "Decided: 0.75 points" in browser.get("/needs").text
    page = browser.get(f"/student/{browser.code('Beto')}").text
    assert "It was in a comment" in page
    assert "0.75 / 2" in page
    assert "<p>Grade" in page  # and no word for a graded submission, which would be in English only


def test_requests_to_mark_again_come_from_a_list(browser: Browser) -> None:
    """A request stays open until somebody marks that answer; a stranger's is refused with the line."""
    def upload(text: str) -> str:
        head = 'Content-Disposition: form-data; name="file"; filename="r.csv"'
        body = f"--x\r\n{head}\r\n\r\n{text}\r\n--x--\r\n".encode()
        kind = {"content-type": "multipart/form-data; boundary=x"}
        return browser._ask("POST", "/requests", body, kind).headers["location"]

    assert "line%202" in upload("student,question,text\nZoe,1a,please\n")
    upload("student;question;text\nCarla;1a;<b>please</b>\n")
    assert "&lt;b&gt;please" in browser.get("/needs").text
    assert "marked again" not in browser.get("/needs").text
    browser.save("Carla", points="0.5")
    assert "marked again" in browser.get("/needs").text


def test_the_class_is_searched_and_filtered(browser: Browser) -> None:
    """By name, by verdict in a question, and by marker; the mistakes name their students."""
    def rows(query: str) -> list[str]:
        table = browser.get(f"/class?{query}").text.rpartition("<tbody>")[2]
        return [name for name in ("Ana", "Beto", "Carla", "Dora") if f"<bdi>{name}</bdi>" in table]

    assert rows("") == ["Ana", "Beto", "Carla", "Dora"]
    assert rows("search=ar") == ["Carla"]
    assert rows("verdict=forbidden&question=1a") == ["Beto"]
    browser.save("Ana", question="2", points="0.5")
    assert rows("marker=Eva") == ["Ana"]


def test_discrimination_is_the_correlation_with_the_rest() -> None:
    """1 for a question that separates fully, negative where weak students are right, none where all are."""
    assert point_biserial([True, True, False, False], [1, 1, 0, 0]) == pytest.approx(1)
    assert point_biserial([False, True], [3, 1]) == pytest.approx(-1)
    assert point_biserial([True, True], [1, 2]) is None
    assert point_biserial([True, False], [1, 1]) is None
    assert point_biserial([], []) is None


def test_the_regrade_page_has_changed_rubrics(browser: Browser) -> None:
    """Whose points move is shown before all marks use the new points."""
    browser.save("Carla", items=["1"])
    file = Path(browser.room.run.assignment)
    text = file.read_text("utf-8").replace("0.4: Deriva", "0.3: Deriva").replace("0.35: Dominio", "0.45: Dominio")
    file.write_text(text, "utf-8")
    assert "Carla: 0.4 -&gt; 0.3 (marked by Eva)" in browser.get("/regrade").text
    send(browser, "/regrade", what="rubrics")
    assert browser.room.book.marks("Carla")["1a"].points == 0.3
    assert "view=look" not in browser.get("/regrade").text
    assert "marked by Eva" not in browser.get("/regrade").text
    assert isinstance(browser.room.answer("Carla", "1a"), QuestionResult)


def test_other_words_of_a_rubric_offer_a_second_look(browser: Browser) -> None:
    """The answers whose marks used that item wait in their question's second look until they are marked again."""
    browser.save("Carla", items=["1"])
    browser.save("Ana", items=["2"])
    file = Path(browser.room.run.assignment)
    text = file.read_text("utf-8").replace("0.4: Deriva | Derives", "0.4: Deriva bien | Derives well")
    file.write_text(text, "utf-8")
    send(browser, "/regrade", what="rubrics")
    assert '/mark/1a?view=look"><span class="id">1a</span> 1 answer<' in browser.get("/regrade").text
    assert browser.get("/mark/1a?view=look").headers["location"] == f"/mark/1a/{browser.code('Carla')}?view=look"
    browser.save("Carla", items=["1"], comment="still right")
    assert "view=look" not in browser.get("/regrade").text


def test_late_days_are_waived_with_a_comment(browser: Browser) -> None:
    """The page offers it where there are late days; parts of days are refused; the student reads the comment."""
    book = browser.room.book
    carla = book.newest("Carla")
    assert carla
    form = {"code": browser.code("Carla"), "comment": "Ill until Monday"}
    assert "Late days that do not count" not in browser.get(f"/student/{form['code']}").text
    book.save("Carla", replace(carla, late_days=2, late_notes=(say("two days late"),)))
    assert "Late days that do not count (of 2)" in browser.get(f"/student/{form['code']}").text
    assert "said=" in send(browser, "/override", points="0,5", **form).headers["location"]
    send(browser, "/override", points="2", **form)
    kept = browser.room.book.marks("Carla")[""]
    assert (kept.checks, kept.comment) == (2.0, "Ill until Monday")


def test_likely_copies_are_side_by_side(browser: Browser) -> None:
    """The list leads to the pair on a page of the desk, where students' text is escaped."""
    assert "grade copies" in browser.get("/copies").text
    copied(browser.room)
    assert '<a href="/copies#pair-1"><bdi>Ana</bdi>' in browser.get("/needs").text
    page = browser.get("/copies").text
    assert page.count("&lt;i&gt;-t") == 2
    assert page.count('data-b="1"') == 2
    assert "Ana, &lt;b&gt;Beto, Carla" in page
