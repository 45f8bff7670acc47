"""Near names of a class, and names.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.run.names import accept

from ...tiny import NEGATE, grade, grades, notebook, write_assignment, write_class

RENAMED = notebook("def doubl(t):\n    return 2 * t", NEGATE)


def test_accepted_names_join_the_file(tmp_path: Path) -> None:
    """Sections and comments stay, names with dots and quotes are written, and another mapping is not replaced."""
    (tmp_path / "names.toml").write_text('# ours\n["Ana"] # a\nCELoss = "ce"\n\n[all]\nx = "y"\n', "utf-8")
    file = accept(tmp_path, [("Ana", "Net.forward", "Red.adelante"), ('B "b"', "f", "g"), ("Ana", "CELoss", "ce")])
    assert tomllib.loads(file.read_text("utf-8")) == {
        "Ana": {"CELoss": "ce", "Net.forward": "Red.adelante"}, "all": {"x": "y"}, 'B "b"': {"f": "g"},
    }  # fmt: skip
    assert file.read_text("utf-8").startswith("# ours\n")
    with pytest.raises(UsageError, match="to ce already"):
        accept(tmp_path, [("Ana", "CELoss", "other")])


@pytest.mark.bwrap
def test_a_near_name_is_accepted_for_all_and_graded_again(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list names it; accepting grades those two again and leaves the third alone."""
    monkeypatch.chdir(tmp_path)
    folder = write_class(tmp_path / "class", Ana=RENAMED, Beto=RENAMED, Carla=notebook(NEGATE))
    table, out = write_assignment(tmp_path / "table"), tmp_path / "out"
    grade(capfd, folder, "--assignment", table, "--out", out)
    assert grades(out)["Ana"]["1"] == "0"
    assert "Ana, 1: double is missing; similar: doubl" in grade(capfd, "names", "--out", out).out
    assert "nobody has x" in grade(capfd, "names", "accept", "double=x", "--out", out).error
    said = grade(capfd, "names", "accept", "double=doubl", "--out", out)
    assert said.status == 0
    assert "2 judged now" in said.out
    assert [grades(out)[name]["1"] for name in ("Ana", "Beto", "Carla")] == ["2", "2", "0"]
