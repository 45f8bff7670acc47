"""A regrade is shown before anything is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.run.gradebook import Gradebook
from grader.run.regrade import SIDE, keep

from ...tiny import DOUBLE, HALF, grade, grades, notebook, write_assignment, write_class


@pytest.mark.bwrap
def test_a_changed_assignment_is_previewed_and_then_kept(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose points change, in which question, and why; the report stays until it is kept, and earlier results too."""
    monkeypatch.chdir(tmp_path)
    write_class(tmp_path / "class", Ana=notebook(DOUBLE, HALF))
    table = write_assignment(tmp_path / "table") / "assignment.py"
    out = tmp_path / "out"
    grade(capfd, tmp_path / "class", "--assignment", table.parent, "--out", out)
    assert "no preview to keep" in grade(capfd, "regrade", "--out", out).error
    table.write_text(table.read_text("utf-8").replace("# points: 2\n", "# points: 4\n"), "utf-8")
    said = grade(capfd, "regrade", "--diff", "--out", out).out
    assert "the assignment has changed" in said
    assert "Ana, 1: 2 -> 4" in said
    assert "Ana, 2a" not in said
    assert grades(out)["Ana"]["1"] == "2"
    shown = table.read_text("utf-8")
    table.write_text(shown.replace("# points: 4\n", "# points: 5\n"), "utf-8")
    assert "have changed since the preview" in grade(capfd, "regrade", "--out", out).error
    assert grades(out)["Ana"]["1"] == "2"
    table.write_text(shown, "utf-8")
    assert grade(capfd, "regrade", "--out", out).status == 0
    assert grades(out)["Ana"]["1"] == "4"
    with Gradebook(out / "gradebook.sqlite") as book:
        assert [r.questions[0].points for r in book.history("Ana")] == [4.0, 2.0]


def test_a_preview_that_was_stopped_is_not_kept(tmp_path: Path) -> None:
    """Its results have not been shown to anybody."""
    (tmp_path / SIDE).mkdir()
    (tmp_path / SIDE / "gradebook.sqlite").touch()
    with pytest.raises(UsageError, match="no preview to keep"):
        keep(tmp_path)
