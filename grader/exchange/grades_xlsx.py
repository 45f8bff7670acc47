"""grades.xlsx: the rows of grades.csv as numbers and texts, a sheet per question, and statistics as formulas."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ..errors import UsageError
from ..files import write_atomically
from ..report.visible import visible
from ..results import QuestionResult, Status, SubmissionResult, Verdict
from .grades_csv import header, row

# Columns of a question's sheet.
QUESTION = ("student", "id", "points", "possible", "by a person", "possible by a person", "verdict", "comment")
# Each row of the statistics: its name, and a formula over the cells of a column; empty where nothing is a number.
STATISTICS = (
    ("students", "COUNT({})"),
    ("mean", "AVERAGE({})"),
    ("standard deviation", "STDEV({})"),
    ("lowest", "MIN({})"),
    ("first quartile", "QUARTILE({},1)"),
    ("median", "MEDIAN({})"),
    ("third quartile", "QUARTILE({},3)"),
    ("highest", "MAX({})"),
)


class Rows(msgspec.Struct, frozen=True):
    """The rows of a student: that of grades.csv, and those of the questions, by id."""

    grades: list[str | int | float | None]
    questions: list[tuple[str, list[str | int | float | None]]]


def rows(result: SubmissionResult, question_ids: Sequence[str]) -> Rows:
    """The rows of a result on the sheets of these questions."""
    shown = [q for q in result.questions if q.id in question_ids and result.status is not Status.UNREADABLE]
    return Rows([*row(result, question_ids)], [(q.id, _question(result, q)) for q in shown])


class Workbook:
    """The sheets as they fill. Points and grades are numbers, everything else is text and never a formula."""

    def __init__(self, question_ids: Sequence[str]) -> None:
        import openpyxl

        self._ids = question_ids
        self._book = openpyxl.Workbook(write_only=True)
        self._rows = 0
        self._grades = self._sheet("grades", header(question_ids))
        self._questions = {id: self._sheet(id, QUESTION) for id in question_ids}

    def add(self, student: Rows) -> None:
        """Add a student to all sheets. Raises UsageError when the disk is full."""
        with with_room():
            self._rows += 1
            self._grades.append(self._cells(self._grades, student.grades))
            for id, values in student.questions:
                self._questions[id].append(self._cells(self._questions[id], values))

    def write(self, path: Path) -> None:
        """Add the statistics and write the file. Raises UsageError when the disk is full."""
        from openpyxl.utils import get_column_letter
        from openpyxl.writer.excel import ExcelWriter

        titles, columns = header(self._ids), [*self._ids, "total", "grade"]
        letters = [get_column_letter(titles.index(column, len(titles) - len(columns)) + 1) for column in columns]
        cells = [f"grades!${letter}$2:${letter}${self._rows + 1}" for letter in letters]
        measures = [
            [name, *(f'=IFERROR({formula.format(c)},"")' for c in cells), formula.format("column")]
            for name, formula in STATISTICS
        ]
        stream = io.BytesIO()
        with with_room():
            statistics = self._sheet("statistics", ["", *columns, "formula"])
            for measure in measures:
                statistics.append(measure)
            ExcelWriter(self._book, _Archive(stream, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False)).save()
        write_atomically(path, stream.getvalue())

    def _sheet(self, title: str, titles: Sequence[str]) -> Any:
        """A sheet whose first row and column stay in sight."""
        made = self._book.create_sheet(title)
        made.freeze_panes = "B2"
        made.column_dimensions["A"].width = 28
        with with_room():
            made.append(self._cells(made, titles))
        return made

    def _cells(self, sheet: Any, values: Iterable[Any]) -> list[Any]:
        return [_text(sheet, value) if isinstance(value, str) else value for value in values]


def _text(sheet: Any, value: str) -> Any:
    """A cell with a text; openpyxl would take "=1+1" for a formula."""
    from openpyxl.cell import WriteOnlyCell

    shown = visible(value)
    if not shown.startswith("="):
        return shown
    cell = WriteOnlyCell(sheet, shown)
    cell.data_type = "s"
    return cell


@contextlib.contextmanager
def with_room() -> Iterator[None]:
    """Raise UsageError if the disk has no room for the rows, which are collected in temporary files."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"cannot write grades.xlsx ({error.strerror}): make room on the disk") from error


class _Archive(zipfile.ZipFile):
    """A .zip file whose members have the first time that the format knows: a clock before 1980 would be refused."""

    def writestr(
        self, zinfo_or_arcname: Any, data: Any, compress_type: int | None = None, compresslevel: int | None = None
    ) -> None:
        super().writestr(zipfile.ZipInfo(str(zinfo_or_arcname)), data, zipfile.ZIP_DEFLATED)


def _question(result: SubmissionResult, q: QuestionResult) -> list[str | int | float | None]:
    points = None if q.verdict is Verdict.GRADER_FAULT else q.points
    return [result.student, result.id, points, q.possible, q.awarded, q.reviewed, q.verdict.value, q.comment]
