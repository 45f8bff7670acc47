"""`grade mark`: record the points that a person gives, and look after these marks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App

from ..console import account, console, show
from ..errors import UsageError
from .desk import needs_desk
from .options import Flag, Word, ids

if TYPE_CHECKING:
    from ..run.marking import Marking

mark = App(name="mark")


@mark.default
def give(
    student: str,
    question: str,
    points: Annotated[str, Word] = "",
    comment: Annotated[str, Word] = "",
    /,
    *,
    items: Annotated[str, Word] = "",
    checks: Annotated[bool, Flag] = False,
    alone: Annotated[bool, Flag] = False,
    second_look: Annotated[bool, Flag] = False,
    settles: Annotated[bool, Flag] = False,
    together: Annotated[bool, Flag] = False,
    marker: Annotated[str, Word] = "",
    out: Path = Path("reports"),
) -> int:
    """Record the points that you give to an answer that a person reads. Every mark stays in the history.

    The points are kept when submissions are graded again. Run grade again to see them in the report.

    Parameters
    ----------
    student
        The student's name as the report shows it.
    question
        The question's id.
    points
        From 0 to the points of the question that a person gives, such as 0.5 or 0,5; --items may take their place.
    comment
        A sentence for the student.
    items
        The rubric items that the answer earns, by number: 1,3. Their sum is the mark.
    checks
        Give the points in place of those that the checks gave; this needs a comment. Without points the checks' points
        count again.
    alone
        The mark is for this member of a group alone. Otherwise it is for all members.
    second_look
        Ask for a second look at this answer.
    settles
        End a difference between two markers with this mark.
    together
        Also mark the other answers that say the same; grade mark undo withdraws them all. It needs the extra `desk`.
    marker
        Your name; default: the name of your account.
    out
        The folder of the report.
    """
    from ..run.marks import Event, number

    if not (points or items or checks):
        raise UsageError("POINTS is missing; see grade mark --help")
    kind: Literal["mark", "checks"] = "checks" if checks else "mark"
    exact = number(points) if points else None
    event = Event(student, question, kind=kind, marker=marker or account(), items=ids(items), points=exact,
                  comment=comment, second_look=second_look, settles=settles, alone=alone)  # fmt: skip
    with _marking(out) as marking:
        same = _same(out, marking.student(student).slug, question) if together else []
        events = [event, *(replace(event, student=other) for other in same)]
        return _show(marking.said(given) for given in marking.give(events))


@mark.command
def undo(
    student: Annotated[str, Word] = "",
    question: Annotated[str, Word] = "",
    /,
    *,
    marker: Annotated[str, Word] = "",
    out: Path = Path("reports"),
) -> int:
    """Withdraw your last mark, or the last one of a student and question, for all answers that it marked.

    Parameters
    ----------
    student
        The student's name as the report shows it.
    question
        The question's id.
    marker
        Your name; default: the name of your account.
    out
        The folder of the report.
    """
    with _marking(out) as marking:
        return _show(marking.said(event) for event in marking.undo(marker or account(), student, question))


@mark.command
def log(
    student: Annotated[str, Word] = "",
    question: Annotated[str, Word] = "",
    /,
    *,
    out: Path = Path("reports"),
) -> int:
    """Show the history of all marks, or of those of a student and question.

    Parameters
    ----------
    student
        The student's name as the report shows it.
    question
        The question's id.
    out
        The folder of the report.
    """
    with _marking(out) as marking:
        return _show(list(marking.log(student, question)) or ["No marks yet."])


@mark.command
def csv(file: Path, /, *, marker: Annotated[str, Word] = "", out: Path = Path("reports")) -> int:
    """Write a list of the answers that a person reads, or record the marks in it.

    Parameters
    ----------
    file
        A .csv. If it exists, its marks are recorded; otherwise it is written, with a row for each answer that a person
        reads.
    marker
        Your name; default: the name of your account.
    out
        The folder of the report.
    """
    with _marking(out) as marking:
        if not file.exists():
            return _show([f"Written: {file}, {marking.write_csv(file)} answers"])
        recorded = [marking.said(event) for event in marking.read_csv(file, marker or account())]
        return _show(recorded or ["Nothing new to record."])


@mark.command
def waive(
    student: str,
    days: int,
    comment: Annotated[str, Word] = "",
    /,
    *,
    marker: Annotated[str, Word] = "",
    out: Path = Path("reports"),
) -> int:
    """Waive late days of a student.

    Parameters
    ----------
    student
        The student's name as the report shows it.
    days
        The late days that do not count, or 0 to count them again.
    comment
        A sentence for the student.
    marker
        Your name; default: the name of your account.
    out
        The folder of the report.
    """
    from ..run.marks import WAIVED, Event, number

    exact = number(str(days))
    waived = Event(student, WAIVED, kind="waive", marker=marker or account(), points=exact, comment=comment)
    with _marking(out) as marking:
        return _show(marking.said(given) for given in marking.give([waived]))


@mark.command
def rubric(
    *,
    apply: Annotated[bool, Flag] = False,
    assignment: Path | None = None,
    marker: Annotated[str, Word] = "",
    out: Path = Path("reports"),
) -> int:
    """Show whose points a changed rubric would change, and change them.

    Parameters
    ----------
    apply
        Let all marks use the rubric as the assignment has it now.
    assignment
        The folder of the assignment; default: [tool.grader] in pyproject.toml names it.
    marker
        Your name; default: the name of your account.
    out
        The folder of the report.
    """
    from ..assignment import load
    from ..run.marking import apply_rubrics, changed_rubrics, told

    with _marking(out) as marking:
        changes = changed_rubrics(marking.book, load.load_assignment(assignment or load.default_folder()))
        lines = [line for change in changes for line in told(change)] or ["The rubrics are those that marks use."]
        apply_rubrics(marking.book, changes if apply else (), marker or account())
        lines += ["Applied." if apply else "To change these points, add --apply."] if changes else []
        return _show(lines)


@mark.command
def requests(file: Path, /, *, out: Path = Path("reports")) -> int:
    """Read requests of students to mark an answer again, and list those that nobody has answered.

    Parameters
    ----------
    file
        A .csv with the columns student, question, text.
    out
        The folder of the report.
    """
    from ..run.requests import requests as asked_for
    from ..run.requests import take_requests

    with _marking(out) as marking:
        take_requests(marking.book, marking.results, _text(file))
        waiting = [f"{r.student}, {r.question}: {r.words}" for r in asked_for(marking.book) if not r.done]
        return _show(waiting or ["No request waits."])


@contextlib.contextmanager
def _marking(out: Path) -> Iterator[Marking]:
    """The marks of a report; UsageError if there is none."""
    from ..run.gradebook import Gradebook
    from ..run.marking import Marking

    with Gradebook.of_report(out) as book:
        yield Marking(book)


def _show(lines: Iterable[str]) -> int:
    for line in lines:
        show(console(), line)
    return 0


def _text(file: Path) -> str:
    """The text of a file that a person names."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from error


def _same(out: Path, slug: str, question: str) -> list[str]:
    """The slugs of the other students whose answer says the same."""
    with needs_desk():
        from ..desk.classroom import Classroom

    room = Classroom(out)
    try:
        return list(room.same(slug, question))
    finally:
        room.book.close()
