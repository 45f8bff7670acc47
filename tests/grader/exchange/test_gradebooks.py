"""Grades go into the gradebooks that platforms export, into the right rows, and nothing else changes."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.exchange.gradebooks import Filled, Graded, fill
from grader.exchange.table import Table
from grader.intake.roster import read_roster
from grader.results import Status, SubmissionResult

CANVAS = (
    b"Student,ID,SIS User ID,SIS Login ID,Section,Tarea 1 (4710),Tarea 2 (4711),Final Score\r\n"
    b"    Points Possible,,,,,10.00,10.00,(read only)\r\n"
    b",,,,,Manual Posting,,\r\n"
    b'"Lovelace, Ada",981,s1001,ada,CS1,9.50,,95.0\r\n'
    b'"P\xc3\xa9rez, Jos\xc3\xa9",982,s1002,jose,CS1,,EX,\r\n'
    b'"Hopper, Grace",983,s1003,grace,CS1,,3.00,\r\n'
    b'"Student, Test",999,,test,CS1,,,\r\n'
)
MOODLE = (
    "Identificador,\"Nombre completo\",\"Dirección de correo\",Estado,Calificación,\"Calificación máxima\","
    "\"La calificación puede ser cambiada\",\"Última modificación (entrega)\",\"Última modificación (calificación)\","
    "\"Comentarios de retroalimentación\"\n"
    "\"Participante 657737\",\"Ada Lovelace\",ada@x.cl,\"Enviado\",,\"10,00\",Sí,\"domingo, 1 de marzo\",-,\n"
    "\"Participante 657738\",\"José Pérez\",jose@x.cl,\"Enviado\",\"5,00\",\"10,00\",No,\"domingo, 1 de marzo\",-,\n"
).encode()  # fmt: skip
BRIGHTSPACE = (
    b"\xef\xbb\xbfOrgDefinedId,Username,Last Name,First Name,Tarea 2 Points Grade <Numeric MaxPoints:10 Weight:10>,"
    b"End-of-Line Indicator\r\n#1001,#ada,Lovelace,Ada,,#\r\n#1002,#jose,P\xc3\xa9rez,Jos\xc3\xa9,,#\r\n"
)
BLACKBOARD = codecs.BOM_UTF16_LE + (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\t"Availability"\t'
    '"Weighted Total [Total Pts: up to 10 Percentage] |1"\t"Tarea 2 [Total Pts: 10 Score] |77"\n'
    '"Lovelace"\t"Ada"\t"ada"\t"1001"\t""\t"Yes"\t""\t""\n'
    '"Pérez"\t"José"\t"jose"\t"1002"\t""\t"Yes"\t""\t""\n'
).encode("utf-16-le")


def graded(student: str, value: float | None, comment: str = "", **who: str) -> Graded:
    slug = f"{student}-{who.get('id', '')}".replace(" ", "_")
    result = SubmissionResult(student, "t.ipynb", Status.GRADED, "tarea2", "es", slug=slug)
    return Graded(replace(result, **who), value, comment)  # type: ignore[arg-type]


ADA = graded("lovelaceada", 8.75, id="981", login="ada")
JOSE = graded("José Pérez", 6.0)


def filled(platform: str, data: bytes, *grades: Graded, column: str = "", top: float = 10) -> Filled:
    return fill(platform, Table(data, "g.csv"), grades, column=column, titles={"Tarea 2"}, top=top)


def test_canvas_fills_one_column() -> None:
    """By Canvas's number and by name; the points possible, the read-only column and the test student stay."""
    done = filled("canvas", CANVAS, ADA, graded("Grace Hopper", 2.5))
    expected = CANVAS.replace(b"CS1,9.50,,95.0", b"CS1,9.50,8.75,95.0").replace(b"CS1,,3.00,", b"CS1,,2.5,")
    assert done.data == expected
    assert (done.column, done.count) == ("Tarea 2 (4711)", 2)
    assert done.sentences == (
        "1 had another grade in g.csv: Grace Hopper (3.00 before, 2.5 now)",
        "1 in g.csv have no result here, and stay as they are: José Pérez",
    )


@pytest.mark.parametrize(
    ("platform", "data", "before", "after"),
    [
        ("canvas", CANVAS.replace(b",", b";").replace(b"e; ", b"e, ").replace(b"z; J", b"z, J")
         .replace(b"r; G", b"r, G").replace(b"t; T", b"t, T").replace(b".", b","), b"9,50;;95", b"9,50;8,75;95"),
        ("moodle", MOODLE, b'Enviado",,"10', b'Enviado","8,75","10'),
        ("brightspace", BRIGHTSPACE, b"Ada,,#", b"Ada,8.75,#"),
        ("blackboard", BLACKBOARD, '\t""\t""\n"P'.encode("utf-16-le"), '\t""\t"8.75"\n"P'.encode("utf-16-le")),
    ],
    ids=["canvas with semicolons and commas", "moodle in Spanish", "brightspace", "blackboard"],
)  # fmt: skip
def test_every_platforms_gradebook_comes_back_with_one_cell_changed(
    platform: str, data: bytes, before: bytes, after: bytes
) -> None:
    """Byte order marks, quotes, ends of lines, UTF-16 and decimal signs are those of the export."""
    ada = graded("Ada Lovelace", 8.75, id="1001", login="ada")
    done = filled(platform, data, ada)
    assert data.count(before) == 1
    assert done.data == data.replace(before, after)
    # A second export fills in nothing new.
    assert filled(platform, done.data, ada).data == done.data


@pytest.mark.parametrize(("platform", "data"), [("canvas", CANVAS), ("moodle", MOODLE), ("brightspace", BRIGHTSPACE),
                                                ("blackboard", BLACKBOARD)])  # fmt: skip
def test_a_gradebook_is_the_roster_and_comes_back(tmp_path: Path, platform: str, data: bytes) -> None:
    """Their export, read as our roster, and our export differ in the filled column only."""
    (tmp_path / "g.csv").write_bytes(data)
    people = [row.person for row in read_roster(tmp_path / "g.csv").rows]
    grades = [graded(p.name, i + 0.25, id=p.id, login=p.login, email=p.email) for i, p in enumerate(people)]
    done = filled(platform, data, *grades)
    before, after = Table(data, "g.csv"), Table(done.data, "g.csv")
    column = before.values[0].index(done.column)
    cells = [(row, i) for row, (a, b) in enumerate(zip(before.values, after.values, strict=True))
             for i in range(len(a)) if a[i] != b[i]]  # fmt: skip
    assert {i for _, i in cells} == {column}
    assert len(cells) == done.count >= 1
    for row, i in cells:
        after.set(row, i, before.value(row, i))
    again = Table(after.to_bytes(), "g.csv")
    assert again.values == before.values
    # Quotes around a grade are kept or added, and nothing else.
    assert again.to_bytes().replace(b'""', b"") == data.replace(b'""', b"")


QUOTING = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
FORMS = list(itertools.product(",;\t", ("\n", "\r\n"), ("utf-8", "utf-8-sig", "utf-16"), QUOTING))


@pytest.mark.parametrize(("platform", "data", "column"), [
    ("canvas", CANVAS, 6), ("moodle", MOODLE, 4), ("brightspace", BRIGHTSPACE, 4), ("blackboard", BLACKBOARD, 7),
])  # fmt: skip
def test_any_form_comes_back_with_the_filled_column_alone(platform: str, data: bytes, column: int) -> None:
    """Delimiters, ends of lines, encodings, quotes, and line breaks and quotes within cells stay as they are."""
    rows = Table(data, "g.csv").values
    ada = next(i for i, row in enumerate(rows) if "Ada" in " ".join(row[:4]))
    rows.append([cell and f'{cell.replace("Ada", "Li")}, "x"\ny' for cell in rows[ada][:4]] + rows[ada][4:])
    for delimiter, end, encoding, quoting in FORMS:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
        given = text.getvalue().encode(encoding)
        done = filled(platform, given, graded("Ada Lovelace", 8.0)).data
        expected = [list(row) for row in rows]
        expected[ada][column] = "8"
        found = csv.reader(io.StringIO(done.decode(encoding), newline=""), delimiter=delimiter)
        assert list(found) == expected, (delimiter, end, encoding, quoting)
        assert filled(platform, done).data == done


def test_cells_that_may_not_change_stay() -> None:
    """Canvas's EX and N/A, and grades that Moodle does not let change."""
    excused, fixed = filled("canvas", CANVAS, JOSE), filled("moodle", MOODLE, JOSE)
    assert (excused.data, fixed.data) == (CANVAS, MOODLE)
    assert "left as they are: José Pérez (excused)" in excused.sentences
    assert "left as they are: José Pérez (the platform says that the grade cannot be changed)" in fixed.sentences


def test_comments_go_to_moodles_column() -> None:
    """Moodle takes it for HTML, so that a student's text is escaped; in quotes where the text needs them."""
    done = filled("moodle", MOODLE, graded("Ada Lovelace", 8.0, "8 de 10\n1a: <b>, bien"))
    expected = MOODLE.replace(b'Enviado",,', b'Enviado",8,')
    assert done.data == expected.replace(b'-,\n"P', b'-,"8 de 10<br>1a: &lt;b&gt;, bien"\n"P')


def test_nobody_without_a_grade_is_touched() -> None:
    """A missing grade leaves the cell as it is."""
    assert filled("canvas", CANVAS, graded("Grace Hopper", None)).data == CANVAS


TWINS = b"Student,ID,Section,Tarea 2 (1)\n" + b'"Rojas, Ana",1,A,\n"Rojas, Ana",2,B,\n"Soto, Eva Maria",3,A,\n'


@pytest.mark.parametrize(
    ("grades", "sentence"),
    [
        ([graded("Ana Rojas", 1.0)], "Ana Rojas is not clear: the rows 2 and 3 of g.csv fit; none was changed"),
        ([graded("Eva Soto", 1.0)],
         "Eva Soto is not in g.csv by name, number, login or address; Eva Maria Soto is similar"),
        ([graded("X Y", 1.0)], "X Y is not in g.csv by name, number, login or address"),
        ([graded("Eva Maria Soto", 1.0), graded("Soto Eva Maria", 2.0, id="x")],
         "Eva Maria Soto and Soto Eva Maria are the same row of g.csv, row 4; it was not changed"),
    ],
    ids=["two rows", "a similar name", "nobody", "two students"],
)  # fmt: skip
def test_a_student_who_is_not_clear_is_a_sentence(grades: list[Graded], sentence: str) -> None:
    """No grade goes to a row that is only likely."""
    done = filled("canvas", TWINS, *grades)
    assert done.data == TWINS
    assert sentence in done.sentences


@pytest.mark.parametrize(
    ("platform", "data", "grade", "after"),
    [
        ("canvas", 'LastName,FirstName,ID,Section,"T2, ""B"" (7)"\nLovelace,Ada,981,A and B,\n', ADA, "A and B,8.75\n"),
        ("canvas", "Student,ID,SIS Login ID,Section,Tarea 2 (7)\nA. Ada,5,ada@x.cl,A,\n", ADA, "ada@x.cl,A,8.75\n"),
        ("moodle", 'Identifier,Status,Grade\n\n"Participant 12",x,\n', graded("Participant", 3.5, id="12"), "x,3.5\n"),
        ("moodle", 'Identifiant,"Nom complet",Note,"Note maximale"\n"Participant 12","Ada Lovelace",-,"20,00"\n',
         graded("Ada Lovelace", 3.5, id="12"), '"Ada Lovelace","3,5","20,00"\n'),
        ("brightspace", "Username,Tarea 2 Points Grade,End-of-Line Indicator\n#ada,,#\n", ADA, "#ada,8.75,#\n"),
        ("blackboard", '"Nombre"\t"Usuario"\t"Tarea 2 [Puntos totales: 10 Puntuación] |7"\n"A"\t"ada"\t""\n', ADA,
         '"ada"\t"8.75"\n'),
    ],
    ids=["first and last names", "an address as login", "hidden names", "French", "a login alone", "Spanish"],
)  # fmt: skip
def test_other_forms_of_a_gradebook(platform: str, data: str, grade: Graded, after: str) -> None:
    """Titles and identities as other settings of the platform write them."""
    assert filled(platform, data.encode(), grade).data.decode().endswith(after)


def test_namesakes_are_told_apart_by_number() -> None:
    """The displayed name of namesakes ends in the number, which is not a part of the name."""
    done = filled("canvas", TWINS, graded("Ana Rojas (1)", 1.0, id="1"), graded("Ana Rojas (2)", 2.0, id="2"))
    assert done.data == TWINS.replace(b"1,A,", b"1,A,1").replace(b"2,B,", b"2,B,2")


@pytest.mark.parametrize(
    ("column", "data", "why"),
    [
        ("Tarea 3", CANVAS, "g.csv has no column 'Tarea 3': name one of them with --column: \"Tarea 1 (4710)\""),
        ("Final Score", CANVAS, "g.csv has no column 'Final Score'"),
        ("", CANVAS.replace(b"Tarea 2 (", b"Tarea 9 ("), "g.csv has several columns for grades: name one"),
        ("", b"Student,ID,Section\nAda,1,A\n", "g.csv has no column for grades as Canvas writes it"),
        ("", b"a,b\n1,2\n", "g.csv has no column that names students"),
    ],
)
def test_a_column_that_is_not_clear_ends_the_command(column: str, data: bytes, why: str) -> None:
    """The message names the columns that could be meant; a column that Canvas computes is none of them."""
    with pytest.raises(UsageError) as error:
        filled("canvas", data, ADA, column=column)
    assert str(error.value).startswith(why)


def test_a_column_may_be_named_without_what_the_platform_adds() -> None:
    """ "tarea 1" is "Tarea 1 (4710)"; the whole title is right too."""
    assert {filled("canvas", CANVAS, ADA, column=c).column for c in ("tarea 1", "Tarea 1 (4710)")} == {"Tarea 1 (4710)"}


@pytest.mark.parametrize(("platform", "data"), [("canvas", CANVAS), ("moodle", MOODLE), ("brightspace", BRIGHTSPACE),
                                                ("blackboard", BLACKBOARD)])  # fmt: skip
def test_another_maximum_is_said(platform: str, data: bytes) -> None:
    """A grade out of 7 in a column out of 10 is hardly meant."""
    said = "the column is out of 10, and these grades are out of 7: on the platform, set the maximum to 7, or choose"
    assert any(sentence.startswith(said) for sentence in filled(platform, data, ADA, top=7).sentences)
    assert not any("out of" in s for s in filled(platform, data, ADA, top=10).sentences)
