"""grades.csv: one row per student, one column per question."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..files import write_atomically
from ..results import QuestionResult, Status, SubmissionResult, Verdict

# The beginnings that a spreadsheet reads as a formula (OWASP, "CSV Injection"), with full-width twins. Tab, CR and LF
# suffice by themselves; spaces and invisible characters before a sign may be dropped on the way.
FORMULA = re.compile(r"[\t\r\n]|[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*[=+\-@＝＋－＠]")

# Columns about the student, with the names of the result's fields, and about the attempt that counts.
PEOPLE = ("id", "login", "email", "section", "group")
ATTEMPT = ("attempt", "submitted", "late")


def write_grades(path: Path, results: Iterable[SubmissionResult], question_ids: Sequence[str]) -> None:
    """Write the student, who they are, the attempt, `<question ids>,total,grade`; UTF-8, points with a dot.

    `submitted` is ISO 8601; `late` is yes, no, or empty where the platform does not say. A cell is empty if nothing was
    judged: in an unreadable submission, for an absent student, and for a question that was not chosen or that a fault
    of the grader spoilt. Such a fault also empties total and grade, which would be too low.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["student", "file", "status", *PEOPLE, *ATTEMPT, *question_ids, "total", "grade"])
    for result in results:
        read = result.status not in (Status.UNREADABLE, Status.ABSENT)
        questions = {q.id: q for q in result.questions} if read else {}
        whole = result.status is Status.GRADED
        writer.writerow(
            [
                harmless(result.student),
                harmless(result.file),
                result.status.value,
                *(harmless(getattr(result, column)) for column in PEOPLE),
                str(result.attempt or ""),
                result.submitted,
                {True: "yes", False: "no", None: ""}[result.late],
                *(_earned(questions.get(id)) for id in question_ids),
                csv_number(result.total) if whole else "",
                csv_number(result.grade) if whole and result.grade is not None else "",
            ]
        )
    write_atomically(path, text.getvalue())


def harmless(text: str) -> str:
    """The text as a cell that a spreadsheet does not take for a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def csv_number(value: float) -> str:
    """The number with at most four decimals and no more than needed: 0.75, 2, 1.25."""
    # Adding 0.0 turns the -0.0 of a rounded tiny negative into 0.0.
    return f"{round(value, 4) + 0.0:.4f}".rstrip("0").rstrip(".")


def _earned(question: QuestionResult | None) -> str:
    if question is None or question.verdict is Verdict.GRADER_FAULT:
        return ""
    return csv_number(question.points + (question.awarded or 0.0))
