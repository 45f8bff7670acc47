"""A student's text is text wherever it is shown: pages, cells, JSON, a terminal, SQL, file names."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

import pytest
from rich.console import Console

from grader.console import plain
from grader.exchange.grades_csv import FORMULA
from grader.results import Status, SubmissionResult
from grader.run.progress import PlainProgress

from .conftest import CHROMIUM
from .hostile_text import TEXTS, file_name
from .tiny import cell, grade, notebook, running, write_assignment

pytestmark = pytest.mark.bwrap

# The text as a name of a class, an error and a result, and next to the code.
SOURCE = """
TEXT = {text!a}

class Odd(Exception):
    pass
Odd.__name__ = TEXT[:300]
Odd.__qualname__ = TEXT[:300]

def double(t):
    # {comment}
    raise Odd(TEXT)

def negate(t):
    return type(TEXT.replace("\\0", "").encode("utf-8", "replace").decode()[:300], (), {{}})()
"""


def written(text: str) -> bytes:
    """A notebook with the text in every place that there is."""
    comment = "".join(c for c in text if c.isprintable())
    odd = {"output_type": "display_data", "metadata": {text: text}, "data": {"text/html": text, "text/latex": text}}
    return notebook(
        cell(text, "markdown"),
        cell(SOURCE.format(text=text, comment=comment), outputs=[odd]),
        cell(f"{text}\n", metadata={"name": text, "tags": [text]}),
        cell(f"def f():\n    '''{comment}'''\n    return {text!a}\nprint(f())"),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class in which every folder, file and notebook carries one of the texts."""
    folder = tmp_path_factory.mktemp("hostile")
    for text in TEXTS.values():
        inside = os.fsencode(folder / "class") + b"/" + file_name(text)
        os.makedirs(inside, exist_ok=True)
        with open(inside + b"/" + file_name(text)[:180] + b" t.ipynb", "wb") as file:
            file.write(written(text))
    write_assignment(folder / "assignment")
    return folder


@pytest.fixture(scope="module")
def said(folder: Path) -> str:
    """One run of that class on a terminal, and its output. Then a person writes every text as a comment."""
    argv = (folder / "class", "--assignment", folder / "assignment", "--out", folder / "out", "-v", "--lanes", "1")
    with running(*argv, terminal=100) as process:
        shown = process.end()
    assert shown.status == 0, shown.out
    assert len(list((folder / "out" / "students").iterdir())) == len(TEXTS)
    return shown.out


@pytest.fixture
def out(folder: Path, said: str) -> Path:
    return folder / "out"


class Page(HTMLParser):
    """The elements and the addresses of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        self.elements.append(("comment", {"text": data}))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


OURS = {
    *("html", "head", "meta", "title", "style", "script", "body", "main", "header", "footer", "section", "article"),
    *("h1", "h2", "h3", "h4", "p", "span", "b", "bdi", "a", "ul", "ol", "li", "dl", "dt", "dd", "div", "pre", "code"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary", "figure", "figcaption", "br"),
    *("svg", "symbol", "use", "path", "rect", "circle", "text", "g", "title", "comment"),
}


def pages(out: Path) -> Iterator[tuple[Path, Page]]:
    for file in sorted(out.rglob("*.html")):
        yield file, Page(file.read_text(encoding="utf-8"))


def test_no_text_becomes_an_element(out: Path) -> None:
    """A page has only the grader's own elements, one script, no handler, no style attribute, and no fetches."""
    for file, page in pages(out):
        names = [name for name, _ in page.elements]
        assert set(names) <= OURS, file
        assert names.count("script") == 1, file
        assert names.count("style") == 1, file
        for name, attributes in page.elements:
            assert not [a for a in attributes if a.startswith("on") or a in ("style", "src", "srcdoc", "action")], file
            if name == "comment":
                assert re.fullmatch(r" [0-9a-f]{32} ", attributes["text"] or ""), file


def test_every_address_leads_to_a_page_of_the_report(out: Path) -> None:
    """No link leaves the folder, whatever the name is, and each target exists with its anchor."""
    ids = {f: {a["id"] for _, a in page.elements if a.get("id")} for f, page in pages(out)}
    for file, page in pages(out):
        for _, attributes in page.elements:
            for address in (attributes.get("href"), attributes.get("xlink:href")):
                if address is None:
                    continue
                path, anchor = urldefrag(address)
                target = (file.parent / unquote(path)).resolve() if path else file
                assert target in ids, (file, address)
                assert not anchor or anchor in ids[target], (file, address)


def test_the_policy_stands_before_everything_else(out: Path) -> None:
    """Only the one style and the one script are loaded or run, by their hashes. No text comes before that policy."""
    for file, page in pages(out):
        (head,) = [i for i, (name, _) in enumerate(page.elements) if name == "head"]
        meta = [attributes for name, attributes in page.elements[head + 1 :]][:2]
        assert meta[0] == {"charset": "utf-8"}, file
        assert meta[1]["http-equiv"] == "Content-Security-Policy", file
        policy = dict(part.strip().split(" ", 1) for part in (meta[1]["content"] or "").split(";"))
        assert policy.pop("default-src") == "'none'"
        assert {policy.pop("base-uri"), policy.pop("form-action")} == {"'none'"}
        assert policy.pop("img-src", "data:") == "data:"
        for source in policy.values():
            assert re.fullmatch(r"'sha256-[A-Za-z0-9+/=]+'", source), file


def test_pages_hold_no_invisible_character(out: Path) -> None:
    """Controls, direction marks, zero widths and surrogates are spelled out; the letters are there."""
    for file in out.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        kinds = {unicodedata.category(c) for c in text if c not in "\t\n"}
        assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}, file
    everything = "".join(text for _, page in pages(out) for text in page.texts)
    for shown in (
        "<script>document.title='taken'</script>",
        "{{ 7*7 }}",
        "⟨U+202E⟩",
        "␛[31m",
        "DROP TABLE",
        "[bold red]",
    ):
        assert shown in everything, shown


def test_cells_are_no_formulas(out: Path) -> None:
    """Every row is a student, with one cell per column, and no cell is a formula."""
    with (out / "grades.csv").open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    assert len(rows) == len(TEXTS)
    for row in rows:
        assert len(row) == len(header)
        assert not any(FORMULA.match(text) for text in row)
        assert not {unicodedata.category(c) for text in row for c in text} & {"Cc", "Cs"}


def test_json_holds_the_texts_and_nothing_else(out: Path) -> None:
    """Each record is JSON in UTF-8 about one student, whose points no text has changed."""
    files = sorted((out / "results").iterdir())
    assert len(files) == len(TEXTS)
    for file in files:
        record = json.loads(file.read_bytes().decode())
        assert (record["total"], record["status"], len(record["questions"])) == (0.0, "graded", 2), file


def test_names_of_files_are_plain(folder: Path, out: Path) -> None:
    """File names in the report have only letters, digits and "._-", none is long, and no file lies elsewhere."""
    for file in out.rglob("*"):
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,100}", file.name), file
        assert file.resolve().is_relative_to(out.resolve())
    assert {p.name for p in folder.iterdir()} == {"class", "assignment", "out", "temporary"}


def test_the_gradebook_holds_every_student(out: Path) -> None:
    """No text acts as a command: the tables have a row for each student, and a person's comment may be any text."""
    with sqlite3.connect(out / "gradebook.sqlite") as book:
        tables = {name for (name,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        counts = {name: book.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}
    book.close()
    assert len(TEXTS) in counts.values(), counts


def test_the_terminal_obeys_no_text(said: str) -> None:
    """No control sequence of a student's text reaches the terminal, only those of the progress bar and the colours."""
    sequences = set(re.findall(r"\x1b(?:\[[0-9;?]*[A-Za-z]|.)", said))
    assert {s for s in sequences if not re.fullmatch(r"\x1b\[(?:[0-9;]*m|\?25[lh]|2K|1A)", s)} == set()
    rest = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said)
    assert {c for c in rest if unicodedata.category(c) in ("Cc", "Cf", "Cs")} <= {"\n", "\r"}
    assert "[bold red]x" in said


@pytest.mark.parametrize("kind", TEXTS)
def test_plain_text_has_no_control_character(kind: str) -> None:
    """The function behind that leaves no control, format or surrogate character in any text."""
    assert not [c for c in plain(TEXTS[kind]) if unicodedata.category(c)[0] == "C"]


def test_a_fault_that_quotes_a_student_is_text() -> None:
    """The grader's traceback, which -v shows, may hold a student's text. Control characters are not shown."""
    shown = io.StringIO()
    fault = "Traceback\n  line 1\nValueError: " + TEXTS["title"] + TEXTS["colours"]
    result = SubmissionResult("Ana", "a.ipynb", Status.GRADER_FAULT, "tiny", "es", fault=fault)
    PlainProgress(Console(file=shown, width=200), verbose=True).finished(result, 1, 1)
    assert "ValueError: " in shown.getvalue()
    assert not [c for c in shown.getvalue() if unicodedata.category(c)[0] == "C" and c != "\n"]


def test_a_comment_of_a_person_is_text_too(
    out: Path, folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A person may write any comment, under the name that the report shows. The next run shows it unchanged."""
    student = next(iter(json.loads(f.read_text()) for f in (out / "results").iterdir()))["student"]
    comment = "".join(TEXTS[k] for k in ("script", "title", "right to left", "rich", "sql"))
    marked = grade(capsys, "mark", student, "2a", "0.5", comment, "--out", out)
    assert marked.status == 0
    assert "\x1b" not in marked.out
    again = grade(capsys, folder / "class", "--assignment", folder / "assignment", "--out", out)
    assert (again.status, "\x1b" in again.out) == (0, False)
    assert any("<script>document.title='taken'</script>␛]0;taken" in "".join(page.texts) for _, page in pages(out))


def test_an_error_message_is_one_plain_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Names in what `grade` says on stderr carry no control sequence either."""
    for odd in ("\x1b]0;taken\x07", "a\nb\x9b31m"):
        refused = grade(capsys, tmp_path / odd)
        assert refused.status == 2
        assert not [c for c in refused.error if unicodedata.category(c)[0] == "C"]


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_in_a_browser_nothing_runs_nothing_leaves_nothing_overflows(out: Path) -> None:
    """At the width of a phone every page runs no student script, makes one request, and does not scroll sideways."""
    sync_api = pytest.importorskip("playwright.sync_api")
    wrong: list[tuple[str, Any]] = []
    with sync_api.sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = browser.new_page(viewport={"width": 375, "height": 800})
        complaints: list[str] = []
        requests: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda request: requests.append(request.url))
        for file in sorted(out.rglob("*.html")):
            complaints.clear()
            requests.clear()
            page.goto(file.as_uri())
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > 375 or complaints or len(requests) != 1 or page.title() == "taken":
                wrong.append((file.name, (width, list(complaints), list(requests), page.title())))
        browser.close()
    assert wrong == []
