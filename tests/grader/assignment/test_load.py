"""The loader of an assignment finds it by its folder."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from grader.assignment import load
from grader.errors import AssignmentError, UsageError

SOUND = '''
import torch

from grader.authoring import Assignment, Case, Question, Scale, Text, Values

from .solution import double

TITLE = Text("título", "title")


def probe(f, draw):
    return {"y": f.call("double", draw.normal("x", 3))}


ASSIGNMENT = Assignment(
    "toy", TITLE, (Question("1", TITLE, (Values(TITLE, probe, (Case(TITLE, 1),)),), points=1.0),),
    Scale("ten", 0.0, 10.0), {"double": double},
)
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "assignment.py").write_text(SOUND)
    (folder / "solution.py").write_text("def double(x):\n    return 2 * x\n")
    return folder


def test_an_assignment_is_loaded_with_the_files_beside_it(folder: Path) -> None:
    """The assignment's files import each other relatively, with or without an __init__.py."""
    loaded = load.load_assignment(folder)
    assert loaded.name == "toy"
    assert loaded.reference["double"](2) == 4
    assert loaded.fingerprint


def test_a_package_with_an_init_file_is_loaded(folder: Path) -> None:
    """The __init__.py runs first, as in any package."""
    (folder / "__init__.py").write_text("FACTOR = 3\n")
    (folder / "solution.py").write_text("from . import FACTOR\ndef double(x):\n    return FACTOR * x\n")
    assert load.load_assignment(folder).reference["double"](2) == 6


def test_loading_leaves_the_import_path_alone(folder: Path) -> None:
    """No file of the folder can hide another module."""
    before = list(sys.path)
    load.load_assignment(folder)
    assert sys.path == before
    assert "solution" not in sys.modules
    assert "assignment" not in sys.modules


def test_two_assignments_do_not_share_their_modules(folder: Path, tmp_path: Path) -> None:
    """Files with the same name in two folders are two modules."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "assignment.py").write_text(SOUND.replace('"toy"', '"other"'))
    (other / "solution.py").write_text("def double(x):\n    return 20 * x\n")
    assert load.load_assignment(folder).reference["double"](1) == 2
    assert load.load_assignment(other).reference["double"](1) == 20
    assert load.load_assignment(folder).name == "toy"


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


def test_a_changed_source_is_loaded_anew(folder: Path) -> None:
    """The fingerprint is that of the loaded sources."""
    load.load_assignment(folder)
    (folder / "solution.py").write_text("def double(x):\n    return x + x + 0 * x\n")
    (folder / "assignment.py").write_text(SOUND.replace('"toy"', '"changed"'))
    assert load.load_assignment(folder).name == "changed"


def test_the_fingerprint_does_not_depend_on_the_place(folder: Path, tmp_path: Path) -> None:
    """The same folder in another place is the same assignment."""
    first = load.load_assignment(folder).fingerprint
    moved = folder.rename(tmp_path / "moved")
    assert load.load_assignment(moved).fingerprint == first


BROKEN = [
    ("a syntax error", "ASSIGNMENT = (", r"cannot be loaded: SyntaxError"),
    ("an exception", "1 / 0", r"cannot be loaded: ZeroDivisionError: division by zero"),
    ("an import that is missing", "from . import nowhere", r"cannot be loaded: ImportError"),
    ("no table", "import torch", r"does not define ASSIGNMENT"),
    ("another kind of table", "ASSIGNMENT = {}", r"does not define ASSIGNMENT"),
    ("a broken table", SOUND.replace('Question("1"', 'Question("1 2"'), r"question id '1 2' is not a short word"),
    ("no points", SOUND.replace("points=1.0", "points=0.0"), r"has no required points"),
    ("a wrong argument", SOUND.replace("points=1.0", "punkte=1.0"), r"cannot be loaded: TypeError"),
]


@pytest.mark.parametrize(("source", "message"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_a_broken_assignment_is_refused_in_one_sentence(folder: Path, source: str, message: str) -> None:
    """The sentence names the file, so that its author can go there."""
    (folder / "assignment.py").write_text(source)
    with pytest.raises(AssignmentError, match=message) as refusal:
        load.load_assignment(folder)
    assert "assignment.py" in str(refusal.value)
    assert "\n" not in str(refusal.value).strip()


def test_a_broken_assignment_can_be_repaired(folder: Path) -> None:
    """A failed load leaves nothing behind."""
    (folder / "assignment.py").write_text("from .solution import triple")
    with pytest.raises(AssignmentError):
        load.load_assignment(folder)
    (folder / "assignment.py").write_text(SOUND)
    assert load.load_assignment(folder).name == "toy"


def test_a_broken_init_file_is_refused_and_can_be_repaired(folder: Path) -> None:
    """The __init__.py is part of the assignment."""
    (folder / "__init__.py").write_text("1 / 0")
    for _ in range(2):
        with pytest.raises(AssignmentError, match="ZeroDivisionError"):
            load.load_assignment(folder)
    (folder / "__init__.py").write_text("")
    assert load.load_assignment(folder).name == "toy"


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_folder_without_a_table_is_said(tmp_path: Path, name: str) -> None:
    """The sentence covers a path that does not exist, and an empty folder."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.py").write_text(SOUND)
    with pytest.raises(AssignmentError, match=r"contains no assignment\.py"):
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
