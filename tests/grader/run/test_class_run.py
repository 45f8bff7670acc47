"""Runs that go on: what is kept, what is judged again, and what stops and kills leave behind."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from ...tiny import (
    DOUBLE,
    ENDLESS,
    HALF,
    NEGATE,
    WAITING,
    grade,
    grades,
    notebook,
    records,
    running,
    temporary,
    write_assignment,
    write_class,
)

pytestmark = pytest.mark.bwrap

Capture = pytest.CaptureFixture[str]

RIGHT = notebook(DOUBLE, NEGATE)


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_assignment(tmp_path_factory.mktemp("table"))


def judged(out: str) -> int:
    """How many submissions a run says that it judged."""
    found = re.search(r", (\d+) judged now", out)
    assert found is not None, out
    return int(found[1])


def times_kept(out: Path) -> dict[str, int]:
    """How many results the gradebook keeps of each slug."""
    with sqlite3.connect(out / "gradebook.sqlite") as book:
        return dict(book.execute("SELECT slug, count(*) FROM results GROUP BY slug"))


def alive(pid: int) -> bool:
    """Whether this process can still do anything; one that has ended may wait for its parent to notice."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until_gone(pids: list[int]) -> None:
    """Return when none of these processes is alive; fail after half a minute."""
    deadline = time.monotonic() + 30
    while left := [pid for pid in pids if alive(pid)]:
        assert time.monotonic() < deadline, f"still there: {left}"


# Going on -------------------------------------------------------------------------------------------------------


def test_only_what_is_new_or_changed_is_judged(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """A second run judges nothing, a third one the changed and the new; a fourth finds the old version again."""
    folder = write_class(tmp_path / "class", ana=RIGHT, bea=RIGHT)
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out)
    assert judged(grade(capsys, *run).out) == 2
    first = records(out)
    again = grade(capsys, *run)
    assert "2 submissions, 2 of them not changed since they were graded" in again.out
    assert judged(again.out) == 0
    write_class(folder, bea=notebook(DOUBLE, HALF), eva=RIGHT)
    third = grade(capsys, *run)
    assert "3 submissions, 1 of them not changed" in third.out
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


def test_a_changed_assignment_is_judged_again(capsys: Capture, tmp_path: Path) -> None:
    """A result belongs to the table that it was made with."""
    folder = write_class(tmp_path / "class", ana=RIGHT)
    run = (folder, "--out", tmp_path / "out", "--assignment")
    grade(capsys, *run, write_assignment(tmp_path / "table"))
    assert judged(grade(capsys, *run, write_assignment(tmp_path / "other", call_s=90)).out) == 1


def test_student_grades_some_and_keeps_the_others(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """--student judges who fits; grades.csv and the class page still hold everybody who was graded before."""
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


def test_pages_that_were_removed_come_back(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """All files but the gradebook are made from it, without judging."""
    folder = write_class(tmp_path / "class", ana=RIGHT)
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out)
    grade(capsys, *run)
    before = {p: p.read_bytes() for p in (out / "students" / "ana.html", out / "results" / "ana.json")}
    for file in (*before, out / "grades.csv", out / "index.html"):
        file.unlink()
    assert judged(grade(capsys, *run).out) == 0
    assert {p: p.read_bytes() for p in before} == before
    assert (out / "index.html").is_file()
    assert grades(out)["ana"]["total"] == "5"


def test_only_pages_that_would_differ_are_written(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """A run in which nothing has changed leaves a page alone; a mark, another language and a new result do not."""
    folder = write_class(tmp_path / "class", ana=RIGHT, bea=RIGHT)
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out, "--lanes", "1")

    def written(*argv: str) -> set[str]:
        """Whose page was put in its place by this run."""
        before = {file.stem: file.stat().st_ino for file in (out / "students").glob("*")}
        keep = [file.open() for file in (out / "students").glob("*")]  # so that no number is used again
        grade(capsys, *run, *argv)
        for stream in keep:
            stream.close()
        return {file.stem for file in (out / "students").iterdir() if before.get(file.stem) != file.stat().st_ino}

    assert written() == {"ana", "bea"}
    assert written() == set()
    grade(capsys, "mark", "ana", "2a", "1", "--out", out)
    assert written() == {"ana"}
    assert written("--lang", "en") == {"ana", "bea"}
    assert written("--lang", "en", "--fresh", "--student", "bea") == {"bea"}
    assert written("--lang", "en") == set()


def test_the_number_of_lanes_does_not_change_grades(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """One lane or more than there are submissions: the rows are the same, in the order of names."""
    folder = write_class(tmp_path / "class", eva=RIGHT, ana=notebook(DOUBLE), bea=notebook(DOUBLE, HALF))
    tables = []
    for lanes in (1, 8):
        out = tmp_path / f"out{lanes}"
        said = grade(capsys, folder, "--assignment", assignment, "--out", out, "--lanes", str(lanes))
        assert said.status == 0
        tables.append((out / "grades.csv").read_text())
    assert tables[0] == tables[1]
    assert list(grades(out)) == ["ana", "bea", "eva"]


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


@pytest.mark.parametrize("text", ["[ana\n", "negate = 3\n", '[ana]\nnope = "x"\n', "[ana]\nnegate = 3\n"])
def test_a_broken_names_file_is_refused(capsys: Capture, assignment: Path, tmp_path: Path, text: str) -> None:
    """One sentence names the file, before any work."""
    folder = write_class(tmp_path / "class", ana=RIGHT)
    (folder / "names.toml").write_text(text)
    said = grade(capsys, folder, "--assignment", assignment, "--out", tmp_path / "out")
    assert said.status == 2
    assert "names.toml" in said.error
    assert not (tmp_path / "out").exists()


# Stopping and killing -------------------------------------------------------------------------------------------


# Two lanes, of which one gets the first submission and the other one the rest: when the rest is done, the first is
# being judged for sure.


@pytest.mark.parametrize("how", ["^C in a terminal", "SIGINT to the group", "SIGTERM"])
def test_a_stopped_run_goes_on_where_it_was(capsys: Capture, assignment: Path, tmp_path: Path, how: str) -> None:
    """It ends at once without a traceback, leaves no process, and the next run judges only what was left."""
    folder = write_class(tmp_path / "class", a=notebook(ENDLESS), b=RIGHT, c=notebook(DOUBLE, HALF))
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out, "--lanes", "2", "--lang", "en")
    with running(*run, terminal=100 if "terminal" in how else 0) as process:
        process.until("[2/3]")
        judges = process.children()
        assert len(judges) == 2
        if "terminal" in how:
            os.write(process.stream, b"\x03")
        elif "group" in how:
            os.killpg(process.process.pid, signal.SIGINT)
        else:
            process.process.terminate()
        said = process.end()
    wait_until_gone(judges)
    assert not list(temporary(folder).iterdir())
    assert said.status == 130
    assert "Stopped. What was finished is kept; the same command goes on from there." in said.out
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
    ["assignment.load.load", "run.class_run.collect", "judging.judge.Judge.prepare", "run.outputs.write_grades"],
)
def test_a_stop_is_understood_at_any_time(
    capsys: Capture, assignment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Before there is a result and after the last one: one sentence and status 130."""

    def stopped(*args: object) -> None:
        raise KeyboardInterrupt

    folder = write_class(tmp_path / "class", a=RIGHT)
    monkeypatch.setattr(f"grader.{where}", stopped)
    said = grade(capsys, folder, "--assignment", assignment, "--out", tmp_path / "out")
    assert said.status == 130
    assert (said.out + said.err).count("Stopped. What was finished is kept") == 1
    assert "Traceback" not in said.err


def test_after_kill_9_the_next_run_finishes(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """The judges and their sandboxes end with the main process; what was finished stays, the rest is judged once."""
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


def test_judges_that_are_killed_are_replaced(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """With or without work: the submission at hand is judged again, and the run ends as if nothing had been."""
    flag = tmp_path / "wait"
    flag.touch()
    waiting = notebook(WAITING.format(flag=str(flag)), NEGATE)
    # The second lane gets the one that waits, so that the first, killed while idle, is the next to be asked.
    folder = write_class(tmp_path / "class", a=RIGHT, b=waiting, c=RIGHT)
    out = tmp_path / "out"
    run = (folder, "--assignment", assignment, "--out", out, "--lanes", "2", "--sandbox", "none")
    with running(*run) as process:
        process.until("[2/3]")
        idle, busy = process.children()
        os.kill(idle, signal.SIGKILL)
        wait_until_gone([idle])
        os.kill(busy, signal.SIGKILL)
        flag.unlink()
        said = process.end()
    assert said.status == 0
    assert "Traceback" not in said.out
    assert judged(said.out) == 3
    assert {name: row["total"] for name, row in grades(out).items()} == {"a": "5", "b": "5", "c": "5"}
    assert times_kept(out) == {"a": 1, "b": 1, "c": 1}
    assert judged(grade(capsys, *run).out) == 0


@pytest.mark.parametrize("depth", [1, 2], ids=["the warm worker", "the process of the submission"])
def test_a_worker_that_is_killed_costs_no_points(assignment: Path, tmp_path: Path, depth: int) -> None:
    """In the middle of a call: the submission is judged again, as if nothing had been."""
    flag, started = tmp_path / "wait", tmp_path / "started"
    flag.touch()
    waiting = WAITING.format(flag=str(flag)).replace("    while", f"    open({str(started)!r}, 'w').close()\n    while")
    folder = write_class(tmp_path / "class", a=notebook(waiting, NEGATE))
    out = tmp_path / "out"
    with running(folder, "--assignment", assignment, "--out", out, "--lanes", "1", "--sandbox", "none") as process:
        process.until("1 submission")
        while not started.exists():
            assert process.process.poll() is None
        pid = process.children()[0]
        for _ in range(depth):
            (pid,) = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        os.kill(pid, signal.SIGKILL)
        flag.unlink()
        said = process.end()
    assert said.status == 0
    assert grades(out)["a"]["total"] == "5"


def test_a_judge_that_dies_each_time_on_one_submission_is_a_fault_of_ours(
    capsys: Capture, assignment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are graded, the status is 3, and --retry-faults tries again."""
    from grader.judging import judge_pool

    real = judge_pool.judge_one

    def dies(task: judge_pool.Task, *others: object) -> object:
        if task.submission.student == "bea":
            os.kill(os.getpid(), signal.SIGKILL)
        return real(task, *others)  # type: ignore[arg-type]

    folder = write_class(tmp_path / "class", ana=RIGHT, bea=RIGHT, eva=RIGHT)
    out = tmp_path / "out"
    argv = (folder, "--assignment", assignment, "--out", out, "--lanes", "1", "-v")
    with monkeypatch.context() as patch:
        patch.setattr(judge_pool, "judge_one", dies)
        said = grade(capsys, *argv)
    assert said.status == 3
    assert "the judge ended without a result (exit code -9)" in said.out
    assert {name: row["status"] for name, row in grades(out).items()} == {
        "ana": "graded", "bea": "grader_fault", "eva": "graded",
    }  # fmt: skip
    again = grade(capsys, *argv, "--retry-faults")
    assert again.status == 0
    assert judged(again.out) == 1
    assert grades(out)["bea"]["total"] == "5"


def test_two_runs_do_not_share_a_gradebook(capsys: Capture, assignment: Path, tmp_path: Path) -> None:
    """The second one is refused while the first works, and neither loses anything."""
    folder = write_class(tmp_path / "class", a=notebook(ENDLESS), b=RIGHT)
    run = (folder, "--assignment", assignment, "--out", tmp_path / "out", "--lanes", "2")
    with running(*run) as process:
        process.until("[1/2]")
        said = grade(capsys, *run)
        assert said.status == 2
        assert "another grade is working" in said.error
        assert str(process.process.pid) in said.error
        process.process.terminate()
        assert process.end().status == 130
    assert list(grades(tmp_path / "out")) == ["b"]
