"""Marks from the command line and from CSV files, and rubrics that change."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.run.gradebook import Gradebook

from ...tiny import DOUBLE, NEGATE, Said, grade, grades, notebook, write_assignment, write_class

pytestmark = [pytest.mark.bwrap, pytest.mark.usefixtures("judged_here")]
Capture = pytest.CaptureFixture[str]
TEST = '# %% test valores | values\n@public("un vector | a vector", n=4)'
RUBRIC = f"# %% rubric\n# 0.4: Explica | Explains\n# 0.6: Dibuja | Draws\n{TEST}"


@pytest.fixture
def graded(capsys: Capture, tmp_path: Path) -> Path:
    """The folder of a report about Ana and Beto, whose question 2a has a rubric."""
    file = write_assignment(tmp_path / "table") / "assignment.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(TEST, RUBRIC), "utf-8")
    folder = write_class(tmp_path / "class", Ana=notebook(DOUBLE, NEGATE), Beto=notebook(DOUBLE, NEGATE))
    run(capsys, tmp_path)
    assert folder.is_dir()
    return tmp_path / "out"


def run(capsys: Capture, folder: Path, *more: str) -> Said:
    return grade(capsys, folder / "class", "--assignment", folder / "table", "--out", folder / "out", *more)


def mark(capsys: Capture, out: Path, *argv: str | Path) -> Said:
    return grade(capsys, "mark", *argv, "--out", out)


def test_items_and_numbers_with_a_comma(capsys: Capture, graded: Path) -> None:
    """A mark by items, one by a number, one in place of the checks: the history has all, the report the last."""
    assert "Ana, 2a: 0.4 of 1 points" in mark(capsys, graded, "Ana", "2a", "--items", "1").out
    assert "Ana, 2a: 0.5 of 1 points" in mark(capsys, graded, "Ana", "2a", "0,5", "medio", "--marker", "Eva").out
    assert "a comment" in mark(capsys, graded, "Ana", "1", "1,5", "--checks").error
    mark(capsys, graded, "Ana", "1", "1,5", "entregado por correo", "--checks")
    log = mark(capsys, graded, "log", "Ana").out.splitlines()
    assert ["0.4 points" in log[0], "medio" in log[1], "in place of the checks" in log[2]] == [True, True, True]
    run(capsys, graded.parent)
    assert (grades(graded)["Ana"]["1"], grades(graded)["Ana"]["2a"]) == ("1.5", "3.5")
    page = (graded / "students" / "Ana.html").read_text(encoding="utf-8")
    assert "entregado por correo" in page
    assert "1.5" in page


def test_marks_go_out_and_come_back(capsys: Capture, graded: Path, tmp_path: Path) -> None:
    """Marks that were written read back as nothing new; semicolons are read; a bad row changes nothing."""
    file = tmp_path / "marks.csv"
    mark(capsys, graded, "Ana", "2a", "--items", "1,2", "--marker", "Eva")
    assert "2 answers" in mark(capsys, graded, "csv", file).out
    assert "Nothing new" in mark(capsys, graded, "csv", file).out
    file.write_text("student;question;points;comment\nBeto;2a;0,25;casi\nZoe;2a;1;\n", "utf-8")
    assert "line 3" in mark(capsys, graded, "csv", file).error
    file.write_text("student;question;points;comment\nBeto;2a;0,25;casi\n", "utf-8")
    assert "Beto, 2a: 0.25 of 1 points" in mark(capsys, graded, "csv", file).out
    with Gradebook(graded / "gradebook.sqlite") as book:
        assert [e.student for e in book.events()] == ["Ana", "Beto"]


def test_changed_points_of_an_item_move_marks_after_a_preview(capsys: Capture, graded: Path) -> None:
    """A run leaves the marks alone; `rubric` says whose points move, --apply moves them."""
    mark(capsys, graded, "Ana", "2a", "--items", "1")
    table = graded.parent / "table" / "assignment.py"
    text = table.read_text("utf-8").replace("0.4: Explica", "0.3: Explica").replace("0.6: Dibuja", "0.7: Dibuja")
    table.write_text(text, "utf-8")
    run(capsys, graded.parent)
    assert grades(graded)["Ana"]["2a"] == "3.4"
    argv = ("rubric", "--assignment", graded.parent / "table")
    assert "Ana: 0.4 -> 0.3" in mark(capsys, graded, *argv).out
    assert "Applied" in mark(capsys, graded, *argv, "--apply").out
    run(capsys, graded.parent)
    assert grades(graded)["Ana"]["2a"] == "3.3"
    assert "are those that marks use" in mark(capsys, graded, *argv).out


def test_one_mark_is_for_the_group(capsys: Capture, graded: Path, tmp_path: Path) -> None:
    """A mark is for all members, and with --alone for one. A member who joins later has the mark of the group."""
    folder = tmp_path / "class"
    roster = "name,group\nAna,g\nBeto,g\n"
    (folder / "Beto.ipynb").unlink()
    (folder / "roster.csv").write_text(roster)
    run(capsys, tmp_path, "--groups")
    both = mark(capsys, graded, "Ana", "2a", "--items", "1").out
    assert ["Ana, 2a: 0.4" in both, "Beto, 2a: 0.4" in both] == [True, True]
    file = tmp_path / "marks.csv"
    assert "1 answers" in mark(capsys, graded, "csv", file).out  # the group's
    file.write_text("student,question,points\nAna,2a,0.9\n")
    assert "Beto, 2a: 0.9" in mark(capsys, graded, "csv", file).out
    assert "Ana" not in mark(capsys, graded, "Beto", "1", "1", "did not take part", "--checks", "--alone").out
    (folder / "roster.csv").write_text(roster + "Carla,g\n")
    run(capsys, tmp_path, "--groups")
    found = grades(graded)
    assert [(found[name]["1"], found[name]["2a"]) for name in ("Ana", "Beto", "Carla")] == [
        ("2", "3.9"), ("1", "3.9"), ("2", "3.9")
    ]  # fmt: skip
    mark(capsys, graded, "Beto", "2a", "0.1", "late", "--alone")
    file.unlink()
    assert "2 answers" in mark(capsys, graded, "csv", file).out  # the group's and Beto's own
    assert "Nothing new" in mark(capsys, graded, "csv", file).out
