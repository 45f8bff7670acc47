"""`grade names`: list the near names of a class, and accept them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from ..console import console, show
from ..errors import UsageError
from .options import Word


def names(
    action: Literal["list", "accept"] = "list",
    /,
    *pairs: str,
    student: Annotated[str, Word] = "",
    out: Path = Path("reports"),
) -> int:
    """List the names that are similar to an asked one, or accept some of them and grade those submissions again.

    Parameters
    ----------
    action
        list, or accept.
    pairs
        The asked name and the student's: CELoss=ce_loss.
    student
        Accept them for this student only; default: for all students who used this name.
    out
        The folder of the report.
    """
    from ..run.gradebook import Gradebook
    from ..run.last_run import last_run, run_again
    from ..run.names import accept, near_names

    with Gradebook.of_report(out) as book:
        near, run = near_names(book.all(whole=False).values()), last_run(book)
    if action == "list":
        lines = [f"{n.student}, {n.question}: {n.asked} is missing; similar: {', '.join(n.found)}" for n in near]
        for line in lines or ["No near names."]:
            show(console(), line)
        return 0
    accepted = []
    for pair in pairs:
        asked, _, used = (part.strip() for part in pair.partition("="))
        found = [n for n in near if n.asked == asked and used in n.found and student in ("", n.student, n.slug)]
        if not found:
            raise UsageError(f"nobody has {used or 'a name'} in place of {asked}: see grade names list")
        accepted += [(n.student, asked, used) for n in found]
    if not accepted:
        raise UsageError("which name? For example: grade names accept CELoss=ce_loss")
    file = accept(Path(run.submissions), accepted)
    told = f"Written: {file}, {len(accepted)} accepted. These submissions are graded again:"
    show(console(), told)
    return run_again(run)
