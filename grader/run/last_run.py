"""The last run of a gradebook: where its submissions and its assignment are, and how to run it again."""

from __future__ import annotations

import hashlib
import shlex
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..assignment.load import load_assignment
from ..assignment.spec import Assignment
from ..errors import UsageError
from ..exchange.grades_csv import Dialect
from ..intake.submissions import AttemptPolicy
from .gradebook import Gradebook, grader_fingerprint
from .names import NAMES_FILE
from .options import Options

FACT = "last run"
GRADE = (sys.executable, "-c", "from grader.cli import main; main()")


@dataclass(frozen=True)
class LastRun:
    """The facts about a run that other commands need; paths are absolute."""

    folder: str  # where it was started
    command: str
    submissions: str
    assignment: str
    language: str
    roster: str = ""
    attempt: AttemptPolicy = "last"
    groups: bool = False
    only: tuple[str, ...] = ()
    csv_dialect: Dialect = "point"
    fingerprint: str = ""  # of the assignment
    grader: str = ""
    names: str = ""  # a digest of names.toml
    students: tuple[str, ...] = ()  # the slugs of the class, in the order of its page; () if an older grader ran

    @property
    def arguments(self) -> list[str]:
        """The arguments of the command, without the options that belong to one run."""
        words = iter(shlex.split(self.command)[1:])
        kept = []
        for word in words:
            if word in ("--fresh", "--retry-faults"):
                continue
            if word.partition("=")[0] in ("--student", "--salt"):
                if "=" not in word:
                    next(words, None)
                continue
            kept.append(word)
        return kept


def run_again(run: LastRun, *more: str, quiet: bool = False) -> int:
    """Run the same command again, which judges what has changed since; returns its exit status."""
    arguments = list(run.arguments)
    for place in [n for n, word in enumerate(arguments) if more and word.partition("=")[0] == more[0]][::-1]:
        del arguments[place : place + (1 if "=" in arguments[place] else 2)]
    out = subprocess.DEVNULL if quiet else None
    return subprocess.run([*GRADE, *arguments, *more], cwd=run.folder, stdout=out, check=False).returncode


def remember(book: Gradebook, assignment: Assignment, options: Options, students: Iterable[str] = ()) -> None:
    """Keep where this run found everything, and whom."""
    submissions = options.submissions
    run = LastRun(
        folder=str(Path.cwd()),
        command=options.command,
        submissions=str(submissions.absolute()),
        assignment=str(assignment.file or assignment.folder or ""),
        language=options.language,
        roster=str(options.roster.absolute()) if options.roster else "",
        attempt=options.attempt,
        groups=options.groups,
        only=options.only,
        csv_dialect=options.csv_dialect,
        fingerprint=assignment.fingerprint,
        grader=grader_fingerprint(),
        names=_names(submissions),
        students=tuple(students),
    )
    book.remember(FACT, msgspec.json.encode(run).decode())


def is_current(run: LastRun) -> bool:
    """Whether the assignment, the names and the grader are still those of this run."""
    known = (run.fingerprint, run.grader, run.names)
    return known == (load_assignment(Path(run.assignment)).fingerprint, grader_fingerprint(),
                     _names(Path(run.submissions)))  # fmt: skip


def _names(submissions: Path) -> str:
    """A digest of the class's names.toml; "" if there is none."""
    file = (submissions if submissions.is_dir() else submissions.parent) / NAMES_FILE
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def last_run(book: Gradebook) -> LastRun:
    """The last run; UsageError for a gradebook of an earlier version, which did not keep it."""
    kept = book.remembered(FACT)
    if not kept:
        raise UsageError(f"{book.path.parent} does not say where the submissions are: run grade on them once more")
    return msgspec.json.decode(kept, type=LastRun)
