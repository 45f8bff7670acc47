"""`grade mark`: record the points that a person gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from ..console import account, console, show
from ..errors import UsageError
from .desk import needs_desk
from .options import Flag, Word, ids


def mark(
    student: Annotated[str, Word] = "",
    question: Annotated[str, Word] = "",
    points: Annotated[str, Word] = "",
    comment: Annotated[str, Word] = "",
    /,
    *,
    items: Annotated[str, Word] = "",
    checks: Annotated[bool, Flag] = False,
    alone: Annotated[bool, Flag] = False,
    waive_late: int | None = None,
    second_look: Annotated[bool, Flag] = False,
    settles: Annotated[bool, Flag] = False,
    together: Annotated[bool, Flag] = False,
    undo: Annotated[bool, Flag] = False,
    requests: Path | None = None,
    marker: Annotated[str, Word] = "",
    csv: Path | None = None,
    log: Annotated[bool, Flag] = False,
    rubric: Annotated[bool, Flag] = False,
    apply: Annotated[bool, Flag] = False,
    assignment: Path | None = None,
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
    waive_late
        Late days of the student that do not count: --waive-late 2, or 0 to count them again. The word after STUDENT is
        then a comment, which the student reads.
    second_look
        Ask for a second look at this answer.
    settles
        End a difference between two markers with this mark.
    together
        Also mark the other answers that say the same; one --undo withdraws them all. It needs the extra `desk`.
    undo
        Withdraw your last mark, or the last one of STUDENT and QUESTION, for all answers that it marked.
    requests
        A .csv with requests of students to mark an answer again (columns student, question, text): list those that
        nobody has answered.
    marker
        Your name; default: the name of your account.
    csv
        A file of marks. If it exists, its marks are recorded; otherwise it is written, with a row for each answer
        that a person reads.
    log
        Show the history instead, of all marks or those of a student and question.
    rubric
        Show whose points a changed rubric would change; with --apply, change them.
    apply
        Let all marks use the rubric as the assignment has it now.
    assignment
        The folder of the assignment, for --rubric; default: [tool.grader] in pyproject.toml names it.
    out
        The folder of the report.
    """
    from ..run.gradebook import Gradebook
    from ..run.marking import Marking, apply_rubrics, changed_rubrics, told
    from ..run.marks import WAIVED, Event, number
    from ..run.requests import requests as asked_for
    from ..run.requests import take_requests

    marker = marker or account()
    with Gradebook.of_report(out) as book:
        marking = Marking(book)
        if csv is not None and csv.exists():
            lines = [marking.said(event) for event in marking.read_csv(csv, marker)] or ["Nothing new to record."]
        elif csv is not None:
            lines = [f"Written: {csv}, {marking.write_csv(csv)} answers"]
        elif requests is not None:
            take_requests(book, marking.results, _text(requests))
            lines = [f"{r.student}, {r.question}: {r.words}" for r in asked_for(book) if not r.done]
            lines = lines or ["No request waits."]
        elif undo:
            lines = [marking.said(event) for event in marking.undo(marker, student, question)]
        elif log:
            lines = list(marking.log(student, question)) or ["No marks yet."]
        elif rubric:
            from ..assignment import load

            changes = changed_rubrics(book, load.load_assignment(assignment or load.default_folder()))
            lines = [line for change in changes for line in told(change)] or ["The rubrics are those that marks use."]
            apply_rubrics(book, changes if apply else (), marker)
            lines += ["Applied." if apply else "To change these points, add --apply."] if changes else []
        elif waive_late is not None:
            if not student:
                raise UsageError("STUDENT is missing; see grade mark --help")
            days = number(str(waive_late))
            waived = Event(student, WAIVED, kind="waive", marker=marker, points=days, comment=question)
            lines = [marking.said(given) for given in marking.give([waived])]
        else:
            for word, given in (("STUDENT", student), ("QUESTION", question), ("POINTS", points or items or checks)):
                if not given:
                    raise UsageError(f"{word} is missing; see grade mark --help")
            kind: Literal["mark", "checks"] = "checks" if checks else "mark"
            exact = number(points) if points else None
            event = Event(student, question, kind=kind, marker=marker, items=ids(items), points=exact, comment=comment,
                          second_look=second_look, settles=settles, alone=alone)  # fmt: skip
            same = _same(out, marking.student(student).slug, question) if together else []
            events = [event, *(replace(event, student=other) for other in same)]
            lines = [marking.said(given) for given in marking.give(events)]
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
