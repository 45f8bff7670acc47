"""`grade verify` reports the claims that hold, and one planted fault fails one claim, which names the culprit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.errors import AssignmentError, UsageError

from ...tiny import grade
from .faults import Verify, failed, faulty, wrong

pytestmark = pytest.mark.bwrap

Capture = pytest.CaptureFixture[str]

CLAIMS = (
    "the reference answers every case",
    "every known mistake gives an answer in time",
    "the grader itself fails on none of the submissions",
    "the reference has full points in every question",
    "the unchanged template earns no points",
    "every known mistake loses points in its question",
    "no known mistake loses points in another question",
    "every known mistake that loses points is diagnosed by name",
    "no two known mistakes give the same values",
    "every test rejects at least one known mistake",
    "every right example has full points",
    "every wrong example is graded as its first line says",
    "no hostile example earns more than its first line allows",
    "every forbidden shortcut is found",
    "the reference passes every case in float32, with every salt",
    "all 10 salts give the same verdicts",
    "every known mistake is at least 100 tolerances from the right answer in some case of each salt",
)


# Claims that hold -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page") / "verification.html"


def test_what_holds_is_said_line_by_line(page: Path, tmp_path: Path, capsys: Capture) -> None:
    """Exit status 0, a line for each claim, the smallest margin, the matrix, and the place of the page."""
    said = grade(capsys, "verify", faulty(tmp_path), "--sandbox", "bwrap", "--html", page)
    assert said.status == 0
    *claims, margin, title = said.out.splitlines()[: len(CLAIMS) + 2]
    *matrix, where = said.out.splitlines()[len(CLAIMS) + 2 :]
    assert title == "the tests that each known mistake fails:"
    assert matrix[:2] == ["grad: 1 derivatives", "     1  constant-slope"]
    assert len(matrix) == 6
    assert [re.sub(r" \(\d+\)$", "", line) for line in claims] == [f"ok     {claim}" for claim in CLAIMS]
    assert margin.startswith("smallest margin: ")
    assert where == f"Page: {page}"
    html = page.read_text(encoding="utf-8")
    assert [html.count(claim) for claim in CLAIMS] == [1] * len(CLAIMS)
    assert html.count("✓ holds") == len(CLAIMS)
    assert html.count("✗") == 3  # the matrix
    assert '<th scope="row">softmax-columns</th><td class="num">✗</td>' in html
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
    table = faulty(tmp_path, wrong("softmax", "harmless", "- torch.exp(z)", "+ torch.exp(z - 1)"))
    page = tmp_path / "page.html"
    said = grade(capsys, "verify", "--assignment", table, "--html", page, "--lanes", 1)
    assert said.status == 1
    where = said.out.splitlines().index("FAILED every known mistake loses points in its question (4)")
    assert said.out.splitlines()[where + 1].strip() == "harmless loses no points in softmax"
    assert said.out.count("FAILED") == 1
    html = page.read_text(encoding="utf-8")
    assert "<li>harmless loses no points in softmax</li>" in html
    assert html.count("✗ fails") == 1


def test_advice_is_printed_and_changes_nothing(warm: None, tmp_path: Path, capsys: Capture) -> None:
    """It is on the page as well; here a question has no hostile answer."""
    page = tmp_path / "page.html"
    table = faulty(tmp_path, ("# examples: examples\n", ""))
    said = grade(capsys, "verify", table, "bce", "--html", page, "--lanes", 1)
    assert said.status == 0
    (advice,) = [line for line in said.out.splitlines() if line.startswith("advice: ")]
    assert "question bce: no hostile answer attacks this question" in advice
    assert "no hostile answer attacks this question" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("what", ["template: template.py", "examples: examples"])
def test_a_place_that_is_not_there_is_refused(what: str, verified: Verify) -> None:
    """In place of one claim fewer."""
    key = what.partition(":")[0]
    with pytest.raises((UsageError, AssignmentError), match="elsewhere"):
        verified((what, f"{key}: elsewhere"))


def test_a_question_alone_is_tried_with_its_own_mistakes(verified: Verify) -> None:
    """The tests of other questions need no mistakes then."""
    found = verified(only=("bce",))
    assert found.holds
    counted = {outcome.claim: outcome.counted for outcome in found.outcomes}
    assert counted["every test rejects at least one known mistake"] == 1
    assert counted["the reference answers every case"] == 2


def test_a_reference_that_differs_in_the_sandbox_is_named(verified: Verify) -> None:
    """A student's tensors are float32, and the reference's are not."""
    change = ("    return z, z, x + y\n", "    return z, z, (x + y) * (2 if x.dtype == torch.float32 else 1)\n")
    found = failed(verified(change, ("x + y\n# + 1", "return z, z,\n# + return 0 * z, z,")))
    said = found["the reference has full points in every question"]
    assert [text.partition(" is ")[0] for text in said] == ["reference: grad derivatives, a point: df/dz"]


def test_an_assignment_without_mistakes_is_refused(tmp_path: Path, capsys: Capture) -> None:
    """The exit status is 2, and one sentence has the line to write."""
    text = faulty(tmp_path).read_text(encoding="utf-8")
    table = tmp_path / "none.py"
    table.write_text(re.sub(r"# %% wrong .*\n# - .*\n# \+ .*\n", "", text), encoding="utf-8")
    said = grade(capsys, "verify", "--assignment", table)
    assert said.status == 2
    assert "add # %% wrong a-name: PISTA | HINT [raw] below question grad" in said.error
