"""docs/authoring.md: its examples are assignments that hold, and they show every cell, every header and all of `d`."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
import torch

from grader import verification
from grader.assignment.forbidden_groups import GROUPS
from grader.assignment.headers import HEADERS
from grader.assignment.load import load_assignment
from grader.assignment.percent import KINDS
from grader.judging import statements
from grader.judging.author_side import all_places
from grader.judging.checks import checks_of
from grader.judging.checks.from_test import FromTest
from grader.judging.references import References
from grader.sandbox.inside.case_view import CaseView
from grader.verification.salts import SALTS

PAGE = (Path(__file__).parents[1] / "docs" / "authoring.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
# Headers that an example of one file cannot have.
ELSEWHERE = {("assignment", "parts"), ("assignment", "examples"), ("assignment", "template")}


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_of_the_page_holds(number: int, tmp_path: Path) -> None:
    """The solution passes every test, and each known mistake fails one, in a student's precision."""
    torch.set_num_threads(1)
    file = tmp_path / "example.py"
    file.write_text(EXAMPLES[number], encoding="utf-8")
    (tmp_path / "heights.csv").write_text("1.6\n1.7\n")
    assignment = load_assignment(file)
    references = References(assignment, "salt")
    references.prepare(all_places(assignment, [q.id for q in assignment.questions if q.tests]))

    def failing(question: str, *mistakes: str) -> list[str]:
        checks = checks_of(assignment.question(question), references)
        tests = [check for check in checks if isinstance(check, FromTest)]
        return [
            f"{check.title.en}: {key}"
            for check in tests
            for case in check.cases
            for key, passed, _ in check.with_mistakes(case, [mistakes])[0].results
            if not passed
        ]

    assert {q.id: failing(q.id) for q in assignment.questions} == {q.id: [] for q in assignment.questions}
    assert [m.name for m in assignment.mistakes if not failing(m.question, m.name)] == []


def test_the_page_shows_every_kind_of_cell() -> None:
    """Each kind has an example."""
    assert [kind for kind in KINDS if not re.search(rf"^# %% {kind}\b", "\n".join(EXAMPLES), flags=re.MULTILINE)] == []


def test_the_page_shows_every_header() -> None:
    """Each header has an example, or, where a single file cannot have it, a place in the table."""
    examples = "\n".join(EXAMPLES)
    for kind, headers in HEADERS.items():
        for key in headers:
            shown = PAGE if (kind, key) in ELSEWHERE else examples
            table = rf"`{key}\b" if (kind, key) in ELSEWHERE or kind in ("wrong", "stand-in") else None
            assert re.search(rf"^# {key}\b", shown, flags=re.MULTILINE) or (table and re.search(table, PAGE)), key


def test_the_page_shows_all_that_d_offers() -> None:
    """Each public method of `d` has an example, and so has each statement of `judge`."""
    examples = "\n".join(EXAMPLES)
    methods = [n for n, m in inspect.getmembers(CaseView) if not n.startswith("_") and n not in ("end", "stream")]
    assert [name for name in methods if not re.search(rf"\bd\.{name}\b", examples)] == []
    assert [name for name in statements.NAMES if name not in ("numbers", "label") and f"{name}(" not in examples] == []


def test_the_page_says_what_to_do_about_each_claim() -> None:
    """Each claim of `grade verify` is a row of the table."""
    folder = Path(inspect.getfile(verification)).parent
    code = "".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.py")))
    claims = [text.replace("{SALTS}", str(SALTS)) for text in re.findall(r'ClaimOutcome\(\s*f?"([^"]+)"', code)]
    rows = {line.split(" | ")[0].removeprefix("| ") for line in PAGE.splitlines()}
    assert len(claims) > 10
    assert [claim for claim in claims if claim not in rows and claim != "no question forbids anything"] == []


def test_the_page_names_every_group_of_forbidden_names() -> None:
    """An author who may write `losses` reads that there are others."""
    (line,) = (line for line in PAGE.splitlines() if line.startswith("- **`forbidden`**"))
    assert [group for group in GROUPS if f"`{group}`" not in line] == []
