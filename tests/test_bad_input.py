"""Every submission has a result: readable parts earn their points, and a sentence explains the rest."""

from __future__ import annotations

import csv
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from .tiny import DOUBLE, NEGATE, Said, cell, grade, grades, notebook, records, running, write_assignment, write_class

pytestmark = pytest.mark.bwrap

Capture = pytest.CaptureFixture[str]

MB = 2**20
RIGHT = notebook(DOUBLE, NEGATE)
FULL = ("2", "3")
FIRST = ("2", "0")  # of two answers only the first one can be read


@dataclass(frozen=True)
class Readable:
    """Bytes that earn these points for the two questions; `says` is part of a note."""

    data: bytes
    points: tuple[str, str] = FULL
    says: str = ""


@dataclass(frozen=True)
class Unreadable:
    """Bytes of which nothing can be read; `says` is part of the sentence that explains it."""

    data: bytes
    says: str


def format_3(*sources: str) -> bytes:
    """Cells in worksheets, and their source called input."""
    cells = [{"cell_type": "code", "input": s, "language": "python", "outputs": []} for s in sources]
    return json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}).encode()


def kernel(language: str) -> dict[str, object]:
    return {"metadata": {"kernelspec": {"name": language, "language": language, "display_name": language}}}


def printed(size: int) -> dict[str, object]:
    """A cell whose saved output has `size` characters."""
    return cell(NEGATE, outputs=[{"output_type": "stream", "name": "stdout", "text": "x" * size}])


PNG = {"a.png": {"image/png": "iVBORw0KGgo="}}
DEEP = 20_000  # levels; the parsers of Python stop at some hundreds, with an error or with a crash

FILES: dict[str, Readable | Unreadable] = {
    # Not a notebook at all
    "empty": Unreadable(b"", "is empty"),
    "blank": Unreadable(b" \n\t\n", "is empty"),
    "no_json": Unreadable(b"Dear teacher,\nhere is my work", "not a notebook, or damaged at line 1"),
    "cut_short": Unreadable(RIGHT[: len(RIGHT) // 2], "damaged at line 1"),
    "null_bytes": Unreadable(b"\0" * 1000, "is not a notebook, or damaged"),
    "json_list": Unreadable(b"[1, 2, 3]", "JSON but not a notebook"),
    "json_lone_cells": Unreadable(json.dumps([cell(DOUBLE)]).encode(), "JSON but not a notebook"),
    "json_null": Unreadable(b"null", "JSON but not a notebook"),
    "json_object": Unreadable(b'{"nbformat": 4}', "JSON but not a notebook"),
    "json_deep": Unreadable(b"[" * DEEP, "is not a notebook, or damaged"),
    "json_number": Unreadable(b'{"cells": [], "nbformat": ' + b"9" * 5000 + b"}", "is not a notebook, or damaged"),
    "web_page": Unreadable(b"<!doctype html><title>Colab</title>", "is a web page"),
    "an_archive": Unreadable(b"PK\x03\x04" + bytes(30), "is damaged or not a .zip"),
    # Notebooks without anything to grade
    "no_cells": Unreadable(notebook(), "has no code cells"),
    "only_text": Unreadable(notebook(cell("# Tarea", "markdown")), "has no code cells"),
    "only_blanks": Unreadable(notebook("", "  \n"), "has no code cells"),
    "julia": Unreadable(notebook("double(t) = 2t", **kernel("julia")), "notebook for julia: choose a Python kernel"),
    "one_huge_cell": Unreadable(notebook("x = '" + "a" * (20 * MB) + "'"), "characters of code in one cell"),
    "too_large": Unreadable(notebook(DOUBLE, printed(65 * MB)), "is larger than 64 MB: clear its outputs"),
    # Formats
    "format_3": Readable(format_3(DOUBLE, NEGATE)),
    "format_2": Readable(format_3(DOUBLE, NEGATE).replace(b'"nbformat": 3', b'"nbformat": 2')),
    "worksheets": Readable(notebook(cells=None, worksheets=[{"cells": [cell(DOUBLE)]}, 3, {"cells": [cell(NEGATE)]}])),
    "worksheets_empty": Unreadable(b'{"nbformat": 3, "worksheets": [{"cells": []}, {}]}', "has no code cells"),
    "ids_missing": Readable(notebook(cell(DOUBLE), cell(NEGATE, id="b"), minor=5)),
    "ids_twice": Readable(notebook(cell(DOUBLE, id="a"), cell(NEGATE, id="a"))),
    "ids_odd": Readable(notebook(cell(DOUBLE, id=["\0", 3]), cell(NEGATE, id=""))),
    "attachments": Readable(notebook(cell("![x](attachment:a.png)", "markdown", attachments=PNG), DOUBLE, NEGATE)),
    "attachments_odd": Readable(notebook(cell("x", "markdown", attachments=[1]), DOUBLE, cell(NEGATE, attachments=3))),
    "raw_cells": Readable(notebook(DOUBLE, cell(NEGATE, "raw"), cell("x" * 1000, "raw", metadata=3)), FIRST),
    "metadata_odd": Readable(notebook(cell(DOUBLE, metadata=[]), cell(NEGATE, metadata=None), metadata=[1, {}])),
    "kernel_odd": Readable(notebook(DOUBLE, NEGATE, metadata={"kernelspec": 3, "language_info": {"name": {}}})),
    "duplicate_keys": Readable(RIGHT.replace(b'{"cell_type"', b'{"cell_type": "raw", "source": 3, "cell_type"')),
    "cells_twice": Readable(RIGHT.replace(b'{"nbformat"', b'{"cells": 3, "nbformat"', 1)),
    "not_numbers": Readable(notebook(cell(DOUBLE, execution_count=float("nan")), cell(NEGATE, x=float("-inf")))),
    "deep_metadata": Unreadable(RIGHT[:-1] + b", \"x\": " + b"[" * DEEP + b"]" * DEEP + b"}", "or damaged"),
    "html_output": Readable(notebook(cell(DOUBLE, outputs=[{"data": {"text/html": "<script>"}}]), NEGATE)),
    **{f"format_4_{minor}": Readable(notebook(DOUBLE, NEGATE, minor=minor)) for minor in range(6)},
    "format_9": Readable(notebook(DOUBLE, NEGATE, minor=9, nbformat=9)),
    "no_metadata": Readable(notebook(DOUBLE, NEGATE, metadata=None)),
    "lines": Readable(notebook(cell(DOUBLE.splitlines(True)), cell(NEGATE.splitlines(True)))),
    "crlf": Readable(notebook(DOUBLE.replace("\n", "\r\n"), NEGATE.replace("\n", "\r\n"))),
    "old_mac": Readable(notebook(DOUBLE.replace("\n", "\r"), NEGATE)),
    "tabs": Readable(notebook(DOUBLE.replace("    ", "\t"), NEGATE.replace("    ", "\t"))),
    "mark": Readable(b"\xef\xbb\xbf" + RIGHT),
    "utf_16": Readable(RIGHT.decode().encode("utf-16")),
    "latin_1": Readable(notebook("# ñandu\n" + DOUBLE, NEGATE).replace(b"\\u00f1", b"\xf1")),
    # One bad cell
    "huge_cell": Readable(notebook(DOUBLE, "x = '" + "a" * (20 * MB) + "'", NEGATE), says="Cell 2 has 20971526"),
    "huge_output": Readable(notebook(DOUBLE, printed(50 * MB))),
    "syntax_error": Readable(notebook(DOUBLE, "def negate(t):\n    return -t)("), FIRST),
    "source_deep": Readable(notebook(DOUBLE, "x = " + "(" * DEEP + ")" * DEEP, NEGATE)),
    "source_minus": Readable(notebook(DOUBLE, "x = " + "-" * DEEP + "1", NEGATE)),
    "source_added": Readable(notebook(DOUBLE, "x = " + "1+" * DEEP + "1", NEGATE)),
    "source_attributes": Readable(notebook(DOUBLE, "x = a" + ".b" * DEEP, NEGATE)),
    "source_blocks": Readable(notebook(DOUBLE, "\n".join(" " * n + "if 1:" for n in range(150)), NEGATE)),
    "source_null": Readable(notebook(DOUBLE, "x = 1\0\n", NEGATE)),
    "source_number": Readable(notebook(DOUBLE, "x = " + "9" * 5000, NEGATE)),
    "surrogate": Readable(notebook("name = '\ud800'\n" + DOUBLE, NEGATE)),
    "surrogate_text": Readable(notebook(cell("\udfff", "markdown"), DOUBLE, NEGATE)),
    "other_things": Readable(notebook(cells=[1, None, "x", [], {}, {"cell_type": 3}, cell(DOUBLE), cell(7)]), FIRST),
    "strange_outputs": Readable(notebook(cell(DOUBLE, outputs=7), cell(NEGATE, outputs=[None, {"data": 3}]))),
}  # fmt: skip

NAMES = (
    "two words",
    "Pérez, Ana",
    'the "quoted"',
    "o'neill",
    "Ñandú Ürsula",
    "李小龍",
    "\N{SNAKE}\N{SPARKLES}",
    "=1+1",
    "@home",
    "-flag",
    "a&b<i>c",
    "100%",
    "semi;colon",
    "back\\slash",
    "#hash?query",
    "x" * 200,
)


@dataclass(frozen=True)
class Class:
    """The one run that all these tests look at."""

    said: Said
    out: Path
    rows: dict[str, dict[str, str]]
    records: dict[str, dict[str, object]]

    def says(self, student: str) -> str:
        """Every note of a student's result, in English."""
        return notes(self.records[student])


def notes(record: dict[str, object]) -> str:
    found: list[dict[str, object]] = record["notes"]  # type: ignore[assignment]
    return " ".join(str(note["template"]).format_map(note["values"]) for note in found)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Class:
    home = tmp_path_factory.mktemp("bad")
    folder = write_class(home / "class", **{name: file.data for name, file in FILES.items()})
    for name in NAMES:
        (folder / f"{name}.ipynb").write_bytes(RIGHT)
    circle = folder / "circle"
    circle.mkdir()
    (circle / "tarea.ipynb").write_bytes(RIGHT)
    (circle / "again").symlink_to(circle)
    (folder / "itself.ipynb").symlink_to("itself.ipynb")
    (folder / "nowhere.ipynb").symlink_to("gone.ipynb")
    (folder / "folder.ipynb").mkdir()
    os.mkfifo(folder / "pipe.ipynb")
    (folder / "script.py").write_text(DOUBLE + "\n" + NEGATE)
    (folder / "script_null.py").write_text(DOUBLE + "\0" + NEGATE)
    with zipfile.ZipFile(folder / "zipped.zip", "w") as archive:
        archive.writestr("tarea.ipynb", RIGHT)
    (folder / "broken_zip.zip").write_bytes((folder / "zipped.zip").read_bytes()[:100])
    argv = (folder, "--assignment", write_assignment(home / "table"), "--out", home / "out", "--lanes", 2)
    with running(*argv, "--lang", "en") as process:
        said = process.end()
    return Class(said, home / "out", grades(home / "out"), records(home / "out"))


def test_the_run_comes_to_its_end(bad: Class) -> None:
    """Some submissions could not be graded: status 1, no traceback, a line and a row for each file of the folder."""
    assert bad.said.status == 1
    assert "Traceback" not in bad.said.out
    assert not (bad.out / "faults").exists()
    total = len(FILES) + len(NAMES) + 9
    assert f"[{total}/{total}]" in bad.said.out
    assert len(bad.rows) == len(bad.records) == total
    assert len(list((bad.out / "students").iterdir())) == total


@pytest.mark.parametrize("name", [name for name, file in FILES.items() if isinstance(file, Unreadable)])
def test_what_cannot_be_read_says_why(bad: Class, name: str) -> None:
    """Status unreadable, no points, and a sentence in the terminal, in the record and on the page."""
    file = FILES[name]
    assert isinstance(file, Unreadable)
    assert bad.rows[name]["status"] == "unreadable"
    assert bad.rows[name]["total"] == bad.rows[name]["grade"] == ""
    assert file.says in bad.says(name)
    assert f"{name}.ipynb" in bad.says(name)
    line = next(line for line in bad.said.out.splitlines() if f"] {name}: " in line)
    assert file.says in line
    assert file.says in (bad.out / "students" / f"{name}.html").read_text()


@pytest.mark.parametrize("name", [name for name, file in FILES.items() if isinstance(file, Readable)])
def test_what_can_be_read_earns_its_points(bad: Class, name: str) -> None:
    """A bad part of a notebook loses the points of that part and no others."""
    file = FILES[name]
    assert isinstance(file, Readable)
    assert bad.rows[name]["status"] == "graded", bad.says(name)
    assert (bad.rows[name]["1"], bad.rows[name]["2a"]) == file.points
    assert file.says in bad.says(name)


@pytest.mark.parametrize("name", NAMES)
def test_names_are_kept_and_do_no_harm(bad: Class, name: str) -> None:
    """The name is in the record as it is, in the CSV as text, and its page is found where the class page says."""
    record = bad.records[name]
    assert record["status"] == "graded"
    assert record["total"] == 5
    # In a spreadsheet's cell a sign at the front is made harmless. Everything else is unchanged.
    row = next(row for student, row in bad.rows.items() if student.lstrip("'") == name)
    assert row["student"][0] not in "=+-@"
    assert row["total"] == "5"
    slug = str(record["slug"])
    assert slug.isascii()
    assert "/" not in slug
    assert (bad.out / "students" / f"{slug}.html").is_file()
    assert f"students/{slug}.html" in (bad.out / "index.html").read_text()


def test_the_csv_keeps_its_columns(bad: Class) -> None:
    """Commas and quotes in names do not move cells."""
    with (bad.out / "grades.csv").open(encoding="utf-8", newline="") as stream:
        assert {len(row) for row in csv.reader(stream)} == {17}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("itself", "itself.ipynb"),
        ("nowhere", "nowhere.ipynb"),
        ("folder.ipynb", "is empty"),
        ("pipe", "is not a plain file: hand in the file itself"),
        ("script_null", "is not a text file"),
        ("broken_zip", "is damaged or not a .zip: pack it again"),
    ],
)
def test_what_is_no_file_says_so(bad: Class, name: str, says: str) -> None:
    """Links to nothing, pipes, folders and damaged archives are unreadable submissions, not errors of the run."""
    assert bad.rows[name]["status"] == "unreadable"
    assert says in bad.says(name)


@pytest.mark.parametrize("name", ["circle", "script", "zipped"])
def test_folders_scripts_and_archives_are_read(bad: Class, name: str) -> None:
    """A folder that contains itself is read once, and so are a script and an archive of a script."""
    assert bad.rows[name]["total"] == "5"


def test_a_second_run_finds_the_same(bad: Class, capsys: Capture) -> None:
    """No submission is judged again, including the unreadable ones."""
    table = bad.out.parent / "table"
    said = grade(capsys, bad.out.parent / "class", "--assignment", table, "--out", bad.out, "--lang", "en")
    assert ", 0 judged now" in said.out
    assert said.status == 1
    assert grades(bad.out) == bad.rows


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_that_may_not_be_read_say_so(capsys: Capture, tmp_path: Path) -> None:
    """The other submissions are graded."""
    folder = write_class(tmp_path / "class", ana=RIGHT, bea=RIGHT)
    (folder / "bea.ipynb").chmod(0)
    said = grade(capsys, folder, "--assignment", write_assignment(tmp_path / "table"), "--out", tmp_path / "out")
    assert said.status == 1
    assert grades(tmp_path / "out")["ana"]["total"] == "5"
    assert "may not be read: change its permissions" in said.out
