"""grades.csv and grades.xlsx, written from all results at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from grader.exchange.grades_csv import Dialect, GradesCsv
from grader.exchange.grades_xlsx import Workbook, rows
from grader.results import SubmissionResult


def write_grades(
    path: Path, results: Iterable[SubmissionResult], question_ids: Sequence[str], dialect: Dialect = "point"
) -> None:
    table = GradesCsv(question_ids, dialect)
    for result in results:
        table.add(result)
    table.write(path)


def write_workbook(path: Path, results: Iterable[SubmissionResult], question_ids: Sequence[str]) -> None:
    book = Workbook(question_ids)
    for result in results:
        book.add(rows(result, question_ids))
    book.write(path)
