"""`grade shard plan`, `run` and `merge`: grade a class on several machines."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App

from ..console import console, show
from ..errors import UsageError
from ..messages import say
from .options import Flag, Word, ids

if TYPE_CHECKING:
    from ..assignment.spec import Assignment
    from ..run.options import Options
    from ..run.progress import PlainProgress
    from ..run.shards import Plan

SHOWN = 10  # students without a result that are named

HELP = say("Grade a class in parts, on any number of machines, and merge the results.").template
shard = App(name="shard", help=HELP)


@shard.command
def plan(
    submissions: Path,
    /,
    *,
    assignment: Path | None = None,
    size: int = 64,
    plan: Path = Path("plan.json"),
    out: Path = Path("reports"),
    device: Literal["cpu", "cuda"] = "cpu",
    only: Annotated[str, Word] = "",
    student: Annotated[str, Word] = "",
    roster: Path | None = None,
    attempt: Literal["first", "best", "last"] = "last",
    groups: Annotated[bool, Flag] = False,
    requirements: Path | None = None,
    lang: Literal["es", "en"] | None = None,
    sandbox: Literal["bwrap", "landlock"] | None = None,
    forbidden: Literal["zero", "flag", "ignore"] = "zero",
) -> int:
    """Write a plan that splits the submissions that are not graded yet into shards.

    The plan holds the salt of the hidden cases: give it to machines that you trust, and to no student.

    Parameters
    ----------
    submissions
        As for grade.
    assignment
        The folder of the assignment; default: [tool.grader] in pyproject.toml names it.
    size
        Submissions in one shard.
    plan
        The file to write.
    out
        The folder of the report, whose gradebook keeps the results in the end.
    device
        Where student code runs.
    only
        Grade only these questions: ids separated by commas.
    student
        Only students whose name matches this pattern.
    roster
        A .csv of the class; default: roster.csv in the folder of the submissions.
    attempt
        Which attempt counts where a student has several.
    groups
        As for grade: a submission of one member of a group of the roster is that of all.
    requirements
        A file with packages that students use; each machine installs those that it lacks.
    lang
        Language of the report; default: the assignment's.
    sandbox
        How student code is isolated on all machines; default: the strongest level that works here.
    forbidden
        The penalty for using a forbidden function.
    """
    from ..assignment import load
    from ..run.options import Options
    from ..run.packages import provide, read_requirements
    from ..run.progress import SilentProgress, counted
    from ..run.shards import make_plan, write_plan
    from ..sandbox.levels import Level, choose

    terminal = console()
    if size < 1:
        raise UsageError(f"--size {size} is too small: give 1 or more")
    folder = assignment or load.default_folder()
    table = load.load_assignment(folder)
    needed = read_requirements(requirements) if requirements else ()
    provide((*table.packages, *needed))
    options = Options(
        submissions=submissions, out=out, level=choose(Level(sandbox) if sandbox else None), device=device, lanes=1,
        language=lang or table.language, only=ids(only), student=student, forbidden=forbidden, roster=roster,
        attempt=attempt, groups=groups,
    )  # fmt: skip
    options = replace(options, command=_as_grade(options, folder))
    with SilentProgress(terminal, False) as progress:
        made = make_plan(table, folder, options, size, needed, progress)
    write_plan(plan, made)
    total = sum(map(len, made.shards))
    show(terminal, f"{counted(total, 'submission')} in {counted(len(made.shards), 'shard')}: {plan}")
    if made.shards:
        show(terminal, f"Grade each, anywhere: grade shard run {plan} 1 --out DIR  (1 to {len(made.shards)})")
        show(terminal, f"Then here: grade shard merge {plan} DIR... --out {out}")
    return 0


@shard.command
def run(
    plan: Path,
    number: int,
    /,
    *,
    out: Path = Path("shards"),
    submissions: Path | None = None,
    assignment: Path | None = None,
    lanes: int | None = None,
    verbose: Annotated[bool, Flag] = False,
) -> int:
    """Grade one shard of a plan. Run again, it goes on where it stopped.

    Parameters
    ----------
    plan
        The file that grade shard plan wrote.
    number
        The number of the shard, from 1.
    out
        The folder for the results; several shards may share it.
    submissions
        Where the submissions lie on this machine; default: as the plan says.
    assignment
        Where the assignment lies on this machine; default: as the plan says.
    lanes
        How many submissions are graded at the same time; default: one per core.
    verbose
        Show a line for each question that is not right.
    """
    from ..results import Status
    from ..run.progress import counted
    from ..run.shards import run_shard

    if lanes is not None and lanes < 1:
        raise UsageError(f"--lanes {lanes} is too few: give 1 or more")
    made, table, options, progress = _planned(plan, out, submissions, assignment, lanes or os.cpu_count() or 1, verbose)
    with progress:
        results = run_shard(made, number, table, options, out, progress)
    statuses = Counter(r.status for r in results)
    show(console(), f"Shard {number}: {counted(len(results), 'result')} in {out}")
    return 3 if statuses[Status.GRADER_FAULT] else 1 if statuses[Status.UNREADABLE] else 0


@shard.command
def merge(
    plan: Path,
    /,
    *folders: Path,
    out: Path = Path("reports"),
    submissions: Path | None = None,
    assignment: Path | None = None,
) -> int:
    """Check the results of shards, record each submission once, and write the report.

    The exit status is 1 if results are missing or were refused.

    Parameters
    ----------
    plan
        The file that grade shard plan wrote.
    folders
        The folders that grade shard run wrote.
    out
        The folder of the report: the same as for the plan.
    submissions
        Where the submissions lie on this machine; default: as the plan says.
    assignment
        Where the assignment lies on this machine; default: as the plan says.
    """
    from ..run.progress import counted
    from ..run.shards import merge as bring_together

    if not folders:
        raise UsageError("name the folders that grade shard run wrote")
    terminal = console()
    made, table, options, progress = _planned(plan, out, submissions, assignment, 1, verbose=False)
    with progress:
        outcome, merged = bring_together(made, folders, table, options, progress)
    for sentence in merged.refused:
        show(terminal, f"Refused: {sentence}")
    for number, count in sorted(Counter(number for number, _ in merged.missing).items()):
        students = [student for shard, student in merged.missing if shard == number]
        named = ", ".join(students[:SHOWN]) + (", ..." if count > SHOWN else "")
        missing = f"Missing in shard {number}: {counted(count, 'result')} ({named})"
        show(terminal, f"{missing}; run it again: grade shard run {plan} {number}")
    again = f", {merged.known} were known" if merged.known else ""
    show(terminal, f"{counted(merged.recorded, 'result')} recorded{again}. Report: {out / 'index.html'}")
    return outcome.exit_status or int(bool(merged.missing or merged.refused))


def _planned(
    plan: Path, out: Path, submissions: Path | None, assignment: Path | None, lanes: int, verbose: bool
) -> tuple[Plan, Assignment, Options, PlainProgress]:
    """The plan, and all that a run needs, as the plan asks for it."""
    from ..assignment import load
    from ..run.options import Options
    from ..run.packages import provide
    from ..run.progress import PlainProgress
    from ..run.shards import read_plan
    from ..sandbox.levels import Level, choose

    made = read_plan(plan)
    folder = assignment or Path(made.assignment)
    table = load.load_assignment(folder)
    provide((*table.packages, *made.requirements))
    options = Options(
        submissions=submissions or Path(made.submissions), out=out, level=choose(Level(made.level)),
        device=made.device, lanes=lanes, language=made.language, only=made.only, student=made.student,
        forbidden=made.forbidden, roster=Path(made.roster) if made.roster else None, attempt=made.attempt,
        groups=made.groups,
    )  # fmt: skip
    options = replace(options, command=_as_grade(options, folder))
    return made, table, options, PlainProgress(console(), verbose)


def _as_grade(options: Options, assignment: Path) -> str:
    """The ordinary command that has the same effect: `grade regrade` and the desk run it on the merged report."""
    words = ["grade", options.submissions, "--assignment", assignment, "--out", options.out]
    words += ["--lang", options.language, "--sandbox", options.level, "--device", options.device]
    words += ["--forbidden", options.forbidden, "--attempt", options.attempt]
    words += ["--only", ",".join(options.only)] if options.only else []
    words += ["--roster", options.roster] if options.roster else []
    words += ["--groups"] if options.groups else []
    return shlex.join(map(str, words))
