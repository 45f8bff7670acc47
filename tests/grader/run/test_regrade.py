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
    """Whose points change, in which question, and why, also for a whole group; a person's mark counts before and after.

    The report stays until the preview is kept, and earlier results stay too.
    """
    monkeypatch.chdir(tmp_path)
    coarse = DOUBLE.replace("2 * t", "2 * t + 1e-3")
    write_class(tmp_path / "class", Ana=notebook(coarse, HALF), Eva=notebook(DOUBLE, HALF))
    (tmp_path / "class" / "roster.csv").write_text("name,group\nAna,g\nBeto,g\nEva,\n")
    table = write_assignment(tmp_path / "table") / "assignment.py"
    out = tmp_path / "out"
    grade(capfd, tmp_path / "class", "--assignment", table.parent, "--out", out, "--groups")
    assert grade(capfd, "mark", "Beto", "2a", "0.5", "--out", out).status == 0
    assert "no preview to keep" in grade(capfd, "regrade", "--out", out).error
    text = table.read_text("utf-8")
    first = "# %% test valores | values\n"
    table.write_text(text.replace(first, f"{first}# tolerance: 1e-2, 1e-2\n", 1), "utf-8")
    said = grade(capfd, "regrade", "--diff", "--out", out).out
    assert "the assignment has changed" in said
    for member in ("Ana", "Beto"):
        assert f"{member}, 1: 0 -> 2" in said
        assert f"{member}, 2a" not in said
    assert "2 of 3 students change" in said
    assert grades(out)["Beto"]["1"] == "0"
    shown = table.read_text("utf-8")
    table.write_text(shown.replace("1e-2, 1e-2", "1e-1, 1e-1"), "utf-8")
    assert "have changed since the preview" in grade(capfd, "regrade", "--out", out).error
    assert grades(out)["Beto"]["1"] == "0"
    table.write_text(shown, "utf-8")
    assert grade(capfd, "regrade", "--out", out).status == 0
    assert [(grades(out)[name]["1"], grades(out)[name]["total"]) for name in ("Ana", "Beto")] == [("2", "2.5")] * 2
    with Gradebook(out / "gradebook.sqlite") as book:
        assert [r.questions[0].points for r in book.history("Ana")] == [2.0, 0.0]


def test_a_preview_that_was_stopped_is_not_kept(tmp_path: Path) -> None:
    """Its results have not been shown to anybody."""
    (tmp_path / SIDE).mkdir()
    for folder in (tmp_path, tmp_path / SIDE):
        (folder / "gradebook.sqlite").touch()
    with pytest.raises(UsageError, match="no preview to keep"):
        keep(tmp_path)
