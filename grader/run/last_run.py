"""The last run of a gradebook: where its submissions and its assignment are, and how to run it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..assignment.spec import Assignment
from ..errors import UsageError
from ..exchange.grades_csv import Dialect
from ..intake.submissions import AttemptPolicy
from .gradebook import Gradebook
from .options import Options

FACT = "last run"


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
    only: tuple[str, ...] = ()
    csv_dialect: Dialect = "point"
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


def remember(book: Gradebook, assignment: Assignment, options: Options, students: Iterable[str] = ()) -> None:
    """Keep where this run found everything, and whom."""
    run = LastRun(
        folder=str(Path.cwd()),
        command=options.command,
        submissions=str(options.submissions.absolute()),
        assignment=str(assignment.file or assignment.folder or ""),
        language=options.language,
        roster=str(options.roster.absolute()) if options.roster else "",
        attempt=options.attempt,
        only=options.only,
        csv_dialect=options.csv_dialect,
        students=tuple(students),
    )
    book.remember(FACT, msgspec.json.encode(run).decode())


def last_run(book: Gradebook) -> LastRun:
    """The last run; UsageError for a gradebook of an earlier version, which did not keep it."""
    kept = book.remembered(FACT)
    if not kept:
        raise UsageError(f"{book.path.parent} does not say where the submissions are: run grade on them once more")
    return msgspec.json.decode(kept, type=LastRun)
