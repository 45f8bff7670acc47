"""The command line as its users see it: options, exit status, printed lines, written files."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from pathlib import Path

import pytest
import torch

from grader import __version__, cli, doctor
from grader.console import STOPPED_IN
from grader.doctor import Fact
from grader.sandbox import levels
from grader.sandbox.levels import Availability

from ..tiny import (
    DOUBLE,
    FAULTY,
    HALF,
    NEGATE,
    TABLE,
    Said,
    break_the_judge,
    grade,
    grades,
    notebook,
    records,
    running,
    write_assignment,
    write_class,
)

Capture = pytest.CaptureFixture[str]

RIGHT = notebook(DOUBLE, NEGATE)
OPTIONS = ("--assignment", "--out", "--lanes", "--device", "--only", "--student", "--fresh", "--lang", "--sandbox")


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_assignment(tmp_path_factory.mktemp("table"))


@pytest.fixture(scope="module")
def unreadable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class in which nothing must be judged, so that a run over it takes milliseconds."""
    return write_class(tmp_path_factory.mktemp("unreadable"), ana=b"", bea=b"no notebook")


@pytest.fixture(scope="module")
def small_class(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_class(
        tmp_path_factory.mktemp("class"), Ana=RIGHT, Bea=notebook("# mine\n" + DOUBLE, HALF), Eva=b""
    )


@pytest.fixture(scope="module")
def in_terminal(assignment: Path, small_class: Path, tmp_path_factory: pytest.TempPathFactory) -> Said:
    """One run of the small class in a terminal of 80 columns."""
    out = tmp_path_factory.mktemp("reports")
    with running(small_class, "--assignment", assignment, "--out", out, "--lanes", 1, terminal=80) as process:
        return process.end()


@pytest.fixture(scope="module")
def piped(assignment: Path, small_class: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Said, Path]:
    """The same run without a terminal, and its folder, which is new and has a path longer than a line."""
    out = tmp_path_factory.mktemp("reports") / ("new" * 30) / ("folder" * 20)
    with running(small_class, "--assignment", assignment, "--out", out, "--lanes", 2, "-v", "--lang", "en") as process:
        return process.end(), out


# Options --------------------------------------------------------------------------------------------------------


def test_every_option_of_the_synopsis_is_understood() -> None:
    """All options together, each with a value that is not its default."""
    line = (
        "grade class --assignment table --out there --lanes 3 --device cpu --only 1b,3a --student ana* --fresh "
        "--lang en --sandbox landlock -v"
    )
    _, bound, _ = cli.app.parse_args(line.split()[1:], exit_on_error=False, print_error=False)
    assert bound.arguments == {
        "submissions": Path("class"), "assignment": Path("table"), "out": Path("there"), "lanes": 3, "device": "cpu",
        "only": "1b,3a", "student": "ana*", "fresh": True, "lang": "en", "sandbox": "landlock", "verbose": True,
    }  # fmt: skip


def test_help_names_every_option_and_succeeds(capsys: Capture) -> None:
    """`grade --help` lists all options and both subcommands."""
    said = grade(capsys, "--help")
    assert said.status == 0
    for word in ("SUBMISSIONS", "doctor", "mark", "--version", "-v", *OPTIONS):
        assert word in said.out


def test_reports_is_the_default_folder(
    capsys: Capture, unreadable: Path, assignment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --out everything goes to reports/ below the current folder."""
    monkeypatch.chdir(tmp_path)
    grade(capsys, unreadable, "--assignment", assignment)
    assert (tmp_path / "reports" / "index.html").is_file()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--lanes", "0"], ["--lanes 0", "1 or more"]),
        (["--lanes", "-2"], ["--lanes"]),
        (["--lanes", "two"], ["two", "--lanes"]),
        (["--device", "tpu"], ["tpu", "cpu"]),
        (["--sandbox", "docker"], ["docker", "bwrap"]),
        (["--lang", "fr"], ["fr", "es"]),
        (["--only", "9z"], ["9z", "1, 2a"]),
        (["--only", "1,9z"], ["9z", "1, 2a"]),
        (["--student", "zoe*"], ["zoe*", "ana, bea"]),
        (["--frehs"], ["--frehs"]),
        (["second", "third one"], ["second 'third one'", "in quotes"]),
        (["--out"], ["--out is missing"]),
    ],
)
def test_wrong_options_are_refused_in_one_sentence(
    capsys: Capture, unreadable: Path, assignment: Path, tmp_path: Path, argv: list[str], words: list[str]
) -> None:
    """The exit status is 2, and one sentence names the wrong option and the accepted values."""
    said = grade(capsys, unreadable, "--assignment", assignment, "--out", tmp_path / "out", *argv)
    assert said.status == 2
    for word in words:
        assert word in said.error


def test_what_a_stop_leaves_behind_is_said_for_each_command(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only `grade` itself has results to continue from."""

    def stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor, "examine", stopped)
    said = grade(capsys, "doctor")
    assert (said.status, said.err.strip()) == (130, "Stopped. Nothing is kept.")
    assert STOPPED_IN.keys() <= set(cli.app)


@pytest.mark.parametrize(
    ("word", "meant"), [("verfy", "verify"), ("chek", "check"), ("relase", "release"), ("help", "--help")]
)
def test_a_misspelt_command_is_refused(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, meant: str
) -> None:
    """It is not taken for a folder of submissions, unless there is such a folder."""
    monkeypatch.chdir(tmp_path)
    assert grade(capsys, word, "a.py").error == f"grade: there is no command {word}: did you mean grade {meant}?"
    (tmp_path / word).mkdir()
    assert "there is no command" not in grade(capsys, word, "a.py").error


def test_a_command_without_submissions_is_refused(capsys: Capture) -> None:
    """`grade` alone says which arguments it needs."""
    said = grade(capsys)
    assert said.status == 2
    assert said.error == "grade: SUBMISSIONS is missing; see grade --help"


def test_a_missing_path_is_refused(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """One sentence names the path and says which paths are accepted."""
    said = grade(capsys, tmp_path / "nowhere", "--assignment", assignment, "--out", tmp_path / "out")
    assert said.status == 2
    assert "nowhere does not exist" in said.error
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_is_refused(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """A folder without notebooks is wrong usage, not an empty class."""
    (tmp_path / "empty").mkdir()
    said = grade(capsys, tmp_path / "empty", "--assignment", assignment, "--out", tmp_path / "out")
    assert said.status == 2
    assert "contains no notebook" in said.error


def test_a_missing_assignment_is_refused(capsys: Capture, unreadable: Path, tmp_path: Path) -> None:
    """A file that is not there is not called a folder without assignment.py."""
    said = grade(capsys, unreadable, "--assignment", tmp_path / "nowhere.py", "--out", tmp_path / "out")
    assert said.status == 2
    assert "nowhere.py does not exist: pass the file of an assignment" in said.error


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (None, "contains no assignment.py"),
        ("ASSIGNMENT = {}", "there is code above the first cell"),
        ("", "does not begin an assignment"),
        ("# %% assignment small: Small\n# languages: en\n", "has no question"),
        (TABLE.format(seconds=5).replace("return 2 * t", "return 2 * ("), "does not parse"),
        (TABLE.format(seconds=5).replace("points: 2", "points: many"), "many"),
    ],
)
def test_a_broken_table_is_refused(
    capsys: Capture, unreadable: Path, tmp_path: Path, source: str | None, words: str
) -> None:
    """One sentence names the file and the mistake, whatever is wrong with assignment.py."""
    table = tmp_path / "table"
    table.mkdir()
    if source is not None:
        (table / "assignment.py").write_text(source)
    said = grade(capsys, unreadable, "--assignment", table, "--out", tmp_path / "out")
    assert said.status == 2
    assert (str(table) if source is None else "assignment.py, line ") in said.error
    assert words in said.error


def test_out_that_is_a_file_is_refused(capsys: Capture, unreadable: Path, assignment: Path, tmp_path: Path) -> None:
    """A file in place of the folder is left as it is."""
    (tmp_path / "out").write_text("mine")
    said = grade(capsys, unreadable, "--assignment", assignment, "--out", tmp_path / "out")
    assert said.status == 2
    assert "is a file: name a folder" in said.error
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize("out", ["/proc/reports", "{file}/reports"])
def test_out_that_cannot_be_written_is_refused(
    capsys: Capture, unreadable: Path, assignment: Path, tmp_path: Path, out: str
) -> None:
    """If a folder cannot be made, the sentence says to choose another --out."""
    (tmp_path / "file").write_text("")
    out = out.format(file=tmp_path / "file")
    said = grade(capsys, unreadable, "--assignment", assignment, "--out", out)
    assert said.status == 2
    assert out in said.error
    assert "--out" in said.error


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_out_without_permission_is_refused(capsys: Capture, unreadable: Path, assignment: Path, tmp_path: Path) -> None:
    """A folder that may not be written to is named."""
    (tmp_path / "out").mkdir(mode=0o500)
    said = grade(capsys, unreadable, "--assignment", assignment, "--out", tmp_path / "out")
    assert said.status == 2
    assert "--out" in said.error


def test_a_gpu_that_is_not_there_is_refused(
    capsys: Capture, unreadable: Path, assignment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a GPU, --device cuda is wrong usage and auto takes the CPU."""
    monkeypatch.setattr(doctor, "cuda", lambda: Fact("CUDA", False, "torch sees no GPU here", optional=True))
    where = ("--assignment", assignment, "--out", tmp_path / "out")
    said = grade(capsys, unreadable, *where, "--device", "cuda")
    assert said.status == 2
    assert "torch sees no GPU here; use --device cpu" in said.error
    assert "device: cpu" in grade(capsys, unreadable, *where, "--device", "auto").out


def test_a_gpu_that_is_there_is_taken(
    capsys: Capture, unreadable: Path, assignment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a GPU, auto picks CUDA, and cpu still works."""
    monkeypatch.setattr(doctor, "cuda", lambda: Fact("CUDA", True, "a GPU", optional=True))
    where = (unreadable, "--assignment", assignment, "--out", tmp_path / "out")
    assert "device: cuda" in grade(capsys, *where).out
    assert "device: cuda" in grade(capsys, *where, "--device", "cuda").out
    assert "device: cpu" in grade(capsys, *where, "--device", "cpu").out


@pytest.mark.parametrize("option", [["--sandbox", "none"], ["--no-sandbox"]])
def test_no_sandbox_is_loud(
    capsys: Capture, unreadable: Path, assignment: Path, tmp_path: Path, option: list[str]
) -> None:
    """Both the run and the report warn about the missing sandbox."""
    run = (unreadable, "--assignment", assignment, "--lang", "en")
    said = grade(capsys, *run, "--out", tmp_path / "loud", *option)
    assert "NO SANDBOX" in said.out
    assert "sandbox: none" in said.out
    assert "This run had no sandbox" in (tmp_path / "loud" / "index.html").read_text()
    said = grade(capsys, *run, "--out", tmp_path / "quiet", "--sandbox", "landlock")
    assert "NO SANDBOX" not in said.out
    assert "This run had no sandbox" not in (tmp_path / "quiet" / "index.html").read_text()


def test_a_machine_without_a_sandbox_is_refused(
    capsys: Capture, unreadable: Path, assignment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence names the command that installs a sandbox and the option that runs without one."""
    missing = Availability(False, "bubblewrap is not installed", "apt-get install bubblewrap")
    monkeypatch.setattr(levels, "_bwrap", lambda: missing)
    monkeypatch.setattr(levels, "_landlock", lambda: Availability(False, "the kernel has no Landlock"))
    said = grade(capsys, unreadable, "--assignment", assignment, "--out", tmp_path / "out")
    assert said.status == 2
    assert "apt-get install bubblewrap" in said.error
    assert "--sandbox none" in said.error
    assert not (tmp_path / "out").exists()


# Printed lines --------------------------------------------------------------------------------------------------


@pytest.mark.bwrap
def test_without_a_terminal_there_are_plain_lines(piped: tuple[Said, Path]) -> None:
    """There is a line per finished submission, without a bar and without escape codes."""
    said, _ = piped
    assert "\x1b" not in said.out
    assert "\r" not in said.out
    assert sorted(re.findall(r"^\[(\d)/3\] ", said.out, re.M)) == ["1", "2", "3"]
    assert re.search(r"^\[\d/3\] Ana: 5/6, grade 6\.0$", said.out, re.M)
    assert re.search(r"^\[\d/3\] Eva: unreadable: Eva\.ipynb is empty: save the notebook", said.out, re.M)


@pytest.mark.bwrap
def test_verbose_adds_the_questions_that_are_not_right(piped: tuple[Said, Path]) -> None:
    """-v shows a line per question with its points and verdict; right ones are silent."""
    said, _ = piped
    assert re.search(r"Bea: 2/6, grade 3\.0\n    2a: 0/3 failed\n", said.out)
    assert "2/2 passed" not in said.out


@pytest.mark.bwrap
def test_a_terminal_has_a_bar_with_name_and_time_left(in_terminal: Said) -> None:
    """The bar shows who is judged, how many are done, and how long it will take."""
    assert "\x1b[" in in_terminal.out
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", in_terminal.out)
    assert re.search(r"Ana ━+ \d/3 time left", plain)
    assert re.search(r"\[\d/3\] Ana: 5/6, grade 6\.0", plain)
    assert "2a: 0/3" not in plain  # only -v shows this


@pytest.mark.bwrap
def test_the_end_is_a_table_and_the_path_of_the_report(piped: tuple[Said, Path]) -> None:
    """The end has student, points per question, points of a person, total and grade, and the report's path."""
    said, out = piped
    rows = [[word.strip() for word in re.split("[│┃|]", line)] for line in said.out.splitlines()]
    assert ["student", "1", "2a", "by hand", "total", "grade"] in rows
    assert ["Ana", "2", "3", "1", "5", "6.0"] in rows
    assert ["Bea", "2", "0", "1", "2", "3.0"] in rows
    assert ["Eva", "–", "–", "", "unreadable", ""] in rows
    assert "2 submissions wait for a person. Mark them: grade desk" in said.out
    assert "3 submissions, 3 judged now" in said.out
    assert said.out.rstrip().endswith(f"Report: {out / 'index.html'}")
    assert said.status == 1


@pytest.mark.usefixtures("judged_here")
def test_names_cannot_write_to_the_terminal(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """The name of a file contributes neither escape codes nor markup to the table."""
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "[red]ana\x1b[31m.ipynb").write_bytes(b"")
    said = grade(capsys, folder, "--assignment", assignment, "--out", tmp_path / "[out]")
    assert "\x1b" not in said.out
    assert re.search(r"^\[1/1\] \[red\]ana", said.out, re.M)
    assert re.search(r"^\[red\]ana", said.out, re.M)  # in the table
    assert f"Report: {tmp_path / '[out]' / 'index.html'}" in said.out
    assert said.status == 1


def test_an_encoding_that_lacks_a_letter_does_not_end_the_run(assignment: Path, tmp_path: Path) -> None:
    """On an ASCII terminal other letters become question marks."""
    folder = write_class(tmp_path / "class", Ñandú李=b"")
    os.environ["PYTHONIOENCODING"] = "ascii"
    try:
        with running(folder, "--assignment", assignment, "--out", tmp_path / "out") as process:
            said = process.end()
    finally:
        del os.environ["PYTHONIOENCODING"]
    assert said.status == 1
    assert "Traceback" not in said.out
    assert "Report: " in said.out
    assert "Ñandú李" in grades(tmp_path / "out")


# Exit status ----------------------------------------------------------------------------------------------------


@pytest.mark.bwrap
@pytest.mark.usefixtures("judged_here")
def test_a_class_that_could_be_graded_gives_0(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """Wrong answers do not change the status; --only leaves the other questions out."""
    folder = write_class(tmp_path / "class", ana=RIGHT, bea=notebook(DOUBLE))
    where = ("--assignment", assignment, "--out", tmp_path / "out")
    assert grade(capsys, folder, *where).status == 0
    assert grades(tmp_path / "out")["bea"]["2a"] == "0"
    said = grade(capsys, folder, *where, "--only", "1")
    assert said.status == 0
    assert "2a" not in said.out
    row = grades(tmp_path / "out")["ana"]
    assert [column for column in row if row[column]] == ["student", "file", "status", "attempt", "1", "total"]
    assert row["total"] == "2"
    assert row["grade"] == ""  # a part of the questions has no grade


def test_a_submission_that_cannot_be_read_gives_1(
    capsys: Capture, unreadable: Path, assignment: Path, tmp_path: Path
) -> None:
    """The status stays 1 when nothing is new."""
    where = ("--assignment", assignment, "--out", tmp_path / "out")
    assert grade(capsys, unreadable, *where).status == 1
    again = grade(capsys, unreadable, *where)
    assert again.status == 1
    assert "2 submissions, 2 of them unchanged since they were graded" in again.out
    assert "0 judged now" in again.out


@pytest.mark.bwrap
def test_a_fault_of_ours_gives_3_and_costs_nothing(
    capsys: Capture, assignment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other submissions are graded, the row stays empty, the traceback is in faults/, and -v says where it is."""
    break_the_judge(monkeypatch)
    folder = write_class(tmp_path / "class", ana=RIGHT, bea=notebook(DOUBLE, FAULTY))
    out = tmp_path / "out"
    said = grade(capsys, folder, "--assignment", assignment, "--out", out, "--lanes", "1", "-v")
    assert said.status == 3
    assert "bea: not graded because the grader failed" in said.out
    assert "a bug of the grader" in said.out
    assert f"Faults of the grader: 1 bug report in {out / 'faults'}" in said.out
    rows = grades(out)
    assert rows["ana"]["total"] == "5"
    assert rows["bea"]["status"] == "grader_fault"
    assert rows["bea"]["total"] == rows["bea"]["grade"] == ""
    assert "a bug of the grader" in (out / "faults" / "bea.txt").read_text()
    assert "a bug of the grader" not in (out / "students" / "bea.html").read_text()


def test_an_exception_of_ours_gives_3_and_says_so(
    capsys: Capture, unreadable: Path, assignment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected exception is shown with its traceback and called a fault of the grader."""
    monkeypatch.setattr("grader.run.class_run.collect_class", lambda *settings, **more: 1 // 0)
    said = grade(capsys, unreadable, "--assignment", assignment, "--out", tmp_path / "out")
    assert said.status == 3
    assert "ZeroDivisionError" in said.err
    assert "fault of the grader" in said.err


# Written files --------------------------------------------------------------------------------------------------


@pytest.mark.bwrap
def test_the_files_are_where_the_readme_says(piped: tuple[Said, Path]) -> None:
    """There are a page and a JSON file per student, three files for the class, and the gradebook, all complete."""
    _, out = piped
    files = {str(file.relative_to(out)) for file in out.rglob("*") if file.is_file()}
    slugs = ("Ana", "Bea", "Eva")
    assert files - {"gradebook.sqlite.lock"} == {
        "index.html", "grades.csv", "grades.xlsx", "gradebook.sqlite", *(f"students/{s}.html" for s in slugs),
        *(f"results/{s}.json" for s in slugs),
    }  # fmt: skip


@pytest.mark.bwrap
def test_grades_csv_has_the_header_of_the_table(piped: tuple[Said, Path]) -> None:
    """The file is UTF-8 without a mark, the question ids are in the table's order, and points have a dot."""
    _, out = piped
    lines = (out / "grades.csv").read_bytes().decode("utf-8").splitlines()
    assert lines == [
        "student,file,status,id,login,email,section,group,attempt,submitted,late,late_days,deducted,1,2a,total,grade",
        "Ana,Ana.ipynb,graded,,,,,,1,,,,,2,3,5,6",
        "Bea,Bea.ipynb,graded,,,,,,1,,,,,2,0,2,3",
        "Eva,Eva.ipynb,unreadable,,,,,,1,,,,,,,,",
    ]


@pytest.mark.usefixtures("judged_here")
def test_cells_that_a_spreadsheet_would_run_are_neutralised(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """Names that begin with = + - @ do not begin a cell with that character."""
    folder = tmp_path / "class"
    folder.mkdir()
    for sign in "=+-@":
        (folder / f"{sign}HYPERLINK(1).ipynb").write_bytes(b"")
    grade(capsys, folder, "--assignment", assignment, "--out", tmp_path / "out")
    rows = grades(tmp_path / "out")
    assert len(rows) == 4
    for row in rows.values():
        assert row["student"][0] not in "=+-@"
        assert row["file"][0] not in "=+-@"


@pytest.mark.bwrap
def test_a_students_page_shows_what_was_called_and_what_came(piped: tuple[Said, Path]) -> None:
    """A page has points, verdicts, the call, both values of a public case, and the student's lines with their cell."""
    _, out = piped
    page = " ".join(re.sub(r"<[^>]*>", "", (out / "students" / "Bea.html").read_text()).split())
    for text in ("The opposite", "negate(", "cell 2", "return t", "expected", "2 / 2", "0 / 4", "sign"):
        assert text.lower() in page.lower(), text
    findings = records(out)["Bea"]["questions"][1]["findings"]  # type: ignore[index]
    assert [bool(f["expected"]) for f in findings] == [True, False]  # the second case is hidden
    assert all(f["cause"] or f["message"] for f in findings)


@pytest.mark.bwrap
def test_the_class_page_says_who_ran_it_and_what_is_left(piped: tuple[Said, Path]) -> None:
    """The class page has the sandbox level, the number of passes in each question, and the work for a person."""
    _, out = piped
    page = (out / "index.html").read_text()
    for text in ("bwrap", "students/Bea.html", "The opposite", "Eva"):
        assert text in page


@pytest.mark.bwrap
def test_no_page_asks_the_network_for_anything(piped: tuple[Said, Path]) -> None:
    """Everything that a page loads is within it or next to it."""
    _, out = piped
    for page in out.rglob("*.html"):
        html = page.read_text()
        assert not re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", html), page
        assert "@import" not in html


@pytest.mark.bwrap
@pytest.mark.usefixtures("judged_here")
def test_lang_chooses_the_language_of_the_report(capsys: Capture, piped: tuple[Said, Path], assignment: Path,
                                                 small_class: Path, tmp_path: Path) -> None:  # fmt: skip
    """Another language makes the pages again without grading again; the default is the assignment's language."""
    _, out = piped
    assert 'lang="en"' in (out / "students" / "Ana.html").read_text()
    said = grade(capsys, small_class, "--assignment", assignment, "--out", out, "--lang", "es")
    assert "0 judged now" in said.out
    for page in (out / "students" / "Ana.html", out / "index.html"):
        assert 'lang="es"' in page.read_text()
        assert "Tarea mínima" in page.read_text()
    grade(capsys, small_class, "--assignment", assignment, "--out", out, "--lang", "en")
    assert "Tiny assignment" in (out / "index.html").read_text()
    grade(capsys, small_class, "--assignment", assignment, "--out", out)
    assert 'lang="es"' in (out / "index.html").read_text()


# grade doctor and grade mark ------------------------------------------------------------------------------------


@pytest.mark.bwrap
@pytest.mark.usefixtures("judged_here")
def test_marks_count_and_survive_a_regrade(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """A person's points are in the total, the grade and the page, also after --fresh."""
    folder = write_class(tmp_path / "class", Ana=RIGHT)
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out)
    grade(capsys, *run)
    said = grade(capsys, "mark", "Ana", "2a", "0.5", "Bien explicado", "--out", out)
    assert said.status == 0
    assert "Ana, 2a: 0.5 of 1 points" in said.out
    for option in ([], ["--fresh"]):
        said = grade(capsys, *run, *option)
        assert grades(out)["Ana"]["2a"] == "3.5"
        assert grades(out)["Ana"]["total"] == "5.5"
        assert "wait for a person" not in said.out
        assert "Bien explicado" in (out / "students" / "Ana.html").read_text()
    assert "1 judged now" in said.out


@pytest.mark.bwrap
@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["Zoe", "2a", "1"], "no student 'Zoe'"),
        (["Ana", "1", "1"], "read by a person: 2a"),
        (["Ana", "9z", "1"], "read by a person: 2a"),
        (["Ana", "2a", "1.5"], "give 0 to 1"),
        (["Ana", "2a", "nan"], "write 0.5 or 0,5"),
        (["Ana", "2a", "-1"], "write 0.5 or 0,5"),
        (["Ana", "2a", "much"], "much"),
        (["Ana"], "QUESTION"),
    ],
)
def test_a_mark_that_makes_no_sense_is_refused(
    capsys: Capture, piped: tuple[Said, Path], argv: list[str], words: str
) -> None:
    """The refusal is one sentence with status 2, and the gradebook stays as it was."""
    said = grade(capsys, "mark", *argv, "--out", piped[1])
    assert said.status == 2
    assert words in said.error


def test_a_mark_without_a_gradebook_is_refused(capsys: Capture, tmp_path: Path) -> None:
    """The sentence says to grade first, and no gradebook is made."""
    said = grade(capsys, "mark", "Ana", "2a", "1", "--out", tmp_path)
    assert said.status == 2
    assert "grade first" in said.error
    assert not list(tmp_path.iterdir())


def test_version_is_printed(capsys: Capture) -> None:
    """`grade --version` is one line for a bug report: versions of the package, Python and torch."""
    expected = f"grade {__version__} (Python {platform.python_version()}, torch {torch.__version__})"
    assert grade(capsys, "--version").out.strip() == expected


def test_version_is_printed_without_torch(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch may not be needed: people ask for the version when the installation is broken."""

    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    said = grade(capsys, "--version")
    assert (said.status, said.err) == (0, "")
    assert said.out.strip().endswith("no torch)")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_a_script_that_completes_commands_and_options(capsys: Capture, shell: str) -> None:
    said = grade(capsys, "completion", shell)
    assert said.status == 0
    assert {"copies", "verify"} <= set(re.findall(r"\w+", said.out))
    assert "retry-faults" in said.out
