"""Write the report again from the gradebook, with the marks that people gave since; nothing is judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..assignment.spec import Assignment
from ..intake.submissions import SubmittedClass
from ..results import SubmissionResult
from ..sandbox.levels import Level
from .gradebook import Gradebook
from .last_run import LastRun
from .options import Options
from .outputs import is_published, publish, with_marks, write_class


def options_of(book: Gradebook, run: LastRun, results: Iterable[SubmissionResult]) -> Options:
    """The options of the last run, as far as the report depends on them."""
    one = next((r for r in results if r.sandbox), None)
    level = Level(one.sandbox) if one else Level.NONE
    return Options(
        submissions=book.path.parent, out=book.path.parent, level=level, device=one.device if one else "cpu", lanes=1,
        language=run.language, command=run.command, only=run.only, csv_dialect=run.csv_dialect,
    )  # fmt: skip


def republish(book: Gradebook, assignment: Assignment, run: LastRun, submitted: SubmittedClass) -> int:
    """Write the pages whose marks have changed, grades.csv and the class page; returns the number of students."""
    results = book.current((s.slug for s in submitted.submissions), whole=False)
    options = options_of(book, run, results.values())
    count = 0

    def published() -> Iterator[SubmissionResult]:
        nonlocal count
        for slug, result in results.items():
            marks = book.marks(result.student)
            if not is_published(slug, result, marks, options) and (whole := book.newest(slug)) is not None:
                publish(slug, whole, book, assignment, options)
            count += 1
            yield with_marks(result, marks, assignment, complete=not run.only)

    write_class(published(), book, submitted, assignment, options, book.salt())
    return count
