"""Marks at the desk: kept, acknowledged, never lost, undone together."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

pytest.importorskip("starlette")

from grader.run.gradebook import Gradebook

from ...tiny import grades
from .rooms import CLASS, Browser, answers, graded


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    return Browser(graded(tmp_path))


def kept(browser: Browser, student: str, question: str = "1a") -> float | None:
    """The points that count."""
    mark = browser.room.book.marks(student).get(question)
    return mark.points if mark else None


def test_a_mark_is_kept_and_acknowledged(browser: Browser) -> None:
    """Items add up exactly, a comma is a point, an act that arrives twice is kept once, and the report has the mark."""
    said = browser.save("Ana", items=["1", "2"], comment="bien", act="x").json
    assert (said["points"], said["also"]) == ("0.75", [])
    browser.save("Ana", items=["1", "2"], comment="bien", act="x")
    assert len(browser.room.book.events()) == 1
    assert browser.save("Carla", points="0,5").json["points"] == "0.5"
    assert (kept(browser, "Ana"), kept(browser, "Carla")) == (0.75, 0.5)
    assert browser.post("/publish", {}).status == 303
    assert grades(browser.room.out)["Ana"]["1a"] == "1.75"
    assert "bien" in (browser.room.out / "students" / "Ana.html").read_text("utf-8")


@pytest.mark.parametrize("mark", [{"points": "2"}, {"points": "x"}, {"points": "-1"}, {"items": ["9"]}])
def test_a_mark_that_makes_no_sense_is_refused(browser: Browser, mark: dict[str, object]) -> None:
    """The page gets a sentence, and nothing is kept."""
    said = browser.save("Ana", **mark)
    assert said.status == 400
    assert said.json["error"]
    assert browser.room.book.events() == []
    assert browser.post("/save", {"code": "nobody", "question": "1a"}).status == 404
    assert browser.post("/save", ["no"]).status == 400


def test_two_markers_lose_nothing(browser: Browser) -> None:
    """The second one learns of the first one's mark; both are shown until one of them settles it."""
    first = browser.save("Ana", marker="Eva", items=["1"], seen=0).json
    second = browser.save("Ana", marker="Leo", items=["1", "2", "3"], seen=0).json
    assert "other" not in first
    assert second["other"] == {"marker": "Eva", "points": "0.4"}
    page = browser.get(f"/work/1a/{browser.code('Ana')}").text
    assert "Leo" in page
    assert "My mark settles it" in page
    assert "different points: 1" in browser.get("/").text
    browser.save("Ana", marker="Eva", items=["1", "2"], seen=second["last"], settles=True)
    assert kept(browser, "Ana") == 0.75
    assert "different points: 1" not in browser.get("/").text
    assert "1 marked by two people, 0 with the same points" in browser.get("/").text


def test_the_second_marker_decides_before_seeing_the_first_mark(browser: Browser) -> None:
    """The second marker reads what somebody marked, without that mark; after their own mark both are shown."""
    browser.save("Ana", marker="Eva", items=["1"], comment="secret of Eva")
    leo = {"cookie": "desk-8000=secret; marker=Leo"}
    address = f"/work/1a/{browser.code('Ana')}?view=second"
    assert browser.get("/mark/1a?view=second", **leo).headers["location"].startswith(f"/mark/1a/{browser.code('Ana')}")
    hidden = browser.get(address, **leo).text
    assert "Other markers" not in hidden
    assert "checked" not in hidden
    browser.save("Ana", marker="Leo", items=["1"])
    assert "secret of Eva" in browser.get(address, **leo).text


def test_the_same_answers_are_marked_together_and_undone_together(browser: Browser) -> None:
    """Ana and Beto differ in white space only: one mark for both, and one undo."""
    assert "Also mark 1 other answer" in browser.get(f"/work/1a/{browser.code('Ana')}").text
    assert browser.save("Ana", items=["1"], together=True, act="both").json["also"] == [browser.code("Beto")]
    assert (kept(browser, "Ana"), kept(browser, "Beto")) == (0.4, 0.4)
    assert browser.post("/undo", {"act": "both"}).json == {"codes": [browser.code("Ana"), browser.code("Beto")]}
    assert (kept(browser, "Ana"), kept(browser, "Beto")) == (None, None)
    assert len(browser.room.book.events()) == 4


def test_a_group_is_read_once(tmp_path: Path) -> None:
    """The desk shows the answer of a group once, with all names; a mark is for all, or for the member of the page."""
    out = graded(tmp_path)
    with Gradebook(out / "gradebook.sqlite") as book:
        for slug, result in book.all().items():
            if slug in ("Ana", "Carla"):
                mate = "Carla" if slug == "Ana" else "Ana"
                book.save(slug, replace(result, together=(mate,)))
    browser = Browser(out)
    assert len(browser.room.to_read("2")) == 3  # of four students
    assert "Ana, Carla" in browser.get(f"/mark/2/{browser.code('Ana')}").text
    browser.save("Ana", "2", points="0.5")
    browser.save("Carla", "2", points="0.25", alone=True)
    said = {student: mark.marks["Eva"].points for (student, _), mark in browser.room.standings().items()}
    assert said == {"Ana": Decimal("0.5"), "Carla": Decimal("0.25")}


def test_untouched_texts_wait_for_nobody(browser: Browser) -> None:
    """Dora left the text as it was given: three answers wait, and hers is listed apart."""
    assert browser.room.untouched("Dora", "1a")
    page = browser.get("/").text
    assert "0 of 3 marked" in page
    assert "1 as in the template" in page


def test_the_order_is_stable_and_differs_between_questions(tmp_path: Path) -> None:
    """Twenty students are in another order in another question, and in the same one after a restart."""
    out = graded(tmp_path, {f"S{n:02}": answers(f"${n}$") for n in range(20)})
    room = Browser(out).room
    first, second = room.to_read("1a"), room.to_read("2")
    assert sorted(first) == sorted(second)
    assert first != second
    assert first != sorted(first)
    assert Browser(out).room.to_read("1a") == first


def test_without_names_no_name_is_on_the_page(browser: Browser) -> None:
    """Neither the page nor its address tells whose answer it is."""
    named = browser.get(f"/mark/1a/{browser.code('Carla')}").text
    assert "Carla" in named
    unnamed = browser.get(f"/mark/1a/{browser.code('Carla')}?view=anonymous").text
    assert "Carla" not in unnamed


def test_hostile_answers_do_nothing(tmp_path: Path) -> None:
    """Markup of an answer, of a comment and of a name is text; pictures come alone and may do nothing."""
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    svg = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    data = answers(f"{attack}\n\n$\\href{{javascript:alert(1)}}{{x}}$", code=f"x = '''{attack}'''")
    browser = Browser(graded(tmp_path, {"<b>Ana<script>": data}))
    browser.save("<b>Ana<script>", comment=attack, points="1", marker="<i>Eva")
    (code,) = browser.room.slugs
    page = browser.get(f"/mark/1a/{code}").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>Ana" not in page
    assert "<i>Eva" not in browser.get("/").text
    drawn = {"output_type": "display_data", "data": {"image/svg+xml": svg}}
    browser.room.work(browser.room.slugs[code]).notebooks[0][1][4].saved["outputs"] = [drawn]
    picture = browser.get(f"/picture/{code}/0/5/0")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in picture.headers["content-security-policy"]


def test_a_report_without_a_gradebook_is_refused(tmp_path: Path) -> None:
    """The sentence says to grade first, and nothing is made."""
    from grader.errors import UsageError

    with pytest.raises(UsageError, match="run grade first"):
        Browser(tmp_path)
    with Gradebook(tmp_path / "gradebook.sqlite"), pytest.raises(UsageError, match="once more"):
        Browser(tmp_path)
    assert CLASS
