"""`grade mark`: record the points that a person gives."""

from __future__ import annotations

from pathlib import Path

from ..errors import UsageError
from .console import console, plain


def mark(student: str, question: str, points: float, comment: str = "", /, *, out: Path = Path("reports")) -> int:
    """Record the points that you give to an answer that a person reads.

    The points are kept when submissions are graded again. Run grade again to see them in the report.

    Parameters
    ----------
    student
        The student's name as the report shows it.
    question
        The question's id.
    points
        From 0 to the points of the question that a person gives.
    comment
        A sentence for the student.
    out
        The folder of the report.
    """
    from ..run.gradebook import Gradebook

    if not (out / "gradebook.sqlite").is_file():
        raise UsageError(f"{out} contains no gradebook: run grade first, or name the folder of the report with --out")
    with Gradebook(out / "gradebook.sqlite") as book:
        found = next((r for r in book.all().values() if student in (r.student, r.slug)), None)
        if found is None:
            raise UsageError(f"the gradebook has no student {student!r}: give the name as the report shows it")
        asked = next((q for q in found.questions if q.id == question and q.reviewed), None)
        if asked is None:
            known = ", ".join(q.id for q in found.questions if q.reviewed) or "none of this submission"
            raise UsageError(f"question {question!r} is not read by a person; questions read by a person: {known}")
        if not 0 <= points <= asked.reviewed:
            raise UsageError(f"{points:g} points are out of range for {question}: give 0 to {asked.reviewed:g}")
        book.mark(found.student, question, points, comment)
    given = f"{found.student}, {question}: {points:g} of {asked.reviewed:g} points"
    console().print(plain(given), markup=False)
    return 0
