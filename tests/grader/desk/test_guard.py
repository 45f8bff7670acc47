"""Nobody but the browser with the token gets in, and pages load nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("starlette")

from .rooms import Browser, graded


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    return Browser(graded(tmp_path_factory.mktemp("desk")))


def test_the_token_of_the_address_becomes_a_cookie(browser: Browser) -> None:
    """The first page leads on to the same address without the token; scripts and other sites cannot use the cookie."""
    came = browser.get("/mark/1a?view=look&token=secret", cookie="")
    assert (came.status, came.headers["location"]) == (303, "/mark/1a?view=look")
    assert {"HttpOnly", "SameSite=strict"} <= set(came.headers["set-cookie"].split("; "))
    assert browser.get("//evil.example/?token=secret", cookie="").headers["location"].startswith("/evil")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"cookie": ""}, 403),
        ({"cookie": "desk-8000=other"}, 403),
        ({"cookie": "desk-8000=\xff"}, 403),
        ({"host": "evil.example"}, 400),  # a name that leads to 127.0.0.1
        ({"host": "127.0.0.1:8001"}, 400),
    ],
)
def test_strangers_are_refused(browser: Browser, headers: dict[str, str], status: int) -> None:
    """Without the cookie, and under another name, no page is shown, not even a file of the desk itself."""
    assert browser.get("/", **headers).status == status
    assert browser.get("/static/mark.js", **headers).status == status


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "http://127.0.0.1:8001"])
def test_another_page_cannot_send_marks(browser: Browser, origin: str) -> None:
    """A form of another page arrives without this desk's origin."""
    assert browser.post("/undo", {"act": "x"}, origin=origin).status == 403
    assert browser.post("/undo", {"act": "x"}).status == 200
    assert browser.post("/undo", {"act": "x"}, **{"content-length": "9999999999"}).status == 413


def test_every_answer_has_the_policy(browser: Browser) -> None:
    """Nothing from elsewhere, no code and no style within a page."""
    for path in ("/", "/nowhere", "/static/mark.js"):
        policy = browser.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    page = browser.get("/").text
    assert "<style" not in page
    assert "style=" not in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_the_test_can_fail(browser: Browser, tmp_path: Path) -> None:
    """With the cookie and the name, the page is there."""
    assert browser.get("/").status == 200
