"""Repeated runs: kept results, results judged again, and the state after stops and kills."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from grader.run.gradebook import Gradebook

from ...tiny import (
    DOUBLE,
    ENDLESS,
    HALF,
    NEGATE,
    TABLE,
    grade,
    grades,
    notebook,
    records,
    running,
    temporary,
    write_assignment,
    write_class,
)
from ..runs import judged, times_kept, wait_until_gone

pytestmark = [pytest.mark.bwrap, pytest.mark.usefixtures("judged_here")]

Capture = pytest.CaptureFixture[str]

RIGHT = notebook(DOUBLE, NEGATE)


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_assignment(tmp_path_factory.mktemp("table"))


# Repeated runs --------------------------------------------------------------------------------------------------


def test_only_what_is_new_or_changed_is_judged(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """A second run judges nothing, a third one the changed and new files, and a fourth finds the old version again."""
    folder = write_class(tmp_path / "class", ana=RIGHT, bea=RIGHT)
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out)
    assert judged(grade(capsys, *run).out) == 2
    first = records(out)
    again = grade(capsys, *run)
    assert "2 submissions, 2 of them unchanged since they were graded" in again.out
    assert judged(again.out) == 0
    write_class(folder, bea=notebook(DOUBLE, HALF), eva=RIGHT)
    third = grade(capsys, *run)
    assert "3 submissions, 1 of them unchanged" in third.out
    assert judged(third.out) == 2
    assert "ana:" not in third.out
    assert records(out)["ana"] == first["ana"]
    assert grades(out)["bea"]["total"] == "2"
    write_class(folder, bea=RIGHT)
    assert judged(grade(capsys, *run).out) == 0
    assert grades(out)["bea"]["total"] == "5"
    assert records(out)["bea"] == first["bea"]


def test_fresh_starts_over(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """--fresh judges everything, and keeps the hidden cases of this gradebook."""
    folder = write_class(tmp_path / "class", ana=RIGHT, bea=notebook(DOUBLE, HALF))
    run = (folder, "--assignment", assignment, "--out", tmp_path / "out")
    grade(capsys, *run)
    before = grades(tmp_path / "out")
    fresh = grade(capsys, *run, "--fresh")
    assert judged(fresh.out) == 2
    assert "not changed" not in fresh.out
    assert grades(tmp_path / "out") == before


def test_a_new_round_has_a_salt_of_its_own(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """--salt new holds for what is new or changed; a result keeps its salt, and an old attempt is found again."""
    folder = write_class(tmp_path / "class", ana=RIGHT, bea=RIGHT)
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out)

    def salts() -> dict[str, str]:
        with Gradebook(out / "gradebook.sqlite") as book:
            return {slug: result.salt for slug, result in book.all().items()}

    grade(capsys, *run)
    first = salts()
    assert first["ana"] == first["bea"] != ""
    write_class(folder, bea=notebook(DOUBLE, HALF))
    assert judged(grade(capsys, *run, "--salt", "new").out) == 1
    second = salts()
    assert second["ana"] == first["ana"]
    assert second["bea"] not in ("", first["bea"])
    assert judged(grade(capsys, *run).out) == 0  # the salt stays for the round
    write_class(folder, bea=RIGHT)
    assert judged(grade(capsys, *run).out) == 0
    assert salts() == first
    assert grades(out)["bea"]["total"] == "5"
    assert judged(grade(capsys, *run, "--student", "bea", "--fresh", "--salt", first["bea"]).out) == 1
    assert salts() == first
    wrong = grade(capsys, *run, "--salt", "nwe")
    assert (wrong.status, "--salt nwe" in wrong.error) == (2, True)
    for file in (*out.glob("students/*"), *out.glob("results/*")):
        text = file.read_text()
        assert not any(salt in text for salt in (first["bea"], second["bea"])), file


def test_a_new_salt_is_proposed_once_students_know_the_cases(
    capsys: Capture, assignment: Path, tmp_path: Path
) -> None:
    """After pages were exported, each run says so until a new salt is drawn."""
    run = (write_class(tmp_path / "class", ana=RIGHT), "--assignment", assignment, "--out", tmp_path / "out")
    assert "--salt new" not in grade(capsys, *run).out
    with Gradebook(tmp_path / "out" / "gradebook.sqlite") as book:
        book.record_export({result.salt for result in book.all().values()})
    proposed = grade(capsys, *run).out
    assert "Students have had pages of these hidden cases since 20" in proposed
    assert "draw other cases: --salt new" in proposed
    assert "--salt new" not in grade(capsys, *run, "--salt", "new").out
    assert "--salt new" not in grade(capsys, *run).out


def test_a_changed_assignment_is_judged_again(capsys: Capture, tmp_path: Path) -> None:
    """A result belongs to the table with which it was made."""
    folder = write_class(tmp_path / "class", ana=RIGHT)
    run = (folder, "--out", tmp_path / "out", "--assignment")
    grade(capsys, *run, write_assignment(tmp_path / "table"))
    assert judged(grade(capsys, *run, write_assignment(tmp_path / "other", call_s=90)).out) == 1


def test_student_grades_some_and_keeps_the_others(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """--student judges the matching students; grades.csv and the class page keep everybody who was graded before."""
    folder = write_class(tmp_path / "class", ana=RIGHT, anita=RIGHT, bea=RIGHT)
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out)
    some = grade(capsys, *run, "--student", "an*")
    assert judged(some.out) == 2
    assert "bea" not in some.out
    assert list(grades(out)) == ["ana", "anita"]
    write_class(folder, ana=notebook(DOUBLE, HALF), anita=notebook(DOUBLE, HALF))
    one = grade(capsys, *run, "--student", "ana", "--fresh")
    assert judged(one.out) == 1
    assert "anita" not in one.out
    assert {name: row["total"] for name, row in grades(out).items()} == {"ana": "2", "anita": "5"}
    assert "anita" in (out / "index.html").read_text()
    assert judged(grade(capsys, *run).out) == 2
    assert judged(grade(capsys, *run, "--student", "bea").out) == 0
    assert {name: row["total"] for name, row in grades(out).items()} == {"ana": "2", "anita": "2", "bea": "5"}


def test_which_attempt_counts(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """The last one, unless --attempt says otherwise; all attempts are listed. A second run judges nothing."""
    names = [f"1-9 - Ana Rojas - Mar {day}, 2026 1005 AM" for day in (1, 2, 3)]
    folder = tmp_path / "class"
    for name, answers in zip(names, ((HALF,), (NEGATE,), ()), strict=True):
        (folder / name).mkdir(parents=True)
        (folder / name / "t.ipynb").write_bytes(notebook(DOUBLE, *answers))
    totals = {}
    for policy in ("last", "first", "best", "best"):
        out = tmp_path / policy
        said = grade(capsys, folder, "--assignment", assignment, "--out", out, "--attempt", policy)
        row = grades(out)["Ana Rojas"]
        totals[policy] = (row["total"], row["attempt"], row["submitted"])
    assert totals == {
        "last": ("2", "3", "2026-03-03T10:05:00"),
        "first": ("2", "1", "2026-03-01T10:05:00"),
        "best": ("5", "2", "2026-03-02T10:05:00"),
    }
    assert judged(said.out) == 0
    record = records(out)["Ana Rojas"]
    assert [(a["number"], a["counts"]) for a in record["attempts"]] == [(1, False), (2, True), (3, False)]
    assert (record["id"], record["late"]) == ("1", None)
    assert "3 intentos: cuenta el mejor, el intento 2" in (out / "students/Ana_Rojas.html").read_text()


def test_the_roster_counts(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """Absent students are rows, strangers are named, and a better roster judges nothing again."""
    folder = write_class(tmp_path / "class", ana=RIGHT, zoe=RIGHT)
    (folder / "enunciado.pdf").write_bytes(b"%PDF")
    (folder / "roster.csv").write_text("name,login,section\nAna Rojas,ana,\nBeto Soto,beto,2\n")
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out)
    said = grade(capsys, *run)
    assert "1 student of the roster handed in nothing: Beto Soto" in said.out
    assert "1 submission by people who are not in the roster: zoe" in said.out
    assert "Taken for nobody's submission: enunciado.pdf" in said.out
    rows = grades(out)
    assert {name: row["status"] for name, row in rows.items()} == {
        "Ana Rojas": "graded", "Beto Soto": "absent", "zoe": "graded",
    }  # fmt: skip
    assert rows["Beto Soto"]["section"] == "2"
    page = (out / "index.html").read_text()
    assert all(words in page for words in ("Beto Soto", "zoe", "enunciado.pdf"))
    (folder / "roster.csv").write_text("name,login,section\nAna Rojas,ana,1\nBeto Soto,beto,2\n")
    assert judged(grade(capsys, *run).out) == 0
    assert grades(out)["Ana Rojas"]["section"] == "1"


def test_a_roster_that_comes_later_hides_nothing(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """Marks, results and their salt follow the students to the names of the roster; old pages go."""
    folder = write_class(tmp_path / "class", rojasana_981_55501_t=RIGHT, beto=RIGHT)
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out)
    grade(capsys, *run)
    with Gradebook(out / "gradebook.sqlite") as book:
        book.mark("rojasana", "1", 0.5, "bien")
        before = book.current(["rojasana"])["rojasana"]
    (folder / "roster.csv").write_text("name,id\nAna Rojas,1001\nBeto Soto,981\n")
    assert judged(grade(capsys, *run, "--salt", "new").out) == 0
    with Gradebook(out / "gradebook.sqlite") as book:
        assert book.marks("Ana Rojas")["1"].comment == "bien"
        assert book.marks("Beto Soto") == {}
        now = book.current(["Ana_Rojas"])["Ana_Rojas"]
    assert (now.key, now.salt, now.id) == (before.key, before.salt, "1001")
    assert {p.stem for p in (out / "students").iterdir()} == {"Ana_Rojas", "Beto_Soto"}
    assert {p.stem for p in (out / "results").iterdir()} == {"Ana_Rojas", "Beto_Soto"}


def test_names_that_an_instructor_mapped_count(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """names.toml in the folder of submissions maps a name for one student, who alone is judged again."""
    renamed = notebook(DOUBLE, NEGATE.replace("negate", "opposite"))
    folder = write_class(tmp_path / "class", ana=renamed, bea=renamed)
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out)
    grade(capsys, *run)
    assert grades(out)["ana"]["2a"] == "0"
    (folder / "names.toml").write_text('[ana]\nnegate = "opposite"\n')
    assert judged(grade(capsys, *run).out) == 1
    assert [row["2a"] for row in grades(out).values()] == ["3", "0"]


@pytest.mark.parametrize("key", ['"both.factor"', "both.factor"])
def test_arguments_that_an_instructor_mapped_have_any_name_and_order(
    capsys: Capture, tmp_path: Path, key: str
) -> None:
    """The student's own calls stay as they are."""
    table = tmp_path / "assignment" / "assignment.py"
    table.parent.mkdir()
    table.write_text(TABLE.format(seconds=60).replace(
        "def double(t):\n    return 2 * t\n", "def both(t, shift, factor=2):\n    return factor * t + shift\n"
    ).replace('{"double": double(d.normal(d.n))}', '{"both": both(d.normal(d.n), 1, factor=3)}')
     .replace("- 2 * t\n# + t", "- factor * t\n# + t"))  # fmt: skip
    answer = "def both(k, t, s, h=0):\n    return k * t + s + h\nassert both(3, 1, 5) == 8"
    folder = write_class(tmp_path / "class", ana=notebook(answer))
    (folder / "names.toml").write_text(f'[ana]\n{key} = "k"\n')
    grade(capsys, folder, "--assignment", table.parent, "--out", tmp_path / "out", "--lanes", 1)
    assert grades(tmp_path / "out")["ana"]["1"] == "2"


@pytest.mark.parametrize("text", ["[ana\n", "negate = 3\n", '[ana]\nnope = "x"\n', "[ana]\nnegate = 3\n",
                                  "[ana]\nnegate = []\n", "[ana]\nnegate = [3]\n", '[ana]\n"negate.no" = "x"\n'])
def test_a_broken_names_file_is_refused(capsys: Capture, assignment: Path, tmp_path: Path, text: str) -> None:
    """One sentence names the file before any work."""
    folder = write_class(tmp_path / "class", ana=RIGHT)
    (folder / "names.toml").write_text(text)
    said = grade(capsys, folder, "--assignment", assignment, "--out", tmp_path / "out")
    assert said.status == 2
    assert "names.toml" in said.error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("section", "near"), [("Ana_Roja", "Ana_Rojas"), ('"ana rojas"', "Ana Rojas"), ("xyz", "")])
def test_names_of_an_unknown_student_are_refused(
    capsys: Capture, assignment: Path, tmp_path: Path, section: str, near: str
) -> None:
    """A section for nobody is an error that names the closest student; an absent student is known."""
    folder = write_class(tmp_path / "class", ana=RIGHT)
    (folder / "roster.csv").write_text("name,login\nAna Rojas,ana\nBeto Soto,beto\n")
    (folder / "names.toml").write_text(f'["Beto Soto"]\nnegate = "minus"\n[{section}]\nnegate = "opposite"\n')
    said = grade(capsys, folder, "--assignment", assignment, "--out", tmp_path / "out")
    assert said.status == 2
    assert f"there is no student {section.strip(chr(34))}" in said.error
    assert near in said.error
    assert not (tmp_path / "out").exists()


# Stopping and killing -------------------------------------------------------------------------------------------


# Two lanes, of which one gets the first submission and the other one the rest: when the rest is done, the first is
# being judged for sure.


@pytest.mark.parametrize("how", ["^C in a terminal", "SIGINT to the group", "SIGTERM"])
def test_a_stopped_run_goes_on_where_it_was(capsys: Capture, assignment: Path, tmp_path: Path, how: str) -> None:
    """The run ends at once without a traceback or a process, and the next run judges only the rest."""
    folder = write_class(tmp_path / "class", a=notebook(ENDLESS), b=RIGHT, c=notebook(DOUBLE, HALF))
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out, "--lanes", "2", "--lang", "en")
    with running(*run, terminal=100 if "terminal" in how else 0) as process:
        process.until("[2/3]")
        processes = process.children()
        assert len(processes) == 2  # two judges
        if "terminal" in how:
            os.write(process.stream, b"\x03")
        elif "group" in how:
            os.killpg(process.process.pid, signal.SIGINT)
        else:
            process.process.terminate()
        said = process.end()
    wait_until_gone(processes)
    assert not list(temporary(folder).iterdir())
    assert said.status == 130
    assert "Stopped. Finished results are kept; run the same command again to continue." in said.out
    assert "Traceback" not in said.out
    assert list(grades(out)) == ["b", "c"]
    kept = records(out)
    write_class(folder, a=RIGHT)
    again = grade(capsys, *run)
    assert again.status == 0
    assert judged(again.out) == 1
    assert {name: row["total"] for name, row in grades(out).items()} == {"a": "5", "b": "5", "c": "2"}
    assert {name: records(out)[name] for name in kept} == kept
    assert times_kept(out) == {"a": 1, "b": 1, "c": 1}


@pytest.mark.parametrize(
    "where",
    ["assignment.load.load_assignment", "run.class_run.collect_class", "judging.judge.Judge.prepare",
     "run.outputs.GradesCsv"],
)
def test_a_stop_is_understood_at_any_time(
    capsys: Capture, assignment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """A stop before the first result or after the last one leads to one sentence and status 130."""

    def stopped(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    folder = write_class(tmp_path / "class", a=RIGHT)
    monkeypatch.setattr(f"grader.{where}", stopped)
    said = grade(capsys, folder, "--assignment", assignment, "--out", tmp_path / "out")
    assert said.status == 130
    assert (said.out + said.err).count("Stopped. Finished results are kept") == 1
    assert "Traceback" not in said.err


def test_after_kill_9_the_next_run_finishes(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """The judges and their sandboxes end with the main process. Finished results stay, and the rest is judged once."""
    folder = write_class(tmp_path / "class", a=notebook(ENDLESS), b=RIGHT, c=RIGHT)
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out, "--lanes", "2")
    with running(*run) as process:
        process.until("[2/3]")
        judges = process.children()
        process.process.kill()
        assert process.process.wait() == -signal.SIGKILL
        wait_until_gone(judges)
    assert not list(temporary(folder).iterdir())
    kept = records(out)
    assert list(kept) == ["b", "c"]
    write_class(folder, a=RIGHT)
    again = grade(capsys, *run)
    assert again.status == 0
    assert judged(again.out) == 1
    assert {name: row["total"] for name, row in grades(out).items()} == {"a": "5", "b": "5", "c": "5"}
    assert {name: records(out)[name] for name in kept} == kept
    assert times_kept(out) == {"a": 1, "b": 1, "c": 1}


def test_two_runs_do_not_share_a_gradebook(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """The second run is refused while the first one works, and neither loses anything."""
    folder = write_class(tmp_path / "class", a=notebook(ENDLESS), b=RIGHT)
    run = (folder, "--assignment", assignment, "--out", tmp_path / "out", "--lanes", "2")
    with running(*run) as process:
        process.until("[1/2]")
        said = grade(capsys, *run)
        assert said.status == 2
        assert "another grade command is using" in said.error
        assert str(process.process.pid) in said.error
        process.process.terminate()
        assert process.end().status == 130
    assert list(grades(tmp_path / "out")) == ["b"]


# Late submissions -----------------------------------------------------------------------------------------------


def test_late_days_lower_the_total_and_the_page_shows_the_arithmetic(capsys: Capture, tmp_path: Path) -> None:
    """A person can waive days, with a comment that the student reads; the gradebook keeps who did so."""
    table = write_assignment(tmp_path / "table")
    file = table / "assignment.py"
    price = "# deadline: 2026-03-01 12:00 America/Santiago\n# late: 10 % per day, 1 h grace, 1 free day\n"
    file.write_text(file.read_text().replace("# limit:", price + "# limit:"))
    folder, out = tmp_path / "class", tmp_path / "out"
    folder.mkdir()
    for name, time in (("ana", "01-12-30-00"), ("bea", "04-10-00-00")):
        (folder / f"T_{name}_attempt_2026-03-{time}_t.ipynb").write_bytes(RIGHT)
    run = (folder, "--assignment", table, "--out", out, "--lang", "en")
    grade(capsys, *run)
    rows = grades(out)
    assert (rows["ana"]["late_days"], rows["ana"]["deducted"], rows["ana"]["total"]) == ("0", "0", "5")
    assert (rows["bea"]["late_days"], rows["bea"]["deducted"], rows["bea"]["total"]) == ("3", "1", "4")
    page = (out / "students" / "bea.html").read_text()
    assert "Handed in 2026-03-04T10:00:00, after the deadline 2026-03-01 12:00 America/Santiago: 3 late days" in page
    assert "3 late days - 1 free - 0 waived = 2 that count" in page
    assert "2 x 10 % of 5 points = 1, so 4 points remain" in page
    said = grade(capsys, "mark", "waive", "bea", "1", "a medical certificate", "--out", out)
    assert "bea: 1 late days do not count" in said.out
    grade(capsys, *run)
    assert grades(out)["bea"]["total"] == "4.5"
    page = (out / "students" / "bea.html").read_text()
    assert "3 late days - 1 free - 1 waived = 1 that count" in page
    assert "a medical certificate" in page
    assert "late days waived · 1 points · a medical certificate" in grade(capsys, "mark", "log", "--out", out).out


def test_a_group_is_judged_once(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """The members of a group have a row, a page and a record each, with the same result, which is judged once."""
    folder = write_class(tmp_path / "class", ana=RIGHT, eva=notebook(DOUBLE, HALF))
    (folder / "roster.csv").write_text("name,group\nana,g1\nbeto,g1\neva,g2\nian,g2\nleo,\n")
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out, "--lang", "en")
    alone = grade(capsys, *run)
    assert "Nothing was handed in by beto, ian, but by others of the same group" in alone.out
    assert grades(out)["beto"]["status"] == "absent"
    assert judged(grade(capsys, *run, "--groups").out) == 0  # ana's and eva's results hold
    found = grades(out)
    assert [(found[name]["total"], found[name]["group"]) for name in ("ana", "beto", "eva", "ian", "leo")] == [
        ("5", "g1"), ("5", "g1"), ("2", "g2"), ("2", "g2"), ("", "")
    ]  # fmt: skip
    assert records(out)["beto"]["together"] == ["ana"]
    assert "Handed in together with ana" in (out / "students" / "beto.html").read_text()
    (folder / "names.toml").write_text('[ian]\ndouble = "twice"\n')
    write_class(folder, eva=notebook(DOUBLE.replace("double", "twice"), NEGATE))
    assert judged(grade(capsys, *run, "--groups").out) == 1
    assert {grades(out)[name]["total"] for name in ("eva", "ian")} == {"5"}  # a member's name is that of the group
    assert judged(grade(capsys, *run, "--groups", "--fresh", "--attempt", "best").out) == 3  # leo is absent


def test_a_late_policy_judges_nothing_again(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """A new deadline or another cost of late days changes sums only: no submission is judged again."""
    folder = tmp_path / "submitted"
    for name in ("ana", "beto"):
        (folder / name).mkdir(parents=True)
        (folder / name / "t.ipynb").write_bytes(RIGHT)
        (folder / name / "timestamp.txt").write_text("2026-03-03 12:00:00 UTC")
    table = (assignment / "assignment.py").read_text()
    own = write_assignment(tmp_path / "own")
    out = tmp_path / "out"

    def graded(*headers: str) -> tuple[int, str, str]:
        lines = "".join(f"# {line}\n" for line in headers)
        (own / "assignment.py").write_text(table.replace("# load limit", f"{lines}# load limit"))
        said = judged(grade(capsys, folder, "--assignment", own, "--out", out, "--lang", "en").out)
        return said, grades(out)["ana"]["total"], grades(out)["ana"]["late_days"]

    assert graded() == (2, "5", "")
    assert graded("deadline: 2026-03-01 12:00 UTC", "late: 10 % per day") == (0, "4", "2")
    page = (out / "students" / "ana.html").read_text()
    assert "2026" in page
    assert graded("deadline: 2026-03-01 12:00 UTC", "late: 1 point per day, 1 free day") == (0, "4", "2")
    assert graded("deadline: 2026-03-03 12:00 UTC", "late: 1 point per day") == (0, "5", "0")
