"""Earlier submissions before and after a change: whose points move."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.verification.against import committed

from ...tiny import grade
from .faults import RIGHT, faulty

Capture = pytest.CaptureFixture[str]

HALF = "import torch\ndef gradient(x, y, z):\n    return z, z, x - y\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose last commit has the assignment, and two submissions."""
    path = faulty(tmp_path)
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b.cl", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ana.py").write_text(RIGHT, encoding="utf-8")
    (tmp_path / "class" / "beto.py").write_text(HALF, encoding="utf-8")
    return path


@pytest.mark.bwrap
def test_points_that_move_are_named_by_student_and_question(repository: Path, capsys: Capture) -> None:
    """The last commit counts as the assignment before; the exit status stays 0."""
    text = repository.read_text(encoding="utf-8")
    repository.write_text(text.replace("points: 2", "points: 3", 1), encoding="utf-8")
    said = grade(capsys, "verify", repository, "--against", repository.parent / "class")
    assert said.status == 0
    assert said.out.splitlines() == [
        "points move for 2 of 2 submissions",
        "ana, grad: 2 of 2 points before, 3 of 3 points now",
        "beto, grad: 1.33 of 2 points before, 2 of 3 points now",
    ]


@pytest.mark.bwrap
def test_the_assignment_before_can_be_named(repository: Path, tmp_path: Path, capsys: Capture) -> None:
    """Here it asks for one question less, and another question is left out."""
    before = tmp_path / "before"
    before.mkdir()
    text = repository.read_text(encoding="utf-8")
    start = text.index("# %% question bce")
    path = before / "circuits.py"
    path.write_text(text[:start].replace("# examples: examples\n# template: template.py\n", ""), encoding="utf-8")
    folder = repository.parent / "class"
    said = grade(capsys, "verify", repository, "grad", "bce", "--against", folder, "--before", path)
    assert said.out.splitlines() == [
        "points move for 2 of 2 submissions",
        "ana, bce: not asked before, 2 of 2 points now",
        "beto, bce: not asked before, 0 of 2 points now",
    ]


def test_the_last_commit_is_unpacked(repository: Path, tmp_path: Path) -> None:
    """A file or a folder is found with the files next to it."""
    repository.write_text("changed", encoding="utf-8")
    for number, path in enumerate((repository, repository.parent)):
        place = tmp_path / str(number)
        place.mkdir()
        found = committed(path, place)
        assert (found if found.is_file() else found / "circuits.py").read_text(encoding="utf-8") != "changed"
        assert (place / "template.py").is_file()


def test_without_a_commit_the_sentence_says_what_to_name(tmp_path: Path, repository: Path) -> None:
    """Outside a repository, and for a new file."""
    new = repository.with_name("new.py")
    new.write_text("", encoding="utf-8")
    place = tmp_path / "place"
    place.mkdir()
    with pytest.raises(
        UsageError, match=r"new\.py is not in the last commit: name the earlier assignment with --before"
    ):
        committed(new, place)
