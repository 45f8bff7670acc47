"""`grade copies`: list pairs of submissions that have more code in common than usual."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from ..console import console, show
from ..errors import UsageError

USUAL_FOLDER = Path("submissions")


def copies(
    submissions: Path | None = None,
    /,
    *,
    out: Path = Path("reports"),
    against: list[Path] | None = None,
    assignment: Path | None = None,
    roster: Path | None = None,
    lanes: int | None = None,
    lang: Literal["es", "en"] | None = None,
) -> int:
    """List likely copies: pairs that have more code in common than others in the class. No grade changes.

    The page copies.html shows the matching lines side by side. It is for instructors only.

    Parameters
    ----------
    submissions
        The folder or archive of a class, as for grade; default: submissions.
    out
        The folder for copies.html, copies.json and copies.csv.
    against
        A folder or archive with submissions of an earlier year, which are compared with those of the class; it may be
        given several times.
    assignment
        The file or folder of the assignment; default: [tool.grader] in pyproject.toml names it.
    roster
        A .csv of the class, as for grade: members of a group are not compared with each other.
    lanes
        How many submissions are read at the same time; default: one per core.
    lang
        Language of the page; default: the assignment's.
    """
    from ..assignment import load
    from ..copies.find import find_copies
    from ..copies.outputs import PAGE, write_copies
    from ..copies.page import label
    from ..run.progress import counted, counting

    if submissions is None and not USUAL_FOLDER.exists():
        raise UsageError("name the folder of the class: grade copies SUBMISSIONS")
    terminal = console()
    table = load.load_assignment(assignment or load.default_folder())
    with counting(terminal, "reading submissions") as step:
        found = find_copies(
            table, submissions or USUAL_FOLDER, against or (), roster=roster, step=step,
            lanes=lanes or os.cpu_count() or 1,
        )  # fmt: skip
    write_copies(out, found, table, lang or table.language)
    for pair in found.pairs:
        names = f"{label(pair.a, 'en')} - {label(pair.b, 'en')}"
        where = ", ".join(q.question or "outside the answers" for q in pair.questions[:4])
        line = f"likely: {names}: {pair.share:.0%} of the code in common, most of it in {where}"
        show(terminal, line)
    earlier = f" and {found.earlier} of earlier years" if found.earlier else ""
    total = f"{counted(len(found.pairs), 'likely pair')} among {counted(found.compared, 'submission')}{earlier}"
    show(terminal, total)
    if found.unread:
        show(terminal, f"{counted(len(found.unread), 'submission')} could not be read")
    show(terminal, f"Page: {out / PAGE}")
    return 0
