"""grades.xlsx holds numbers, texts that are no formulas, and statistics that a spreadsheet computes."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest

from grader.exchange.grades_csv import Dialect, header
from grader.messages import Text
from grader.results import QuestionResult, Status, SubmissionResult, Verdict

from ...conftest import LIBREOFFICE
from .samples import HOSTILE
from .written import write_grades, write_workbook

IDS = ("1a", "grades")
FIRST = len(header(())) - 2  # the column of the first question


def student(name: str, points: float, grade: float, **more: object) -> SubmissionResult:
    questions = tuple(QuestionResult(id, Text(en=id), points, 2.0, verdict=Verdict.PASSED) for id in IDS)
    made = SubmissionResult(name, "t.ipynb", Status.GRADED, "t", "es", questions, 2 * points, 4.0, grade=grade)
    return replace(made, **more)  # type: ignore[arg-type]


CLASS = (
    student("Ana", 0.75, 4.05, id="0012"),
    student("=1+1", 1.25, 5.5, id="12.345.678-5", login="@SUM(A1)"),
    student("Eva", 0.0, 0.0, status=Status.ABSENT),
)


def test_numbers_are_numbers_and_texts_are_no_formulas(tmp_path: Path) -> None:
    """An id keeps its zeros, a formula stays text, and nothing stands where there is no grade."""
    write_workbook(tmp_path / "g.xlsx", CLASS, IDS)
    book = openpyxl.load_workbook(tmp_path / "g.xlsx")
    assert book.sheetnames == ["grades", "1a", "grades1", "statistics"]
    ana, formula, eva = list(book["grades"].iter_rows(min_row=2))
    assert [cell.value for cell in ana[FIRST:]] == [0.75, 0.75, 1.5, 4.05]
    assert [cell.value for cell in eva[FIRST:]] == [None] * 4
    assert (formula[0].value, formula[0].data_type) == ("=1+1", "s")
    assert (formula[4].value, formula[4].data_type) == ("@SUM(A1)", "s")
    assert [row[3].value for row in (ana, formula)] == ["0012", "12.345.678-5"]
    assert [cell.value for cell in next(book["1a"].iter_rows(min_row=2))][:4] == ["Ana", "0012", 0.75, 2.0]
    assert book["statistics"]["B3"].value == '=IFERROR(AVERAGE(grades!$N$2:$N$4),"")'


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_kept(tmp_path: Path, text: str) -> None:
    """Control characters, which a workbook cannot hold, are spelled out."""
    write_workbook(tmp_path / "g.xlsx", [student(text, 1.0, 4.0, login=text)], IDS)
    cell = openpyxl.load_workbook(tmp_path / "g.xlsx")["grades"]["A2"]
    assert cell.data_type in ("s", "inlineStr")


def opened(file: Path, locale: str, *options: str) -> dict[str, list[list[float | str]]]:
    """The cells of each sheet as LibreOffice has them in this locale: a number or a text."""
    profile = file.parent / f"profile-{locale}"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        '<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">'
        f"<value>{locale}</value></prop></item></oor:items>"
    )
    command = [str(LIBREOFFICE), "--headless", f"-env:UserInstallation={profile.as_uri()}", *options,
               "--convert-to", "fods", "--outdir", str(profile), str(file)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    office, table = ("urn:oasis:names:tc:opendocument:xmlns:" + name for name in ("office:1.0", "table:1.0"))
    root = ElementTree.parse(profile / f"{file.stem}.fods").getroot()
    sheets: dict[str, list[list[float | str]]] = {}
    for sheet in root.iter(f"{{{table}}}table"):
        rows = sheets.setdefault(sheet.attrib[f"{{{table}}}name"], [])
        for row in sheet.iter(f"{{{table}}}table-row"):
            cells: list[float | str] = []
            for cell in row:
                number = cell.get(f"{{{office}}}value")
                times = int(cell.get(f"{{{table}}}number-columns-repeated", "1"))
                cells += [float(number) if number else "".join(cell.itertext()).strip()] * min(times, 20)
            rows.append(cells)
    return sheets


def test_a_class_without_students_has_a_workbook(tmp_path: Path) -> None:
    """The titles and the statistics are there."""
    write_workbook(tmp_path / "g.xlsx", [], IDS)
    book = openpyxl.load_workbook(tmp_path / "g.xlsx")
    assert [row[0].value for row in book["grades"].iter_rows()] == ["student"]
    assert book["statistics"]["A2"].value == "students"


CSV = "--infilter=Text - txt - csv (StarCalc):{},34,76,1"  # delimiter, quotes, UTF-8, from line 1


@pytest.mark.calc  # LibreOffice starts twice or three times, two seconds each
@pytest.mark.parametrize(("locale", "dialect", "sign"), [("es-CL", "comma", 59), ("en-US", "point", 44)])
def test_libreoffice_reads_numbers(tmp_path: Path, locale: str, dialect: Dialect, sign: int) -> None:
    """In both files, in a locale with decimal commas and in one with dots; the statistics are computed."""
    write_workbook(tmp_path / "g.xlsx", CLASS, IDS)
    book = opened(tmp_path / "g.xlsx", locale)
    write_grades(tmp_path / "t.csv", CLASS, IDS, dialect)
    (rows,) = opened(tmp_path / "t.csv", locale, CSV.format(sign)).values()
    for found in (book["grades"], rows):
        assert [row[FIRST : FIRST + 4] for row in found[1:3]] == [[0.75, 0.75, 1.5, 4.05], [1.25, 1.25, 2.5, 5.5]]
    assert book["grades"][1][3] == "0012"
    assert book["grades"][2][0] == "=1+1"
    statistics = {row[0]: row[1:5] for row in book["statistics"]}
    assert statistics["mean"] == [1.0, 1.0, 2.0, 4.775]
    assert statistics["students"] == [2.0] * 4
    if dialect == "comma":  # the other dialect would be text here
        write_grades(tmp_path / "p.csv", CLASS, IDS, "point")
        (other,) = opened(tmp_path / "p.csv", locale, CSV.format(44)).values()
        assert other[1][FIRST : FIRST + 4] == ["0.75", "0.75", "1.5", "4.05"]
