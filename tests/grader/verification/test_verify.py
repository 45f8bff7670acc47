"""`grade verify` reports the claims that hold, and one planted fault fails one claim, which names the culprit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.errors import UsageError

from ...tiny import grade, write_assignment
from .faults import XOR, Verify, failed, faulty

pytestmark = pytest.mark.bwrap

Capture = pytest.CaptureFixture[str]

CLAIMS = (
    "the reference answers every case",
    "the grader itself fails on none of the submissions",
    "the reference has full points in every question",
    "the unchanged template earns no points",
    "every misconception loses points in its question",
    "no misconception loses points in another question",
    "every misconception that loses points is diagnosed by name",
    "every check rejects at least one misconception",
    "every right example has full points",
    "every wrong example is graded as its first line says",
    "no hostile example earns more than its first line allows",
    "every forbidden shortcut is found",
    "the reference passes every case in float32, with every salt",
    "all 10 salts give the same verdicts",
    "every misconception is at least 100 tolerances from the right answer in some case of each salt",
)


# Claims that hold -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page") / "verification.html"


def test_what_holds_is_said_line_by_line(page: Path, capsys: Capture) -> None:
    """The output has exit status 0, a line for each claim, the smallest margin, and the place of the page."""
    said = grade(capsys, "verify", "--assignment", XOR, "--sandbox", "bwrap", "--html", page)
    assert (said.status, said.err) == (0, "")
    *claims, margin, where = said.out.splitlines()
    assert [re.sub(r" \(\d+\)$", "", line) for line in claims] == [f"ok     {claim}" for claim in CLAIMS]
    assert margin.startswith("smallest margin: ")
    assert where == f"Page: {page}"
    html = page.read_text(encoding="utf-8")
    assert [html.count(claim) for claim in CLAIMS] == [1] * len(CLAIMS)
    assert html.count("✓ holds") == len(CLAIMS)
    assert "✗" not in html
    assert requests(html) == []


def requests(html: str) -> list[str]:
    """The addresses that a browser would fetch for a page."""
    found = re.findall(r"""(?:src|href|action|data)\s*=\s*["']?([^"'\s>]+)""", html)
    found += re.findall(r"""url\(\s*["']?([^)"']+)|@import\s+([^;]+)""", html)
    return [str(address) for address in found if not str(address).startswith(("#", "data:"))]


def test_what_a_browser_would_fetch_is_found() -> None:
    """A font, an image and a style sheet are found; a place on the page and an embedded picture are not."""
    assert len(requests('<link href="a.css"><img src=//b/c.png><style>a{b:url(d)}</style>')) == 3
    assert requests('<a href="#margins"></a><img src="data:image/png;base64,AA==">') == []


# One fault, one claim -------------------------------------------------------------------------------------------


def test_a_fault_ends_with_status_1(warm: None, tmp_path: Path, capsys: Capture) -> None:
    """The failing claim is marked, its complaint is below it, and the page has both."""
    table = faulty(tmp_path, 'ASSIGNMENT = with_misconception("twin", "softmax", softmax=softmax_of_columns)')
    page = tmp_path / "page.html"
    said = grade(capsys, "verify", "--assignment", table, "--html", page, "--lanes", 1)
    assert said.status == 1
    where = said.out.splitlines().index("FAILED every misconception that loses points is diagnosed by name (6)")
    assert said.out.splitlines()[where + 1].strip() == "twin is diagnosed as softmax-columns"
    assert said.out.count("FAILED") == 1
    html = page.read_text(encoding="utf-8")
    assert "<li>twin is diagnosed as softmax-columns</li>" in html
    assert html.count("✗ fails") == 1


@pytest.mark.parametrize("what", ["template", "examples"])
def test_a_place_that_is_not_there_is_refused(what: str, verified: Verify) -> None:
    """In place of one claim fewer."""
    with pytest.raises(UsageError, match="elsewhere, which does not exist"):
        verified(f'ASSIGNMENT = replace(ASSIGNMENT, {what}=FOLDER / "elsewhere")')


def test_a_fault_of_the_grader_is_named_with_its_submission(verified: Verify) -> None:
    """The fault is a probe that assumes something about the student's answer."""
    fault = """
def bce_of_nothing(q, p):
    return torch.zeros(3, 5)

ASSIGNMENT = with_misconception("breaks-the-probe", "bce", bce=bce_of_nothing)
"""
    change = (
        'return {"bce": f.call("bce", q, draw.named("p", draw.classes("p", draw["N"], 2).float()))}',
        'value = f.call("bce", q, draw.named("p", draw.classes("p", draw["N"], 2).float()))\n'
        '    assert value is None or value.dim() == 0, "a bug"\n'
        '    return {"bce": value}',
    )
    found = failed(verified(fault, change))
    assert found["the grader itself fails on none of the submissions"] == (
        "misconception breaks-the-probe: AssertionError: a bug",
    )


def test_a_reference_that_differs_in_the_sandbox_is_named(verified: Verify) -> None:
    """A student's tensors are float32, and the reference's are not."""
    change = ("    return z, z, x + y\n", "    return z, z, (x + y) * (2 if x.dtype == torch.float32 else 1)\n")
    found = failed(verified("", change))["the reference has full points in every question"]
    assert [text.partition(" is ")[0] for text in found] == ["reference: grad derivatives, a point: df/dz"]


def test_an_assignment_without_misconceptions_is_refused(tmp_path: Path, capsys: Capture) -> None:
    """The exit status is 2, and one sentence has the line to write."""
    said = grade(capsys, "verify", "--assignment", write_assignment(tmp_path))
    assert said.status == 2
    line = 'Misconception("a-name", "1", Text("pista", "hint"), {"double": wrong_double})'
    assert f"add to its table, with Misconception from grader.authoring, misconceptions=({line},)" in said.error
