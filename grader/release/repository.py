"""Make the students' repository from an assignment: the notebook, the public checks, the texts, the workflow."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..assignment.spec import Assignment
from ..errors import AssignmentError, UsageError
from ..files import write_atomically
from ..self_check.checks_json import write
from ..self_check.find_checks import FILE
from .handout.leaks import check_leaks
from .handout.notebook import notebook_text, selected
from .handout.texts import texts
from .handout.workflow import self_check_workflow
from .record import record

CHECKS = "checks"
PROBES = "probes"
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


def contents(assignment: Assignment, asked: Release) -> dict[str, bytes]:
    """The files of the repository by their paths, the same for the same assignment."""
    from_file = any(question.file for question in assignment.questions)
    if not from_file and (assignment.notebook is None or assignment.folder is None or assignment.template is None):
        raise AssignmentError(f"assignment {assignment.name!r} has no notebook for students: name one in its table")
    package = asked.package or f"./{wheel_name()}"
    questions = asked.questions
    if from_file:
        check_leaks(assignment)
        questions = selected(assignment, questions) if questions else ()
        files = notebooks(assignment, replace(asked, questions=questions))
        name = next(iter(files))
    else:
        assert assignment.notebook is not None and assignment.folder is not None and assignment.template is not None
        name = assignment.template.name
        if questions and assignment.selected is not None:
            questions = assignment.selected(questions)
        files = {name: assignment.notebook(asked.language, questions, asked.repository).encode()}
        checks = record(assignment, asked.language, questions, asked.public_share)
        files[f"{CHECKS}/{FILE}"] = write(checks)
        files |= {f"{CHECKS}/{path}": data for path, data in _probes(assignment.folder)}
    for path, text in texts(
        assignment, asked.language, questions=questions, package=package, repository=asked.repository
    ).items():
        files[path] = text.encode()
    files[WORKFLOW] = self_check_workflow(name, asked.language).encode()
    return files


def notebooks(assignment: Assignment, asked: Release) -> dict[str, bytes]:
    """The notebooks of an assignment file by their names: in the release's language, then in its other languages."""
    if asked.language not in assignment.languages:
        known = ", ".join(assignment.languages)
        raise UsageError(f"the assignment is not in the language {asked.language!r}: give --lang {known}")
    name = assignment.template.name if assignment.template else f"{assignment.name}.ipynb"
    languages = dict.fromkeys((asked.language, *assignment.languages))
    return {
        name if language == asked.language else f"{name.removesuffix('.ipynb')}_{language}.ipynb": notebook_text(
            assignment, language, asked.questions, asked.repository
        ).encode()
        for language in languages
    }


def write_repository(assignment: Assignment, folder: Path, asked: Release) -> tuple[Path, ...]:
    """Write the repository; returns the files. A folder with other things in it is refused."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / CHECKS / FILE).is_file():
        raise UsageError(f"{folder} contains other files: name an empty folder, or one that an earlier release wrote")
    files = contents(assignment, asked)
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


def _probes(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The sources of the probes; AssignmentError for an import that students do not have."""
    files = sorted((folder / PROBES).rglob("*.py")) or [folder / f"{PROBES}.py"]
    if not files[0].is_file():
        raise AssignmentError(f"{folder} holds no {PROBES}.py or {PROBES}/: put the probes that students get there")
    for file in files:
        data = file.read_bytes()
        for node in ast.walk(ast.parse(data)):
            strange = _strange(node)
            if strange:
                raise AssignmentError(f"{file}, line {node.lineno}: imports {strange}, which students do not have")  # type: ignore[attr-defined]
        yield file.relative_to(folder).as_posix(), data


def _strange(node: ast.AST) -> str:
    """The modules in an import statement that a student's machine does not have; "" if it has all."""
    match node:
        case ast.ImportFrom(level=0, module=str(module)):
            names = [module]
        case ast.ImportFrom(level=level) if level > 1:
            return "." * level + (node.module or "")
        case ast.Import(names=aliases):
            names = [alias.name for alias in aliases]
        case _:
            return ""
    known = {"grader", "torch", *sys.stdlib_module_names}
    return ", ".join(name for name in names if name.partition(".")[0] not in known)


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
