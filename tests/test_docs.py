"""docs/design.md keeps up with the code: its map lists every folder, and the files that it names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .test_architecture import FOLDERS
from .tiny import ROOT

DESIGN = (ROOT / "docs" / "design.md").read_text("utf-8")
PAGES = [ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
GENERATED = {".venv", "build", "student_template"}  # copies there must not hide that a file is gone
NEW = {"probes.py"}  # the reader of a recipe makes it


def section(title: str) -> str:
    """The text below a heading of docs/design.md, up to the next one."""
    return DESIGN.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def mapped(text: str) -> list[str]:
    """The folders that a map lists, in order: those in the first cell of each row."""
    cells = re.findall(r"^\|([^|]*)\|", text, re.M)
    return [folder for cell in cells for folder in re.findall(r"`([\w/]+)/`", cell)]


def folders() -> set[str]:
    """The folders of the grader that hold files."""
    files = [f for f in (ROOT / "grader").rglob("*") if f.is_file() and "__pycache__" not in f.parts]
    return {f.parent.relative_to(ROOT).as_posix() for f in files}


def wrong_folders(text: str) -> list[str]:
    """One sentence per folder that a map lacks, lists twice, or lists although it is gone."""
    listed = mapped(text)
    wrong = [f"{folder} is not on the map" for folder in sorted(folders() - set(listed))]
    wrong += [f"{folder} is gone" for folder in sorted(set(listed) - folders())]
    return wrong + [f"{folder} is listed twice" for folder in sorted(set(listed)) if listed.count(folder) > 1]


def missing_files(text: str) -> list[str]:
    """The files that a text names by their whole path from the root and that are not there."""
    return [f for f in re.findall(r"`([\w/]+/[\w.]+\.\w+)`", text) if not (ROOT / f).is_file()]


def unknown_modules(text: str, known: set[str]) -> list[str]:
    """The Python files that a text names, with or without their folder, and that are nowhere in the project."""
    named = [name for name in re.findall(r"`([\w/]+\.py)`", text) if "NAME" not in name and name not in NEW]
    return [name for name in named if not any(f"/{path}".endswith(f"/{name}") for path in known)]


@pytest.fixture(scope="module")
def known() -> set[str]:
    """The paths of all Python files of the project."""
    paths = [f.relative_to(ROOT) for f in ROOT.rglob("*.py")]
    return {path.as_posix() for path in paths if not GENERATED & set(path.parts)}


def test_the_map_lists_every_folder_of_the_grader() -> None:
    """A reader finds each folder with one line, and none that is gone."""
    assert wrong_folders(section("Map")) == []


def test_the_map_is_in_the_order_of_the_imports() -> None:
    """The page says that a folder imports only folders above it; the test of the imports has the order."""
    lines = [f"grader/{folder.replace('.', '/')}" for folder in FOLDERS]
    order = [folder for folder in mapped(section("Map")) if folder in lines]
    assert order == [line for line in lines if line in order]
    assert len(order) >= 12


@pytest.mark.parametrize("title", ["Map", "How a notebook becomes a grade"])
def test_each_file_of_the_map_and_of_the_walk_exists(title: str) -> None:
    """They are named by their whole path."""
    assert missing_files(section(title)) == []


def test_each_step_of_the_walk_names_a_file() -> None:
    """There are ten steps, and a reader can open each of them."""
    steps = re.split(r"^\d+\. ", section("How a notebook becomes a grade"), flags=re.M)[1:]
    assert len(steps) == 10
    assert all(re.search(r"`grader/[\w/]+\.py`", step) for step in steps)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_python_file_of_the_docs_exists(page: Path, known: set[str]) -> None:
    """Also those that are named without their folder."""
    assert unknown_modules(page.read_text("utf-8"), known) == []


def test_a_folder_that_is_missing_gone_or_there_twice_is_found() -> None:
    """The test of the map can fail."""
    text = section("Map")
    assert wrong_folders(text.replace("| `grader/run/` |", "| `grader/runs/` |")) == [
        "grader/run is not on the map", "grader/runs is gone",
    ]  # fmt: skip
    assert wrong_folders(text + "\n| `grader/run/` | again |\n") == ["grader/run is listed twice"]


def test_a_file_that_is_gone_is_found(known: set[str]) -> None:
    """The tests of the files can fail."""
    walk = section("How a notebook becomes a grade")
    assert missing_files(walk.replace("judging/scoring.py", "scoring.py")) == ["grader/scoring.py"]
    assert unknown_modules("`sandbox/lane.py`, `lane.py`, `sandbox/child.py`, `ane.py`", known) == [
        "sandbox/child.py", "ane.py",
    ]  # fmt: skip
