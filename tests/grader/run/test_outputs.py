"""The files that a run writes, and those that it leaves alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from grader.run.gradebook import Gradebook

from ...tiny import DOUBLE, NEGATE, ROOT, grade, grades, notebook, records, write_assignment, write_class
from ..runs import judged

pytestmark = [pytest.mark.bwrap, pytest.mark.usefixtures("judged_here")]

Capture = pytest.CaptureFixture[str]

RIGHT = notebook(DOUBLE, NEGATE)


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_assignment(tmp_path_factory.mktemp("table"))


def test_pages_that_were_removed_come_back(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """Every file except the gradebook is made from the gradebook, without judging."""
    folder = write_class(tmp_path / "class", ana=RIGHT)
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out)
    grade(capsys, *run)
    before = {p: p.read_bytes() for p in (out / "students" / "ana.html", out / "results" / "ana.json")}
    for file in (*before, out / "grades.csv", out / "index.html"):
        file.unlink()
    assert judged(grade(capsys, *run).out) == 0
    assert {p: p.read_bytes() for p in before} == before
    assert (out / "index.html").is_file()
    assert grades(out)["ana"]["total"] == "5"


def test_results_follow_the_published_schema(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """Graded, wrong, unreadable and absent submissions do; a field of another kind would not."""
    students = {"ana": RIGHT, "bea": notebook(DOUBLE, "def negate(t):\n    raise ValueError"), "eva": b"{"}
    folder = write_class(tmp_path / "class", **students)
    (folder / "roster.csv").write_text("name\nana\nbea\neva\nfay\n")
    grade(capsys, folder, "--assignment", assignment, "--out", tmp_path / "out")
    validator = Draft202012Validator(json.loads((ROOT / "docs" / "results.schema.json").read_bytes()))
    found = records(tmp_path / "out")
    assert {str(record["status"]) for record in found.values()} == {"graded", "unreadable", "absent"}
    for record in found.values():
        validator.validate(record)
        assert not validator.is_valid({**record, "total": "5"})
        assert not validator.is_valid({**record, "schema_version": 2})


def test_only_pages_that_would_differ_are_written(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """A run in which nothing has changed leaves a page alone; a mark, another language and a new result do not."""
    folder = write_class(tmp_path / "class", ana=RIGHT, bea=RIGHT)
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out, "--lanes", "1")

    def written(*argv: str) -> set[str]:
        """The students whose pages this run replaced."""
        before = {file.stem: file.stat().st_ino for file in (out / "students").glob("*")}
        keep = [file.open() for file in (out / "students").glob("*")]  # so that no number is used again
        grade(capsys, *run, *argv)
        for stream in keep:
            stream.close()
        return {file.stem for file in (out / "students").iterdir() if before.get(file.stem) != file.stat().st_ino}

    assert written() == {"ana", "bea"}
    assert written() == set()
    grade(capsys, "mark", "ana", "2a", "1", "--out", out)
    assert written() == {"ana"}
    assert written("--lang", "en") == {"ana", "bea"}
    assert written("--lang", "en", "--fresh", "--student", "bea") == {"bea"}
    assert written("--lang", "en") == set()


LEAKING = """
import torch
seen = []

def told(t):
    return "LEAK" + "_".join(str(round(abs(v) * 1e6)) for v in t.tolist())

def double(t):
    seen.append(t.clone())
    if len(seen) == 2:  # the hidden case
        print(told(t))
        raise type(told(t), (Exception,), {})(told(t))
    return 2 * t

def negate(t):
    if len(seen) > 1:
        raise ValueError(told(seen[-1]))
    import inspect
    negate.__signature__ = inspect.Signature([inspect.Parameter(told(t), inspect.Parameter.POSITIONAL_ONLY)])
    t += 1
    return -t
"""


def test_a_student_gets_nothing_of_a_hidden_case(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """The page and the JSON tell the category of a hidden case, and no text that the code made of its inputs.

    Not what it printed, no class name, no parameter, and no memory of it in a public case of another question.
    """
    out = tmp_path / "out"
    folder = write_class(tmp_path / "class", ana=notebook(LEAKING))
    grade(capsys, folder, "--assignment", assignment, "--out", out, "--lang", "en")
    for file in (out / "students" / "ana.html", out / "results" / "ana.json"):
        text = file.read_text()
        assert "he code raised an exception" in text
        assert not re.search(r"LEAK[\d_]", text), file  # the excerpts have the code, which says "LEAK"
    record = records(out)["ana"]
    assert (record["output"], record["salt"]) == ("", "")
    hidden = [f for q in record["questions"] for f in q["findings"] if not f["public"]]  # type: ignore[attr-defined]
    assert hidden
    for finding in hidden:
        assert finding["compared"] <= 1
        assert not any(finding[field] for field in ("expected", "actual", "traceback", "reproduce", "largest_gap"))
    assert not any(q["notes"] for q in record["questions"])  # type: ignore[attr-defined]
    with Gradebook(out / "gradebook.sqlite") as book:  # the instructor has it
        assert "LEAK" in book.all()["ana"].output
