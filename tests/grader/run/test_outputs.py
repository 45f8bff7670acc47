"""The files that a run writes, and those that it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from ...tiny import DOUBLE, NEGATE, grade, grades, notebook, write_assignment, write_class
from ..runs import judged

pytestmark = pytest.mark.bwrap

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
