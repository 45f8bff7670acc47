"""The loader of an assignment: it finds the folder and loads the table."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import AssignmentError, GraderError, UsageError
from .read import is_percent_file, read_assignment
from .spec import Assignment


def default_folder() -> Path:
    """The folder that `[tool.grader] assignment` names in the nearest pyproject.toml, upwards from here."""
    start = Path.cwd()
    beside_us = Path(__file__).parents[2]
    for folder in (start, *start.parents, beside_us):
        file = folder / "pyproject.toml"
        if file.is_file():
            named = _project(file).get("tool", {}).get("grader", {}).get("assignment")
            if named:
                return folder / str(named)
    raise UsageError("no assignment was named: pass --assignment DIR, a folder that contains assignment.py")


def _project(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read ({error}): repair it, or pass --assignment DIR") from error


def load_assignment(path: Path) -> Assignment:
    """The assignment of a percent file, or of a folder with an assignment.py.

    An assignment.py that is not a percent file defines ASSIGNMENT. Then the folder is imported as a package, so that
    its files can import each other relatively. Raises AssignmentError when the assignment cannot be loaded.
    """
    folder = path.resolve()
    if folder.is_file():
        return read_assignment(folder)
    file = folder / "assignment.py"
    if is_percent_file(file):
        return read_assignment(file)
    if not file.is_file():
        raise AssignmentError(f"{folder} contains no assignment.py: pass the folder of an assignment")
    found = getattr(import_folder(folder, "assignment"), "ASSIGNMENT", None)
    if not isinstance(found, Assignment):
        raise AssignmentError(f"{file} does not define ASSIGNMENT: assign a grader.authoring.Assignment to that name")
    return replace(found, folder=folder, fingerprint=_fingerprint(folder))


def import_folder(folder: Path, name: str) -> ModuleType:
    """The module `name` of a folder; the folder is imported as a package with a unique name."""
    folder = folder.resolve()
    # Each place and state has its own name, so no module of another folder or of an earlier state is used again.
    state = f"{folder}:{_fingerprint(folder)}"
    package = f"assignment_{hashlib.sha256(state.encode()).hexdigest()[:12]}"
    try:
        _make_package(package, folder)
        return importlib.import_module(f"{package}.{name}")
    except (Exception, SystemExit) as error:
        for loaded in [n for n in sys.modules if n == package or n.startswith(f"{package}.")]:
            del sys.modules[loaded]
        why = str(error) if isinstance(error, GraderError) else f"cannot be loaded: {type(error).__name__}: {error}"
        raise AssignmentError(f"{folder / name}.py: {why}") from error


def _make_package(package: str, folder: Path) -> None:
    """Make `folder` importable under this name, without a change to the import path."""
    if package in sys.modules:
        return
    init = folder / "__init__.py"
    spec = (
        importlib.util.spec_from_file_location(package, init, submodule_search_locations=[str(folder)])
        if init.is_file()
        else importlib.util.spec_from_loader(package, None, is_package=True)
    )
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    module.__path__ = [str(folder)]
    sys.modules[package] = module
    if spec.loader is not None:
        spec.loader.exec_module(module)


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        source = file.read_bytes()
        digest.update(f"{file.relative_to(folder).as_posix()}:{len(source)}:".encode())
        digest.update(source)
    return digest.hexdigest()
