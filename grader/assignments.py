"""Find an assignment by its folder and load its table."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

from .errors import AssignmentError, GraderError, UsageError
from .spec import Assignment


def default_folder() -> Path:
    """The folder that `[tool.grader] assignment` in the nearest pyproject.toml names, upwards from here."""
    start = Path.cwd()
    beside_us = Path(__file__).parents[1]
    for folder in (start, *start.parents, beside_us):
        file = folder / "pyproject.toml"
        if file.is_file():
            with file.open("rb") as stream:
                named = tomllib.load(stream).get("tool", {}).get("grader", {}).get("assignment")
            if named:
                return folder / str(named)
    raise UsageError("no assignment was named: pass --assignment DIR, a folder that holds assignment.py")


def load(folder: Path) -> Assignment:
    """The ASSIGNMENT of `folder`/assignment.py, with the fingerprint of the folder's sources.

    The folder is imported as a package, so that its files can import each other relatively. Raises AssignmentError
    with one sentence when it cannot be loaded.
    """
    folder = folder.resolve()
    file = folder / "assignment.py"
    if not file.is_file():
        raise AssignmentError(f"{folder} holds no assignment.py: pass the folder of an assignment")
    package = f"assignment_{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    try:
        if package not in sys.modules:
            spec = (
                importlib.util.spec_from_file_location(
                    package, folder / "__init__.py", submodule_search_locations=[str(folder)]
                )
                if (folder / "__init__.py").is_file()
                else importlib.util.spec_from_loader(package, None, is_package=True)
            )
            assert spec is not None
            module = importlib.util.module_from_spec(spec)
            module.__path__ = [str(folder)]
            sys.modules[package] = module
            if spec.loader is not None:
                spec.loader.exec_module(module)
        table = importlib.import_module(f"{package}.assignment")
    except GraderError as error:
        raise AssignmentError(f"{file}: {error}") from error
    except Exception as error:
        raise AssignmentError(f"{file} cannot be loaded: {type(error).__name__}: {error}") from error
    found = getattr(table, "ASSIGNMENT", None)
    if not isinstance(found, Assignment):
        raise AssignmentError(f"{file} defines no ASSIGNMENT: assign a grader.spec.Assignment to that name")
    return replace(found, fingerprint=_fingerprint(folder))


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        source = file.read_bytes()
        digest.update(f"{file.relative_to(folder).as_posix()}:{len(source)}:".encode())
        digest.update(source)
    return digest.hexdigest()
