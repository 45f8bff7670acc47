"""The loader of an assignment finds it by its folder or its file."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from grader.assignment import load
from grader.errors import AssignmentError, UsageError

SOUND = """# %% assignment toy: Toy
# languages: en
# scale: 0 to 10, 1 decimals
# %% question 1: Twice
# points: 1
# %% solution solution.py
# %% test values
@public(n=3)
@hidden(n=4)
def test(d):
    return {"y": double(d.normal(d.n))}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "assignment.py").write_text(SOUND)
    (folder / "solution.py").write_text("def double(x):\n    return 2 * x\n")
    return folder


def test_an_assignment_is_loaded_with_the_files_beside_it(folder: Path) -> None:
    """A folder, or the file in it, gives the same assignment, with the folder and a fingerprint."""
    loaded = load.load_assignment(folder)
    assert (loaded.name, loaded.folder) == ("toy", folder)
    assert loaded.question("1").solution[0].code == "def double(x):\n    return 2 * x"
    assert loaded.fingerprint
    assert load.load_assignment(folder / "assignment.py").fingerprint == loaded.fingerprint


def test_nothing_of_an_assignment_runs_when_it_is_loaded(folder: Path) -> None:
    """Its files are read: the import path and the modules stay as they are."""
    (folder / "solution.py").write_text("raise SystemExit(1)\ndef double(x):\n    return 2 * x\n")
    before = list(sys.path), set(sys.modules)
    load.load_assignment(folder)
    assert (list(sys.path), set(sys.modules)) == before


def test_the_fingerprint_changes_with_any_source(folder: Path) -> None:
    """A submission that was graded with another table or another solution is graded again."""
    first = load.load_assignment(folder).fingerprint
    assert load.load_assignment(folder).fingerprint == first
    (folder / "notes.txt").write_text("not a source")
    assert load.load_assignment(folder).fingerprint == first
    (folder / "solution.py").write_text("def double(x):\n    return x + x\n")
    second = load.load_assignment(folder).fingerprint
    (folder / "data.py").write_text("")
    third = load.load_assignment(folder).fingerprint
    (folder / "data.py").rename(folder / "inputs.py")
    fourth = load.load_assignment(folder).fingerprint
    assert len({first, second, third, fourth}) == 4


def test_the_fingerprint_changes_with_a_data_file(folder: Path) -> None:
    """The tests read it."""
    (folder / "assignment.py").write_text(SOUND.replace("# languages", "# data: heights.csv\n# languages"))
    found = []
    for text in ("1\n", "2\n"):
        (folder / "heights.csv").write_text(text)
        found.append(load.load_assignment(folder).fingerprint)
    assert found[0] != found[1]


def test_a_changed_source_is_loaded_again(folder: Path) -> None:
    """The fingerprint is that of the loaded sources."""
    load.load_assignment(folder)
    (folder / "assignment.py").write_text(SOUND.replace("toy: Toy", "changed: Toy"))
    assert load.load_assignment(folder).name == "changed"


def test_the_fingerprint_does_not_depend_on_the_place(folder: Path, tmp_path: Path) -> None:
    """The same folder in another place is the same assignment."""
    first = load.load_assignment(folder).fingerprint
    moved = folder.rename(tmp_path / "moved")
    assert load.load_assignment(moved).fingerprint == first


BROKEN = [
    ("a syntax error", SOUND + "    return (\n", r"assignment\.py, line 12, .*was never closed"),
    ("code of another kind", "ASSIGNMENT = {}", r"assignment\.py, line 1: there is code above the first cell"),
    ("nothing", "", r"assignment\.py, line 1: the file does not begin an assignment"),
    ("an id", SOUND.replace("question 1:", "question 1 2:"), r"assignment\.py, line 4"),
    ("no points", SOUND.replace("points: 1", "points: 0"), r"has no required points"),
    ("a wrong header", SOUND.replace("points: 1", "punkte: 1"), r"assignment\.py, line 5"),
    ("no such module", SOUND.replace("solution.py", "solutoin.py"), r"assignment\.py, line 6.*solutoin\.py"),
    ("no text", b"\xff\xfe\x00", r"the file cannot be read"),
]


@pytest.mark.parametrize(("source", "message"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_a_broken_assignment_is_refused_and_can_be_repaired(folder: Path, source: str | bytes, message: str) -> None:
    """A sentence names the file, so that its author can go there; a failed load leaves nothing behind."""
    (folder / "assignment.py").write_bytes(source if isinstance(source, bytes) else source.encode())
    with pytest.raises(AssignmentError, match=message):
        load.load_assignment(folder)
    (folder / "assignment.py").write_text(SOUND)
    assert load.load_assignment(folder).name == "toy"


@pytest.mark.parametrize(
    ("name", "said"), [("nowhere", "nowhere does not exist"), ("empty", r"contains no assignment\.py")]
)
def test_a_folder_without_a_table_is_said(tmp_path: Path, name: str, said: str) -> None:
    """The sentence covers a path that does not exist, and an empty folder."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.py").write_text(SOUND)
    with pytest.raises(AssignmentError, match=said):
        load.load_assignment(tmp_path / name)


def test_the_default_is_named_by_the_nearest_project_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search goes upwards from the folder where the command runs; the grader's own file is the last resort."""
    (tmp_path / "pyproject.toml").write_text('[tool.grader]\nassignment = "courses/xor"\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert load.default_folder() == tmp_path / "courses/xor"
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    assert load.default_folder() == tmp_path / "courses/xor"
    (tmp_path / "pyproject.toml").write_text("")
    assert (load.default_folder() / "assignment.py").is_file()


def test_a_broken_project_file_is_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the file."""
    (tmp_path / "pyproject.toml").write_text("[tool.grader\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=re.escape(str(tmp_path / "pyproject.toml"))):
        load.default_folder()
