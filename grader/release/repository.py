"""Make the students' repository from an assignment: the notebooks, the public checks, the texts, the workflow."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..assignment.spec import Assignment
from ..errors import UsageError
from ..files import write_atomically
from ..self_check import checks_json
from ..self_check.find_checks import FILE
from .handout.leaks import check_leaks
from .handout.notebook import notebooks, selected
from .handout.texts import texts
from .handout.workflow import self_check_workflow
from .record import Step, record

CHECKS = "checks"
WORKFLOW = ".github/workflows/self-check.yml"
PROJECT = Path(__file__).parents[2]
DISTRIBUTION = "tensorgrade"  # the name for pip; the import is `grader`
# The earliest time that a zip file can hold; with any fixed time the same sources lead to the same wheel.
EPOCH = "315532800"


@dataclass(frozen=True)
class Release:
    """The options of a release. `package` is the requirement that installs the grader; "": a wheel next to it."""

    language: str
    questions: tuple[str, ...] = ()
    public_share: float = 1.0
    package: str = ""
    repository: str = ""  # the address that students clone, for the Colab link and cell


def contents(assignment: Assignment, asked: Release, step: Step = lambda done, total: None) -> dict[str, bytes]:
    """The files of the repository by their paths, the same for the same assignment."""
    check_leaks(assignment)
    package = asked.package or f"./{wheel_name()}"
    questions = selected(assignment, asked.questions) if asked.questions else ()
    files = notebooks(assignment, asked.language, questions, asked.repository)
    name = next(iter(files))
    checks = record(assignment, asked.language, questions, asked.public_share, step)
    files[f"{CHECKS}/{FILE}"] = checks_json.write(checks)
    shown = (file for file in assignment.data_files if file.name in checks.assignment.data)
    files |= {f"{CHECKS}/{file.name}": file.read_bytes() for file in shown}
    for path, text in texts(
        assignment, asked.language, questions=questions, package=package, repository=asked.repository
    ).items():
        files[path] = text.encode()
    files[WORKFLOW] = self_check_workflow(name, asked.language).encode()
    return files


def write_repository(
    assignment: Assignment, folder: Path, asked: Release, step: Step = lambda done, total: None
) -> tuple[Path, ...]:
    """Write the repository; returns the files. A folder with other things in it is refused.

    `step` is called with the number of questions whose checks are recorded, and of all.
    """
    if folder.is_dir() and any(p.name != ".git" for p in folder.iterdir()) and not (folder / CHECKS / FILE).is_file():
        raise UsageError(f"{folder} contains other files: name an empty folder, or one that an earlier release wrote")
    files = contents(assignment, replace(asked, repository=asked.repository or address_of(folder)), step)
    old = [p for p in (folder / CHECKS).rglob("*") if p.is_file()] if (folder / CHECKS).is_dir() else []
    for path in old:
        if path.relative_to(folder).as_posix() not in files:
            path.unlink()
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / name, data)
    written = [folder / name for name in files]
    if not asked.package:
        written.append(build_wheel(folder))
    return tuple(written)


def address_of(folder: Path) -> str:
    """The address at which students find the repository in `folder`, from git's remote `origin`; "" if there is none.

    A folder within another repository, such as the instructor's own, has none. A token in the address is left out.
    """
    if not (folder / ".git").exists():
        return ""
    asked = ["git", "-C", str(folder), "remote", "get-url", "origin"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:  # no git here
        return ""
    found = re.fullmatch(
        r"(?:https://|ssh://)?(?:[^@/]*@)?([\w.-]+\.[a-z]+)(?::\d+)?[:/]([\w./~-]+?)(?:\.git)?/?", said
    )
    return f"https://{found[1]}/{found[2]}" if found else ""


def wheel_name() -> str:
    """The file name of the wheel that `build_wheel` makes."""
    from .. import __version__

    return f"{DISTRIBUTION}-{__version__}-py3-none-any.whl"


def build_wheel(folder: Path) -> Path:
    """Build the wheel that students install: this package alone, no assignment, the same bytes each time."""
    if not (PROJECT / "pyproject.toml").is_file():
        raise UsageError(
            "this grader was not installed from its sources: name the package that students install with --package"
        )
    with tempfile.TemporaryDirectory() as place:
        sources = Path(place) / "sources"
        shutil.copytree(PROJECT / "grader", sources / "grader", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(PROJECT / name, sources / name)
        environment: Mapping[str, str] = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
        built = subprocess.run(
            [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps",
             "--wheel-dir", place, str(sources)],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        wheels = list(Path(place).glob("*.whl"))
        if built.returncode or len(wheels) != 1:
            said = built.stderr.strip().splitlines()[-1:] or ["pip said nothing"]
            raise UsageError(
                f"the wheel could not be built ({said[0]}): name the package that students install with --package"
            )
        target = folder / wheels[0].name
        write_atomically(target, wheels[0].read_bytes())
    return target
