"""Chromium prints pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.exchange.pdf import browser, printed


@pytest.mark.browser  # Chromium starts, which takes a second or two
def test_each_page_becomes_a_pdf() -> None:
    """The names stay with their pages."""
    files = dict(printed({"ada": "<p>Ada", "eva/ñ": "<p>Eva"}, browser()))
    assert [name for name, data in files.items() if data.startswith(b"%PDF") and len(data) > 1000] == ["ada", "eva/ñ"]


def test_a_browser_that_fails_gives_no_pdf(tmp_path: Path) -> None:
    """The caller keeps the page as HTML."""
    assert dict(printed({"ada": "<p>Ada"}, "/bin/false")) == {"ada": b""}
    assert dict(printed({"ada": "<p>Ada"}, str(tmp_path / "missing"))) == {"ada": b""}
