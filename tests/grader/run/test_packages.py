"""Packages that are provided for grading."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.run.packages import provide, read_requirements
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level

from ..sandbox.programs import SHORT, called, started

pytestmark = pytest.mark.bwrap


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A package with one function, as pip downloads it."""
    file = tmp_path / "provided_here-1.0-py3-none-any.whl"
    about = "provided_here-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("provided_here.py", "def double(x):\n    return 2 * x\n")
        packed.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: provided_here\nVersion: 1.0\n")
        packed.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(f"{about}/RECORD", "")
    return file


def test_a_provided_package_can_be_imported_in_the_sandbox(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is installed once, into a folder of its own, and students' code imports it."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    provide([str(wheel), "torch"], tmp_path / "cache")
    (folder,) = (tmp_path / "cache" / "packages").iterdir()
    before = list(sys.path)
    with Lane(Level.BWRAP, SHORT) as lane:
        remote = started(lane, "from provided_here import double", "def result(): return double(4)")
        assert called(remote, "result") == 8
    wheel.unlink()
    provide([str(wheel), "torch"], tmp_path / "cache")  # from the folder
    assert [folder] == list((tmp_path / "cache" / "packages").iterdir())
    assert sys.path[: len(before)] == before


def test_installed_packages_need_nothing(tmp_path: Path) -> None:
    """Nothing is made for them."""
    provide(["torch", "numpy"], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_package_that_cannot_be_installed_is_one_sentence(tmp_path: Path) -> None:
    """The sentence names it, and nothing is left behind."""
    with pytest.raises(UsageError, match=r"these packages cannot be installed: /nowhere/no-1\.0-py3-none-any\.whl"):
        provide(["/nowhere/no-1.0-py3-none-any.whl"], tmp_path)
    assert list((tmp_path / "packages").iterdir()) == []


def test_a_file_of_requirements_is_read(tmp_path: Path) -> None:
    """One package a line; comments count for nothing, and options of pip are refused."""
    file = tmp_path / "requirements.txt"
    file.write_text("# for part 4\neinops==0.8.1\n\ntorchinfo  # a table\n")
    assert read_requirements(file) == ("einops==0.8.1", "torchinfo")
    file.write_text("--index-url https://example.org\n")
    with pytest.raises(UsageError, match="is not a package"):
        read_requirements(file)
    with pytest.raises(UsageError, match="cannot be read"):
        read_requirements(tmp_path / "absent.txt")
