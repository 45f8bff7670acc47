"""Faults of the grader: they are reported to its maintainer, cost students nothing, and are tried again on request."""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from grader.judging import submission
from grader.results import Status, SubmissionResult
from grader.run import outputs

from .tiny import (
    DOUBLE,
    FAULTY,
    NEGATE,
    Said,
    break_the_judge,
    grade,
    graded,
    grades,
    notebook,
    records,
    write_assignment,
    write_class,
)

pytestmark = pytest.mark.bwrap

Capture = pytest.CaptureFixture[str]

SECRET = "# only the author may read this\n"
RIGHT = notebook(SECRET + DOUBLE, NEGATE)
KINDS = ("test", "page", "inf", "surrogate")  # the planted faults; each student has the name of the fault


@dataclass(frozen=True)
class Runs:
    """A run with planted faults, the same command again, and again with --retry-faults and the faults repaired."""

    out: Path
    first: Said
    reports: dict[str, str]
    rows: dict[str, dict[str, str]]
    json: dict[str, str]
    pages: dict[str, str]
    second: Said
    second_rows: dict[str, dict[str, str]]
    retried: Said
    retried_rows: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    home = tmp_path_factory.mktemp("home")
    out = home / "out"
    faulty = notebook(SECRET + DOUBLE, FAULTY)
    folder = write_class(home / "class", test=faulty, page=RIGHT, inf=RIGHT, surrogate=RIGHT, zoe=RIGHT)
    argv = (folder, "--assignment", write_assignment(home / "table"), "--out", out, "--lanes", "1")
    with pytest.MonkeyPatch.context() as always, pytest.MonkeyPatch.context() as patch:
        break_the_judge(always)
        patch.setattr(outputs, "render_student", _breaks(outputs.render_student))
        patch.setattr(submission.scoring, "totalled", _spoils(submission.scoring.totalled))
        patch.setenv("HOME", str(Path(__file__).parents[1]))  # so that the grader's files are in a home folder
        first = graded(*argv)
        reports = _texts(out / "faults")
        rows, texts, pages = grades(out), _texts(out / "results"), _texts(out / "students")
        second = graded(*argv)
        second_rows = grades(out)
        patch.undo()
        retried = graded(*argv, "--retry-faults")
    return Runs(out, first, reports, rows, texts, pages, second, second_rows, retried, grades(out))


def _breaks(render: Callable[..., str]) -> Callable[..., str]:
    def broken(result: SubmissionResult, *others: object, **more: object) -> str:
        if result.student == "page" and result.status is not Status.GRADER_FAULT:
            raise KeyError("no such template")
        return render(result, *others, **more)

    return broken


def _spoils(totalled: Callable[..., SubmissionResult]) -> Callable[..., SubmissionResult]:
    def spoiled(result: SubmissionResult, *others: object, **more: object) -> SubmissionResult:
        found = totalled(result, *others, **more)
        if result.student == "inf":
            return replace(found, total=float("inf"))
        return replace(found, output="\ud800") if result.student == "surrogate" else found

    return spoiled


def _texts(folder: Path) -> dict[str, str]:
    return {file.stem: file.read_text() for file in folder.iterdir()}


def test_a_fault_makes_the_run_exit_3_and_is_said(runs: Runs) -> None:
    """The other submissions are graded. The last lines count the bug reports and name the option that tries again."""
    assert runs.first.status == 3
    (line,) = (line for line in runs.first.out.splitlines() if line.startswith("Faults"))
    again = "to try again, run the same command with --retry-faults"
    assert line == f"Faults of the grader: 4 bug reports in {runs.out / 'faults'}; {again}"
    assert "Traceback" not in runs.first.out + runs.first.err
    assert runs.rows["zoe"]["total"] == "5"


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_costs_nothing(runs: Runs, kind: str) -> None:
    """Wherever the grader's code fails on a submission, its row has a status, and no points that are too low."""
    row = runs.rows[kind]
    assert (row["student"], row["file"], row["status"]) == (kind, f"{kind}.ipynb", "grader_fault")
    assert [row[column] for column in ("1", "2a", "total", "grade")] == [""] * 4


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("test", ("ZeroDivisionError: a bug of the grader", "question 2a", "check 'values'", "case 'a vector'")),
        ("page", ("KeyError: 'no such template'", "its page was written")),
        ("inf", ("ValidationError", "total")),
        ("surrogate", ("UnicodeEncodeError", "surrogates not allowed")),
    ],
)
def test_a_bug_report_says_what_a_maintainer_needs(runs: Runs, kind: str, words: tuple[str, ...]) -> None:
    """The report has versions, file, traceback, place, and the command that repeats the fault."""
    for word in (*words, "Traceback", "-torch2", "tiny", f"{kind}.ipynb", f"--student {kind} --retry-faults", "bwrap"):
        assert word in runs.reports[kind]


def test_a_bug_report_holds_nothing_private(runs: Runs) -> None:
    """The report shows no student code, no other student and no folder of this machine."""
    assert sorted(runs.reports) == sorted(KINDS)
    for report in runs.reports.values():
        assert "only the author" not in report
        assert "zoe" not in report
        assert str(Path(__file__).parents[1]) not in report
        assert str(runs.out) not in report
        assert re.findall(r'File "(?!\.\.\./)', report) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_student_is_told_that_it_is_not_their_fault(runs: Runs, kind: str) -> None:
    """Page and JSON name the fault without a traceback."""
    assert "No es culpa tuya" in runs.pages[kind]
    assert json.loads(runs.json[kind])["status"] == "grader_fault"
    for text in (runs.pages[kind], runs.json[kind]):
        assert "Traceback" not in text
        assert "Error" not in text


def test_a_fault_stays_until_it_is_asked_for(runs: Runs) -> None:
    """The same command again judges nothing and says the same."""
    assert runs.second.status == 3
    assert ", 0 judged now" in runs.second.out
    assert "4 bug reports" in runs.second.out
    assert "to try again, run the same command with --retry-faults" in runs.second.out
    assert runs.second_rows == runs.rows


def test_retry_faults_tries_those_again_and_no_others(runs: Runs) -> None:
    """A repaired submission is graded and its bug report removed. The others stay faults."""
    assert runs.retried.status == 3
    assert ", 4 judged now" in runs.retried.out
    assert "1 bug report in" in runs.retried.out
    assert [row["total"] for row in runs.retried_rows.values()] == ["5", "5", "5", "", "5"]
    assert runs.retried_rows["test"]["status"] == "grader_fault"
    assert [file.stem for file in (runs.out / "faults").iterdir()] == ["test"]


def test_a_full_temporary_folder_is_said_and_is_nobodys_fault(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No submission becomes a fault because the sandbox finds no room: the run stops with one sentence, status 2."""

    def full(*args: object, **kwargs: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("grader.sandbox.lane.tempfile.mkdtemp", full)
    folder = write_class(tmp_path / "class", ana=RIGHT)
    said = grade(capsys, folder, "--assignment", write_assignment(tmp_path / "table"), "--out", tmp_path / "out")
    assert said.status == 2
    assert "No space left on device" in said.error
    assert not (tmp_path / "out" / "results").exists()


def test_the_reason_why_a_file_cannot_be_read_is_in_the_readers_language(capsys: Capture, tmp_path: Path) -> None:
    """The page of a Spanish report says it in Spanish."""
    folder = write_class(tmp_path / "class", ana=b"PK\x03\x04")
    table = write_assignment(tmp_path / "table")
    assert grade(capsys, folder, "--assignment", table, "--out", tmp_path / "out", "--lang", "es").status == 1
    assert "no es un .zip" in (tmp_path / "out" / "students" / "ana.html").read_text()
    assert "not a .zip" not in json.dumps(records(tmp_path / "out")["ana"]["notes"][0]["values"])  # type: ignore[index]


# Inputs that cannot be sent --------------------------------------------------------------------------------------

# `given` makes 68 MB, and 64 may be sent.
LARGE = "def given(d):\n    import torch\n    return {'t': torch.zeros(17, 1 << 20)}\n"


def _table(folder: Path, **changes: str) -> Path:
    file = write_assignment(folder) / "assignment.py"
    text = file.read_text()
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    file.write_text(text)
    return folder


def test_an_input_that_is_too_large_is_an_error_of_the_assignment(capsys: Capture, tmp_path: Path) -> None:
    """Before any student's code runs, one sentence names the place. The status is 2, and no student loses a point."""
    folder = write_class(tmp_path / "class", ana=RIGHT, eva=notebook("1"))
    table = _table(tmp_path / "table", **{"# %% wrong not-doubled": f"{LARGE}# %% wrong not-doubled"})
    said = grade(capsys, folder, "--assignment", table, "--out", tmp_path / "out")
    assert said.status == 2
    for words in ("assignment.py, line ", "question 1", "test values", "case a vector", "cannot be sent"):
        assert words in said.error
    assert not (tmp_path / "out" / "results").exists()


def test_an_answer_that_is_too_large_is_the_students(capsys: Capture, tmp_path: Path) -> None:
    """Right answers fit. An answer of 80 MB is wrong, and neither the run nor the other submissions suffer."""
    double = "import torch\n" + DOUBLE.replace("2 * t", "torch.zeros(20, 1 << 20)")
    folder = write_class(tmp_path / "class", ana=RIGHT, eva=notebook(double, NEGATE))
    out = tmp_path / "out"
    said = grade(capsys, folder, "--assignment", write_assignment(tmp_path / "table"), "--out", out)
    assert said.status == 0, said.err
    assert {name: row["1"] for name, row in grades(out).items()} == {"ana": "2", "eva": "0"}
    assert {name: row["2a"] for name, row in grades(out).items()} == {"ana": "3", "eva": "3"}


def test_a_statement_that_is_too_long_is_left_out(capsys: Capture, tmp_path: Path) -> None:
    """A cell that holds a picture as text is neither a fault nor a crash: the page names it and the rest is graded."""
    picture = f"picture = '{chr(0x1F600) * 400_000}'"  # 12 bytes each in JSON
    double = "def double(t):\n    try:\n        picture\n    except NameError:\n        pass\n    return 2 * t\n"
    folder = write_class(tmp_path / "class", ana=notebook(picture, double, NEGATE))
    out = tmp_path / "out"
    said = grade(capsys, folder, "--assignment", write_assignment(tmp_path / "table"), "--out", out, "--lang", "es")
    assert said.status == 0, said.err
    assert grades(out)["ana"]["total"] == "5"
    assert "no se pudo ejecutar (es demasiado larga)" in (out / "students" / "ana.html").read_text()
