"""Actions of the desk as commands: undo, the same answers together, and requests from a list."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("nh3")

from grader.run.gradebook import Gradebook

from ...tiny import Said, grade
from ..desk.rooms import graded

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Ana and Beto wrote the same answer to 1a."""
    return graded(tmp_path)


def points(out: Path) -> dict[str, float | None]:
    with Gradebook(out / "gradebook.sqlite") as book:
        return {name: mark["1a"].points for name in ("Ana", "Beto", "Carla") if (mark := book.marks(name))}


def mark(capsys: Capture, out: Path, *argv: str | Path) -> Said:
    marker = () if argv[0] in ("log", "requests") else ("--marker", "Eva")
    return grade(capsys, "mark", *argv, "--out", out, *marker)


def test_same_answers_are_marked_together_with_one_undo(capsys: Capture, out: Path) -> None:
    """The last act is withdrawn for all answers that it marked; a second undo withdraws the one before."""
    mark(capsys, out, "Carla", "1a", "0.4")
    mark(capsys, out, "Ana", "1a", "0,5", "--together", "--second-look")
    assert points(out) == {"Ana": 0.5, "Beto": 0.5, "Carla": 0.4}
    assert "(withdrawn)" not in mark(capsys, out, "log").out
    assert mark(capsys, out, "undo").out.split("\n")[:2] == ["Ana, 1a: undone", "Beto, 1a: undone"]
    assert points(out) == {"Carla": 0.4}
    assert "Carla, 1a: undone" in mark(capsys, out, "undo", "Carla", "1a").out
    assert "no mark that could be undone" in mark(capsys, out, "undo").err


def test_requests_wait_until_that_answer_is_marked_again(capsys: Capture, out: Path, tmp_path: Path) -> None:
    """A list with a stranger is refused with its line; an undo is no answer."""
    file = tmp_path / "requests.csv"
    file.write_text("student;question;text\nAna;1a;my domain\nZoe;1a;please\n", encoding="utf-8")
    assert "line 3 of the list" in mark(capsys, out, "requests", file).err
    file.write_text("student;question;text\nAna;1a;my domain\n", encoding="utf-8")
    assert "Ana, 1a: my domain" in mark(capsys, out, "requests", file).out
    mark(capsys, out, "Ana", "1a", "1")
    assert "No request waits." in mark(capsys, out, "requests", file).out
    mark(capsys, out, "undo")
    assert "Ana, 1a: my domain" in mark(capsys, out, "requests", file).out
