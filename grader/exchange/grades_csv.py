"""grades.csv: one row per student, one column per question."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ..files import write_atomically
from ..results import QuestionResult, Status, SubmissionResult, Verdict

# The beginnings that a spreadsheet reads as a formula (OWASP, "CSV Injection"), with full-width twins. Tab, CR and LF
# suffice by themselves; spaces and invisible characters before a sign may be dropped on the way.
FORMULA = re.compile(r"[\t\r\n]|[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*[=+\-@＝＋－＠]")

# Columns about the student, with the names of the result's fields, and about the attempt that counts.
PEOPLE = ("id", "login", "email", "section", "group")
ATTEMPT = ("attempt", "submitted", "late")
LATE = ("late_days", "deducted")  # days after the deadline, points that they took off the total

Dialect = Literal["point", "comma"]  # the decimal sign


class GradesCsv:
    """The rows of grades.csv as they come in.

    The dialect "point" has points with a dot and commas between cells. "comma" has decimal commas, semicolons and a
    byte order mark, as spreadsheets read it where the comma is the decimal sign.
    """

    def __init__(self, question_ids: Sequence[str], dialect: Dialect = "point") -> None:
        self._comma = dialect == "comma"
        self._ids = question_ids
        self._text = io.StringIO("\ufeff" if self._comma else "", newline="")
        self._text.seek(0, io.SEEK_END)
        self._writer = csv.writer(self._text, lineterminator="\n", delimiter=";" if self._comma else ",")
        self._writer.writerow(header(question_ids))

    def add(self, result: SubmissionResult) -> None:
        """Add a student: who they are, the attempt, `<question ids>,total,grade`."""
        sign = "," if self._comma else "."
        cells = row(result, self._ids)
        self._writer.writerow([harmless(v) if isinstance(v, str) else _number(v, sign) for v in cells])

    def write(self, path: Path) -> None:
        """Write the file, in UTF-8."""
        write_atomically(path, self._text.getvalue())


def header(question_ids: Sequence[str]) -> list[str]:
    """The titles of the columns."""
    return ["student", "file", "status", *PEOPLE, *ATTEMPT, *LATE, *question_ids, "total", "grade"]


def row(result: SubmissionResult, question_ids: Sequence[str]) -> list[str | float | None]:
    """The cells of a student.

    `submitted` is ISO 8601; `late` is yes, no, or empty where the platform does not say. None stands for what was not
    judged: in an unreadable submission, for an absent student, and for a question that was not chosen or that a fault
    of the grader spoilt. Such a fault also empties total and grade, which would be too low.
    """
    read = result.status not in (Status.UNREADABLE, Status.ABSENT)
    questions = {q.id: q for q in result.questions} if read else {}
    whole = result.status is Status.GRADED
    return [
        result.student,
        result.file,
        result.status.value,
        *(getattr(result, column) for column in PEOPLE),
        result.attempt or None,
        result.submitted,
        {True: "yes", False: "no", None: ""}[result.late],
        result.late_days,
        result.deducted if result.late_days is not None else None,
        *(_earned(questions.get(id)) for id in question_ids),
        result.total if whole else None,
        result.grade if whole else None,
    ]


def harmless(text: str) -> str:
    """The text as a cell that a spreadsheet does not take for a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def csv_number(value: float) -> str:
    """The number with at most four decimals and no more than needed: 0.75, 2, 1.25."""
    # Adding 0.0 turns the -0.0 of a rounded tiny negative into 0.0.
    return f"{round(value, 4) + 0.0:.4f}".rstrip("0").rstrip(".")


def _number(value: float | None, sign: str) -> str:
    return "" if value is None else csv_number(value).replace(".", sign)


def _earned(question: QuestionResult | None) -> float | None:
    if question is None or question.verdict is Verdict.GRADER_FAULT:
        return None
    return question.points + (question.awarded or 0.0)
