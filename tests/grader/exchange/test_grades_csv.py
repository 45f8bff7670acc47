"""grades.csv is read back as a spreadsheet would read it."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from grader.exchange.grades_csv import ATTEMPT, LATE, PEOPLE, csv_number, harmless
from grader.results import QuestionResult, Status, SubmissionResult, Text, Verdict

from .written import write_grades


def question(
    id: str, points: float, awarded: float | None = None, verdict: Verdict = Verdict.PASSED
) -> QuestionResult:
    return QuestionResult(id, Text(en=id), points, 1.0, awarded=awarded, verdict=verdict)


def result(student: str, *questions: QuestionResult, status: Status = Status.GRADED) -> SubmissionResult:
    total = sum(q.points + (q.awarded or 0) for q in questions)
    return SubmissionResult(student, f"{student}.ipynb", status, "t", "es", questions, total, grade=5.5)


def rows(path: Path, *results: SubmissionResult, ids: tuple[str, ...] = ("0", "1a", "1b")) -> list[list[str]]:
    write_grades(path / "grades.csv", results, ids)
    with (path / "grades.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_one_row_per_student_one_column_per_question(tmp_path: Path) -> None:
    """The columns are in the given order; a person's points count; an unanswered question has 0."""
    missing = question("1b", 0.0, verdict=Verdict.MISSING)
    header, ana = rows(
        tmp_path, result("Ana", missing, question("0", 0.0), question("1a", 0.5, awarded=0.25))
    )
    assert header == ["student", "file", "status", *PEOPLE, *ATTEMPT, *LATE, "0", "1a", "1b", "total", "grade"]
    assert ana == ["Ana", "Ana.ipynb", "graded", *[""] * 10, "0", "0.75", "0", "0.75", "5.5"]


def test_who_and_when(tmp_path: Path) -> None:
    """The file says who the student is, which attempt counts, when it came, and whether it was late."""
    known = {"id": "1", "login": "a", "email": "=a@x.org", "section": "S", "group": "G"}
    late = replace(result("A"), attempt=2, submitted="2026-03-01T10:00:00", late=True, **known)
    _, first, second, absent = rows(
        tmp_path, late, replace(late, late=False), result("B", status=Status.ABSENT), ids=()
    )
    assert first[3:11] == ["1", "a", "'=a@x.org", "S", "G", "2", "2026-03-01T10:00:00", "yes"]
    assert second[10] == "no"
    assert absent[2:] == ["absent", *[""] * 12]


def test_what_was_not_judged_is_empty(tmp_path: Path) -> None:
    """Unreadable submissions and questions that were left out have no points; after a fault there is no total."""
    fault = question("1a", 0.0, verdict=Verdict.GRADER_FAULT)
    _, unreadable, asked, faulty = rows(
        tmp_path,
        result("A", question("1a", 1.0), status=Status.UNREADABLE),
        result("B", question("1a", 1.0)),
        result("C", fault, question("1b", 1.0), status=Status.GRADER_FAULT),
    )
    assert unreadable[2:] == ["unreadable", *[""] * 15]
    assert asked[2:] == ["graded", *[""] * 10, "", "1", "", "1", "5.5"]
    assert faulty[2:] == ["grader_fault", *[""] * 10, "", "", "1", "", ""]


def test_decimal_commas(tmp_path: Path) -> None:
    """Where the comma is the decimal sign, semicolons separate the cells; names and ids keep their dots."""
    ana = replace(result("A. Rojas", question("1a", 0.75)), id="12.345", total=0.75)
    write_grades(tmp_path / "g.csv", [ana], ["1a"], "comma")
    head, row = (tmp_path / "g.csv").read_bytes().decode("utf-8").splitlines()
    assert head.startswith("\ufeffstudent;file;status")
    assert row == "A. Rojas;A. Rojas.ipynb;graded;12.345;;;;;;;;;;0,75;0,75;5,5"


def test_the_file_is_plain_utf8(tmp_path: Path) -> None:
    """The file has no byte order mark, line feeds, and quotes only if they are needed."""
    rows(tmp_path, result('Pérez, "Jo"'), ids=())
    data = (tmp_path / "grades.csv").read_bytes()
    row = '"Pérez, ""Jo""","Pérez, ""Jo"".ipynb",graded,,,,,,,,,,,0,5.5'
    header = "student,file,status,id,login,email,section,group,attempt,submitted,late,late_days,deducted,total,grade"
    assert data == f"{header}\n{row}\n".encode()


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@A1", " =1", "\t1", "\r1", "\n1", "＝1", "＋1", "－1", "＠x", "\u200b=1", "\xa0@x"],
)
def test_formulas_are_neutralised(text: str) -> None:
    """Every text that a spreadsheet might compute begins with an apostrophe."""
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Ana", "a=b", "O'Higgins", "", "año -1", "'=1"])
def test_other_text_is_left_alone(text: str) -> None:
    """A sign inside a name is not a formula."""
    assert harmless(text) == text


def test_names_in_the_file_are_neutralised(tmp_path: Path) -> None:
    """Both text columns that come from students are made harmless."""
    _, row = rows(tmp_path, result("=HYPERLINK(1)"), ids=())
    assert row[:2] == ["'=HYPERLINK(1)", "'=HYPERLINK(1).ipynb"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.75, "0.75"),
        (2.0, "2"),
        (1.25, "1.25"),
        (0.1 + 0.2, "0.3"),
        (-1e-9, "0"),
        (10.0, "10"),
        (1 / 3, "0.3333"),
        (0, "0"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    """Points have a dot and no trailing zeros."""
    assert csv_number(value) == text
