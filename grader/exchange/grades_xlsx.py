"""grades.xlsx: the rows of grades.csv as numbers and texts, a sheet per question, and statistics as formulas."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..files import write_atomically
from ..report.visible import visible
from ..results import Status, SubmissionResult, Verdict
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


def write_workbook(path: Path, results: Sequence[SubmissionResult], question_ids: Sequence[str]) -> None:
    """Write the workbook. Points and grades are numbers, everything else is text and never a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter
    from openpyxl.writer.excel import ExcelWriter

    book = Workbook(write_only=True)

    def sheet(title: str, rows: Iterable[Sequence[Any]], *, formulas: bool = False) -> None:
        """A sheet whose first row and column stay in sight."""
        made = book.create_sheet(title)
        made.freeze_panes = "B2"
        made.column_dimensions["A"].width = 28
        for values in rows:
            cells = []
            for value in values:
                text = isinstance(value, str)
                cell = WriteOnlyCell(made, visible(value) if text and not formulas else value)
                if text and not formulas:
                    cell.data_type = "s"  # openpyxl takes "=1+1" for a formula
                cells.append(cell)
            made.append(cells)

    titles = header(question_ids)
    try:
        sheet("grades", [titles, *(row(result, question_ids) for result in results)])
        for id in question_ids:
            sheet(id, [QUESTION, *_question(results, id)])
        columns = [*question_ids, "total", "grade"]
        letters = [get_column_letter(titles.index(column, len(titles) - len(columns)) + 1) for column in columns]
        cells = [f"grades!${letter}$2:${letter}${len(results) + 1}" for letter in letters]
        measures = [
            [name, *(f'=IFERROR({formula.format(c)},"")' for c in cells), formula.format("column")]
            for name, formula in STATISTICS
        ]
        sheet("statistics", [["", *columns, "formula"], *measures], formulas=True)
        stream = io.BytesIO()
        ExcelWriter(book, _Archive(stream, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False)).save()
    except OSError as error:  # openpyxl collects the sheets in temporary files
        raise UsageError(f"cannot write {path} ({error.strerror}): make room on the disk") from error
    write_atomically(path, stream.getvalue())


class _Archive(zipfile.ZipFile):
    """A .zip file whose members have the first time that the format knows: a clock before 1980 would be refused."""

    def writestr(
        self, zinfo_or_arcname: Any, data: Any, compress_type: int | None = None, compresslevel: int | None = None
    ) -> None:
        super().writestr(zipfile.ZipInfo(str(zinfo_or_arcname)), data, zipfile.ZIP_DEFLATED)


def _question(results: Sequence[SubmissionResult], id: str) -> Iterable[list[Any]]:
    for result in results:
        question = next((q for q in result.questions if q.id == id), None)
        if question is not None and result.status is not Status.UNREADABLE:
            points = None if question.verdict is Verdict.GRADER_FAULT else question.points
            possible = [question.possible, question.awarded, question.reviewed]
            yield [result.student, result.id, points, *possible, question.verdict.value, question.comment]
