"""A first assignment is written for an author."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader import cli
from grader.assignment.load import load_assignment
from grader.assignment.new import write_new
from grader.errors import UsageError


@pytest.mark.parametrize(
    ("named", "written"), [("course/first.py", "course/first.py"), ("course", "course/assignment.py")]
)
def test_the_file_is_an_assignment(tmp_path: Path, named: str, written: str) -> None:
    """It has one question with everything that a question may have."""
    assert write_new(tmp_path / named) == tmp_path / written
    found = load_assignment(tmp_path / named)
    (question,) = found.questions
    assert [case.public for case in question.tests[0].cases] == [True, False]
    assert [len(group) for group in (found.mistakes, found.right, found.hostile)] == [2, 1, 1]
    assert all(cell.text.es and cell.text.en for cell in question.cells if cell.kind == "text")


def test_an_existing_file_stays(tmp_path: Path) -> None:
    """The sentence says what to do."""
    file = tmp_path / "assignment.py"
    file.write_text("mine")
    with pytest.raises(UsageError, match=r"assignment\.py exists already: name another path, or move the file away$"):
        write_new(tmp_path)
    assert file.read_text() == "mine"


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    """A path without .py names a folder."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"notes\.txt is a file: name a folder, or a file that ends in \.py$"):
        write_new(tmp_path / "notes.txt")


def test_the_command_says_what_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The path is the one to verify."""
    monkeypatch.setattr("sys.argv", ["grade", "new", str(tmp_path / "first.py")])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"Written: {tmp_path / 'first.py'}\n"
