"""`grade verify`: try an assignment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from ..console import console, show
from .options import Flag


def verify(
    path: Path | None = None,
    /,
    *questions: str,
    assignment: Path | None = None,
    lanes: int | None = None,
    sandbox: Literal["bwrap", "landlock", "none"] | None = None,
    html: Path | None = None,
    mutants: Annotated[bool, Flag] = False,
    against: Path | None = None,
    before: Path | None = None,
) -> int:
    """Try an assignment before you grade with it: right answers must pass, and known mistakes must fail and be named.

    The exit status is 1 if any claim does not hold.

    Parameters
    ----------
    path
        The assignment: a file or a folder; default: [tool.grader] in pyproject.toml names it.
    questions
        Only the mistakes and examples of these questions.
    assignment
        The same as `path`.
    lanes
        How many submissions are judged at the same time; default: one per core.
    sandbox
        How submissions are isolated; default: the strongest level that works on this machine.
    html
        Also write the outcome as a page to this file.
    mutants
        Also change the solution mechanically (operators, constants, arguments, dropped statements), and list the
        changes that no test catches.
    against
        Instead of all this, grade the submissions in this folder with the assignment as it was and as it is, and say
        whose points move.
    before
        The assignment as it was, for --against; default: the version of the last commit.
    """
    from ..assignment import load
    from ..files import write_atomically
    from ..judging.submission import Conditions
    from ..report.render import render_verification
    from ..run.packages import provide
    from ..run.progress import LinesNowAndThen, ProgressBar
    from ..sandbox.levels import Level, choose
    from ..verification.against import moved
    from ..verification.verify import lines
    from ..verification.verify import verify_assignment as try_out

    terminal = console()
    where = path or assignment or load.default_folder()
    table = load.load_assignment(where)
    provide(table.packages)
    conditions = Conditions(table.language, choose(Level(sandbox) if sandbox else None))
    lanes = lanes or os.cpu_count() or 1
    with ProgressBar(terminal, False) if terminal.is_terminal else LinesNowAndThen(terminal, False) as progress:
        if against is not None:
            differences = moved(where, against, before, questions, conditions, lanes, progress)
        else:
            verification = try_out(table, conditions, lanes, progress, only=questions, mutants=mutants)
    if against is not None:
        for line in differences:
            show(terminal, line)
        return 0
    for line in lines(verification):
        show(terminal, line)
    if html is not None:
        write_atomically(html, render_verification(verification, table.title.en))
        show(terminal, f"Page: {html}")
    return 0 if verification.holds else 1
