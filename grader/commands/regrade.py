"""`grade regrade`: show what a regrade would change, before anything is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from ..console import console, show
from .options import Flag


def regrade(*, out: Path = Path("reports"), diff: Annotated[bool, Flag] = False) -> int:
    """Grade a class again after a change of the assignment, the names or the grader.

    With --diff, it shows whose points would change, in which question and why, and keeps nothing; the pages as they
    would be lie in regrade/ below the report. Without --diff it keeps that preview. Earlier results stay in the record.

    Parameters
    ----------
    out
        The folder of the report.
    diff
        Only show what would change.
    """
    from ..run.regrade import keep, preview

    if not diff:
        return keep(out)
    found = preview(out)
    lines = [f"Since the last run {cause}." for cause in found.causes]
    for c in found.changes:
        why = f"  ({c.why})" if c.why else ""
        lines.append(f"{c.student}, {c.question or 'grade'}: {c.before} -> {c.after}{why}")
    lines.append(f"{len({c.slug for c in found.changes})} of {found.compared} students change. Nothing was kept.")
    if found.changes:
        lines.append("To keep it: grade regrade")
    for line in lines:
        show(console(), line)
    return 0
