"""Attacks on readers of the report: a student's text stays text on pages, in tables and in the terminal."""

from __future__ import annotations

import csv
import io
import zipfile
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from grader.sandbox.levels import Level, available

from .test_hostile import ATTACKS, LEVELS, Attack, ids
from .test_submissions import NEIGHBOUR
from .tiny import grade

pytestmark = pytest.mark.bwrap

Capture = pytest.CaptureFixture[str]

SHOWN = [a for a in ATTACKS if a.must_not == "reach the page" or a.name != "student"]
FORMULA = ("=", "+", "-", "@", "\t")
# Marks that turn the direction of text, and control characters that a terminal obeys.
UNSAFE = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A)), "\x1b", "\x07", "\x08", "\x9b"}


class Active(HTMLParser):
    """The active parts of a page: its scripts, styles and frames, attributes that act, addresses that run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        acting = {"script", "style", "img", "iframe", "link", "base", "object", "embed", "foreignobject", "animate"}
        self.found += [tag] if tag in acting else []
        self.found += [name for name, _ in attrs if name.startswith("on") or name == "srcdoc"]
        self.found += ["javascript:" for _, value in attrs if (value or "").strip().lower().startswith("javascript:")]


def handed_in(attack: Attack) -> str:
    return f"{attack.name if attack.name != 'student' else attack.file.stem}.py"


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_of_a_student_acts_in_the_report(level: Level, tmp_path: Path, capsys: Capture) -> None:
    """Every page has the active parts of a harmless one, no name is a formula, and no mark turns or clears anything."""
    if not available(level).works:
        pytest.skip(f"no {level} here")
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:  # names as only an archive can have them
        for attack in SHOWN:
            archive.writestr(handed_in(attack), attack.source)
        archive.writestr("harmless.py", NEIGHBOUR.read_text(encoding="utf-8"))
    out = tmp_path / "out"
    said = grade(capsys, tmp_path / "class.zip", "--out", out, "--only", "1b,4a", "--sandbox", level, "-v")
    assert said.status == 0, said.err
    pages = {page.name: page.read_text(encoding="utf-8") for page in sorted((out / "students").glob("*.html"))}
    assert len(pages) == len(SHOWN) + 1
    harmless = Active(pages["harmless.html"]).found
    for name, page in pages.items():
        assert Active(page).found == harmless, name
    # They are there, as text.
    assert "<script>alert(1)</script>" in unescape(pages["script_in_an_exception.html"])
    assert "0.7/0.7" in pages["turns_the_text_around.html"]
    index = (out / "index.html").read_text(encoding="utf-8")
    table = (out / "grades.csv").read_text(encoding="utf-8")
    for text in (index, table, said.out, said.err, *pages.values(), *pages):
        assert not UNSAFE & set(text)
    for row in csv.reader(io.StringIO(table)):
        assert not any(cell.startswith(FORMULA) for cell in row), row
    assert all(len(name.encode()) <= 255 for name in pages)


@pytest.mark.parametrize("attack", SHOWN, ids=ids)
def test_the_look_at_a_page_can_fail(attack: Attack) -> None:
    """A page that does not escape these texts is found."""
    text = attack.file.read_text(encoding="utf-8").encode().decode("unicode_escape") + attack.name
    acts = Active(f"<p>{text}</p>").found or UNSAFE & set(text) or attack.name.startswith(FORMULA)
    assert acts or len(attack.name) > 255
