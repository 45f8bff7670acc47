"""The public part of an assignment: the questions and cases that students get."""

from __future__ import annotations

import json
import math
import re

import pytest

from grader.assignment import load
from grader.errors import AssignmentError
from grader.release.repository import Release, contents

# 4c, whose traces take most of the time, is released once for all tests.
SOME = ("1b", "2a", "3a")
ASSIGNMENT = load.load_assignment(load.default_folder())


def test_a_share_of_the_public_cases_leaves_one_at_least() -> None:
    """--public-share 0.5 keeps half of a check's public cases, and at least one."""
    all_cases = json.loads(contents(ASSIGNMENT, Release("es", questions=SOME))["checks/checks.json"])
    half = json.loads(contents(ASSIGNMENT, Release("es", questions=SOME, public_share=0.5))["checks/checks.json"])
    counts = [
        (len(a["cases"]), len(b["cases"]))
        for whole, part in zip(all_cases["questions"], half["questions"], strict=True)
        for a, b in zip(whole["checks"], part["checks"], strict=True)
    ]
    assert all(left == math.ceil(cases / 2) for cases, left in counts)
    assert any(left < cases for cases, left in counts)


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5, math.nan])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    """A share outside of (0, 1] is an error."""
    with pytest.raises(AssignmentError, match="share"):
        contents(ASSIGNMENT, Release("es", public_share=share))


def test_chosen_questions_bring_what_they_build_on() -> None:
    """--questions 3c keeps only 3c and the questions that it builds on; the notebook and the checks agree."""
    files = contents(ASSIGNMENT, Release("es", questions=("3c",)))
    ids = {q["id"] for q in json.loads(files["checks/checks.json"])["questions"]}
    assert {"3c", *ASSIGNMENT.question("3c").needs} <= ids
    assert "4c" not in ids
    asked = {"".join(cell["source"]) for cell in json.loads(files["tarea2.ipynb"])["cells"] if "check" in cell["id"]}
    assert {re.search(r'check\("(\w+)"\)', source)[1] for source in asked if source} == ids  # type: ignore[index]
