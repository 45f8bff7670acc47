"""`grade SUBMISSIONS`: grade a class."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ..console import INTERRUPTED, STOPPED, console, show
from ..errors import UsageError
from .options import Flag, Word, ids


def grade(
    submissions: Path,
    /,
    *,
    assignment: Path | None = None,
    out: Path = Path("reports"),
    lanes: int | None = None,
    device: Literal["cpu", "cuda", "auto"] = "auto",
    only: Annotated[str, Word] = "",
    student: Annotated[str, Word] = "",
    roster: Path | None = None,
    attempt: Literal["first", "best", "last"] = "last",
    groups: Annotated[bool, Flag] = False,
    requirements: Path | None = None,
    fresh: Annotated[bool, Flag] = False,
    retry_faults: Annotated[bool, Flag] = False,
    salt: Annotated[str, Word] = "",
    lang: Literal["es", "en"] | None = None,
    sandbox: Literal["bwrap", "landlock", "none"] | None = None,
    no_sandbox: Annotated[bool, Flag] = False,
    forbidden: Literal["zero", "flag", "ignore"] = "zero",
    csv_dialect: Literal["point", "comma"] = "point",
    cluster: Annotated[str, Word] = "",
    verbose: Annotated[bool, Parameter(name=["--verbose", "-v"], negative="", show_default=False)] = False,
) -> int:
    """Grade a folder of notebooks. Submissions that have not changed since the last run are not graded again.

    Parameters
    ----------
    submissions
        A folder or an archive of a class, as a learning platform exports it or with a file or folder per student;
        or the folder, archive or notebook of one student.
    assignment
        The folder of the assignment; default: [tool.grader] in pyproject.toml names it.
    out
        The folder for index.html, students/, results/, grades.csv, grades.xlsx and gradebook.sqlite.
    lanes
        How many submissions are graded at the same time; default: one per core.
    device
        Where student code runs; auto uses a GPU if there is one.
    only
        Grade only these questions: ids separated by commas, such as 1b,3a.
    student
        Grade only students whose name matches this pattern, such as "ana*".
    roster
        A .csv of the class with any of name, id, email, login, section, group, such as the files that Canvas, Moodle
        and Classroom 50 export; default: roster.csv in the folder of the submissions, if it is there.
    attempt
        Which attempt counts where a student has several. To find the best one, all are graded.
    groups
        What one member of a group hands in is the work of all its members. The roster's column group says who they are.
    requirements
        A file with packages that students use, one a line, as for pip; those that are missing here are installed into a
        folder of their own. The assignment may name packages too.
    fresh
        Grade every submission again, even unchanged ones; points and comments from people are kept.
    retry_faults
        Grade again the submissions that have no grade because the grader failed.
    salt
        new draws a new salt, so that new and changed submissions meet new hidden cases from now on. The salt of an
        earlier result, which the class page shows, gives its grade again, for this run only.
    lang
        Language of the report; default: the assignment's.
    sandbox
        How student code is isolated; default: the strongest level that works on this machine.
    no_sandbox
        The same as --sandbox none.
    forbidden
        The penalty for using a forbidden function: zero takes away the question's points, flag only reports the use,
        ignore does not look for it.
    csv_dialect
        The decimal sign of grades.csv. Choose comma where spreadsheets read 4,5 as a number: semicolons then separate
        the cells. grades.xlsx has numbers everywhere.
    cluster
        Grade on the workers of a Dask cluster: tcp://HOST:PORT, tls://HOST:PORT, or local:N for N workers here.
    verbose
        Show a line for each question that is not right, and the traceback when the grader itself fails.
    """
    # Imported here: torch takes a second, and `--help` or a wrong option must not wait for it.
    from ..assignment import load
    from ..judging.judge_pool import judge_all
    from ..run.class_run import grade_class as run
    from ..run.cluster import OnCluster
    from ..run.options import Options
    from ..run.packages import provide, read_requirements
    from ..run.progress import PlainProgress, TerminalProgress, counted, show_table
    from ..sandbox.levels import Level, choose

    terminal = console()
    if lanes is not None and lanes < 1:
        raise UsageError(f"--lanes {lanes} is too few: give 1 or more")
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is a file: name a folder (it is created if it does not exist)")
    folder = assignment or load.default_folder()
    table = load.load_assignment(folder)
    packages = (*table.packages, *(read_requirements(requirements) if requirements else ()))
    provide(packages)
    asked = "none" if no_sandbox else sandbox
    level = choose(Level(asked) if asked else None)
    options = Options(
        submissions=submissions,
        out=out,
        level=level,
        device=_device(device),
        lanes=lanes or os.cpu_count() or 1,
        language=lang or table.language,
        only=ids(only),
        student=student,
        fresh=fresh,
        retry_faults=retry_faults,
        forbidden=forbidden,
        command=shlex.join(["grade", *sys.argv[1:]]),
        roster=roster,
        attempt=attempt,
        groups=groups,
        salt=salt.strip(),
        csv_dialect=csv_dialect,
    )
    if level is Level.NONE:
        terminal.print(
            "[bold red]NO SANDBOX:[/] student code runs with your permissions, on your files and your network.",
            highlight=False,
        )
    if cluster and level is Level.NONE:
        raise UsageError("--cluster needs a sandbox on every worker: leave --no-sandbox out")
    engine = OnCluster(cluster, folder, packages) if cluster else judge_all
    decimals = table.scale.decimals
    progress = (TerminalProgress if terminal.is_terminal else PlainProgress)(terminal, verbose, decimals)
    with progress:
        outcome = run(table, options, progress, engine)
    ids_shown = [q.id for q in table.only(options.only)]
    show_table(terminal, outcome.results, ids_shown, outcome.left_out, outcome.perhaps_same, decimals,
               outcome.tally)  # fmt: skip
    if outcome.interrupted:
        terminal.print(STOPPED)
        return INTERRUPTED
    counts = f"{counted(outcome.asked, 'submission')}, {outcome.judged} judged now, {outcome.seconds:.1f} s"
    show(terminal, f"{counts}, sandbox: {level}, device: {options.device}")
    if outcome.tally.faults:
        where = f"{counted(outcome.tally.faults, 'bug report')} in {out / 'faults'}"
        show(terminal, f"Faults of the grader: {where}; to try again, run the same command with --retry-faults")
    show(terminal, f"Report: {out / 'index.html'}")
    return outcome.exit_status


def _device(asked: str) -> str:
    from ..doctor import cuda

    found = cuda()
    if asked == "cuda" and not found.good:
        raise UsageError(f"--device cuda: {found.value}; use --device cpu")
    return "cuda" if asked != "cpu" and found.good else "cpu"
