"""`grade check` in a terminal: its output, its files and its status, and no process or folder left behind."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from grader.results import Verdict, from_json
from grader.sandbox.levels import Level, strongest

from .. import students
from ..exchange.test_classroom50 import RUNNER
from ..released import handed_out
from ..students import RIGHT_LOSS, SLOPE, SUMMED_LOSS, WRONG_SLOPE, check
from .conftest import Check

LIMIT_S = 240


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """The course's folder, and an empty one for temporary files."""
    course, temporary = tmp_path / "course", tmp_path / "temporary"
    course.mkdir()
    temporary.mkdir()
    return course, temporary


def test_an_unfinished_notebook_is_no_failure(check_here: Check, tmp_path: Path) -> None:
    """Holes are not answered and do not change the status, unless all questions are required."""
    notebook = students.copy(tmp_path, RIGHT_LOSS)
    done = check_here(notebook)
    assert (done.returncode, done.stderr) == (0, "")
    assert "✓ 1b" in done.stdout
    assert "○ 4a  Descenso de gradiente: sin responder" in done.stdout
    assert "Por corregir" not in done.stdout
    assert check_here(notebook, "1b", "4a", "--no-attempted-only").returncode == 1


def test_a_newer_python_than_the_grading_one_is_told(check_here: Check, tmp_path: Path) -> None:
    """The student reads which version grades; without a newer one there is no such sentence."""
    notebook = students.copy(tmp_path, RIGHT_LOSS)
    assert "Python" not in check_here(notebook, "1b", "--lang", "en").stdout
    checks = notebook.parent / "checks" / "checks.json"
    recorded = json.loads(checks.read_text(encoding="utf-8"))
    recorded["assignment"]["python"] = "3.9"
    checks.write_text(json.dumps(recorded), encoding="utf-8")
    said = " ".join(check_here(notebook, "1b", "--lang", "en").stdout.split())
    assert "your notebook is graded with Python 3.9" in said


def test_a_wrong_answer_is_told_and_written(places: tuple[Path, Path]) -> None:
    """The status is 1, the result is written as JSON and as a page, ids are in any case, and nothing is left behind."""
    course, temporary = places
    notebook = students.copy(course, SUMMED_LOSS, WRONG_SLOPE)
    wanted = ("1B", "1A", "--html", "out.html", "--json", "out.json", "--lang", "en")
    done = check(notebook, *wanted, TMPDIR=str(temporary))
    assert (done.returncode, done.stderr) == (1, "")
    assert "Likely cause" in done.stdout
    result = from_json((course / "out.json").read_bytes())
    assert [q.id for q in result.questions] == ["1a", "1b"]
    assert {f.verdict for f in result.questions[1].findings} == {Verdict.FAILED}
    page = (course / "out.html").read_text(encoding="utf-8")
    assert "This is not your grade" in page
    assert "Public part" in page
    for untrue in ("index.html", "andbox", "You lost"):
        assert untrue not in page
    assert list(temporary.iterdir()) == []


def test_a_loop_without_an_end_is_ended(places: tuple[Path, Path]) -> None:
    """Its question fails at the time limit, the others are judged, and the loop no longer runs."""
    course, temporary = places
    notebook = students.copy(course, RIGHT_LOSS.replace("    if", "    while True: pass\n    if", 1), SLOPE)
    limit(course, call_s=1.0)
    done = check(notebook, "1a", "1b", TMPDIR=str(temporary))
    assert done.returncode == 1
    assert "0.15 / 0.75" in done.stdout
    assert re.search(r"✗ 1b .*tarda demasiado", done.stdout), done.stdout
    assert processes_of(temporary) == []
    assert list(temporary.iterdir()) == []


def test_a_process_that_the_code_leaves_does_not_change_the_result(places: tuple[Path, Path]) -> None:
    """It neither outlives the check nor writes next to the notebook, where a sandbox works; the check asks for none."""
    course, temporary = places
    if strongest() is Level.NONE:
        pytest.skip("no sandbox works here")
    forges = f"""
    import contextlib, os, signal, time
    for number in (os.getppid(), os.getpid()):
        with contextlib.suppress(OSError):
            number != os.getpid() and os.kill(number, signal.SIGKILL)
    if os.fork() == 0:
        with contextlib.suppress(OSError): os.setsid()
        while True:
            with contextlib.suppress(OSError), open({str(course / "out.json")!r}, "w") as file:
                file.write("forged")
    if"""
    notebook = students.copy(course, RIGHT_LOSS.replace("    if", forges, 1), SLOPE)
    check(notebook, "1b", "--json", "out.json", TMPDIR=str(temporary))
    assert processes_of(temporary) == []
    assert json.loads((course / "out.json").read_text())


def processes_of(folder: Path) -> list[str]:
    """The processes that were started with this folder as their place for temporary files."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.fsencode(folder) in (place / "environ").read_bytes() + (place / "cmdline").read_bytes():
                found.append(place.name)
    return found


def limit(course: Path, **limits: float) -> None:
    file = course / "checks" / "checks.json"
    content = json.loads(file.read_text())
    content["assignment"]["limits"].update(limits)
    file.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tarea2.ipynb", "9z"), "there is no question 9z; the questions are 0, 1a"),
        (("gone.ipynb",), "gone.ipynb cannot be read"),
        (("tarea2.ipynb", "--lang", "fr"), '"fr"'),
        (("tarea2.ipynb", "--checks", "nowhere"), "nowhere"),
        ((), "NOTEBOOK is missing"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    arguments: Sequence[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The status is 2, with one line on stderr and nothing on stdout."""
    from grader import cli

    students.copy(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["grade", "check", *arguments])
    monkeypatch.setattr("grader.self_check.in_terminal.SelfCheck.__enter__", lambda self: self)  # nothing must run
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        signal.signal(signal.SIGTERM, before)
    out, err = capsys.readouterr()
    assert ended.value.code == 2
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_a_file_that_is_no_notebook_is_red(tmp_path: Path) -> None:
    """The sentence is in the course's language, even if the machine's is C.UTF-8."""
    notebook = students.copy(tmp_path)
    notebook.write_text("{ this is not a notebook")
    done = check(notebook)
    assert done.returncode == 1
    assert "no es un notebook" in done.stdout


def test_for_github_it_annotates_and_appends_a_summary(check_here: Check, tmp_path: Path) -> None:
    """Annotations are on the notebook's lines, printed text is not a command, and the earlier summary is kept."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    forged = SUMMED_LOSS.replace("    if", "    raise ValueError('::error::forged')\n    if", 1)
    notebook = students.copy(tmp_path, forged)
    done = check_here(notebook, "1b", "--github", "--classroom50", GITHUB_STEP_SUMMARY=str(summary), **RUNNER)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    token = re.fullmatch(r"::stop-commands::(\w{32,})", lines[0])
    assert token
    commands = lines[lines.index(f"::{token[1]}::") + 1 :]
    line = next(n for n, text in enumerate(notebook.read_text().splitlines(), 1) if "::error::forged" in text)
    assert commands
    assert all(re.match(rf"::error file=tarea2\.ipynb,line={line},", command) for command in commands)
    assert summary.read_text().startswith("before\n")
    assert "1b" in summary.read_text()
    assert json.loads((tmp_path / "result.json").read_text())


# Watching ----------------------------------------------------------------------------------------------------------


class Watch:
    """`grade check --watch` in a terminal of its own."""

    def __init__(self, notebook: Path, *arguments: str, **more: str) -> None:
        self._terminal, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [students.GRADE, "check", notebook.name, "--watch", *arguments], cwd=notebook.parent,
            env=students.environment(TERM="xterm", COLUMNS="100", **more), stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)

    def until(self, text: str) -> str:
        """The output from now on, up to and with `text`."""
        seen = ""
        deadline = time.monotonic() + LIMIT_S
        while text not in seen:
            left = deadline - time.monotonic()
            assert left > 0, seen
            if select.select([self._terminal], [], [], left)[0]:
                try:
                    data = os.read(self._terminal, 65536)
                except OSError:
                    data = b""
                assert data, seen
                seen += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", data.decode("utf-8", "replace"))
        return seen

    def interrupt(self) -> int:
        """Press ^C and return the exit status."""
        self.process.send_signal(signal.SIGINT)
        while True:
            with contextlib.suppress(OSError):
                if os.read(self._terminal, 65536):
                    continue
            return self.process.wait(LIMIT_S)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._terminal)


@pytest.fixture
def watches() -> Iterator[list[Watch]]:
    started: list[Watch] = []
    yield started
    for watch in started:
        watch.close()


END = "otros tamaños y valores."


def test_a_watched_notebook_is_checked_again_where_it_changed(places: tuple[Path, Path], watches: list[Watch]) -> None:
    """Only changed questions are checked; a notebook that is absent for a moment or half written ends nothing."""
    course, temporary = places
    notebook = students.copy(course, SUMMED_LOSS, SLOPE)
    watch = Watch(notebook, "1a", "1B", TMPDIR=str(temporary))
    watches.append(watch)
    first = watch.until(END)
    assert "✗ 1b" in first
    assert "1a" in first
    students.answer(notebook, RIGHT_LOSS)  # replaces the file
    second = watch.until(END)
    assert re.search(r"guardado a las \d\d:\d\d:\d\d, revisado de nuevo: 1b ─", second)
    assert "✓ 1b" in second
    assert "1a  " not in second
    notebook.rename(notebook.with_suffix(".bak"))
    time.sleep(1)  # longer than the interval between two looks
    shutil.copy(notebook.with_suffix(".bak"), notebook)
    students.answer(notebook, "x = 1")  # not an answer
    students.answer(notebook, SUMMED_LOSS)
    third = watch.until(END)
    assert "✗ 1b" in third
    assert "1a  " not in third
    assert watch.interrupt() == 1
    assert list(temporary.iterdir()) == []


@pytest.mark.nightly
def test_the_status_of_a_watch_is_that_of_the_last_check(tmp_path: Path, watches: list[Watch]) -> None:
    """The status is 0 if the last state is right."""
    notebook = students.copy(tmp_path, RIGHT_LOSS)
    watch = Watch(notebook, "1b")
    watches.append(watch)
    watch.until(END)
    assert watch.interrupt() == 0


# An assignment file ----------------------------------------------------------------------------------------------


def points_of(folder: Path, name: str) -> dict[str, tuple[str, float]]:
    result = from_json((folder / f"{name}.json").read_bytes())
    return {q.id: (str(q.verdict), q.points) for q in result.questions}


def test_the_checks_of_an_assignment_file(check_here: Check, tmp_path: Path) -> None:
    """Right answers pass, wrong ones are explained, holes are not answered; tests made elsewhere are never right."""
    folder = handed_out(tmp_path / "course")
    right, wrong, blank = (
        check_here(folder / f"{name}.ipynb", "--json", f"{name}.json") for name in ("right", "wrong", "blank")
    )
    assert [done.stderr for done in (right, wrong, blank)] == ["", "", ""]
    assert [done.returncode for done in (right, wrong, blank)] == [0, 1, 0]
    for done in (right, wrong, blank):
        assert "○ 4  Own convention: not checked here" in done.stdout
        assert "○ 5  Secret: not checked here" in done.stdout
        assert "Not checked here: 4, 5" in done.stdout
    assert "✓ 1  Standardise: right" in right.stdout
    assert "5 of 5 questions pass. Public part: 5 of 5 points." in right.stdout
    assert "Everything that could be checked passes its public cases." in right.stdout
    assert "What to try: The deviation is the root of the variance." in wrong.stdout
    assert "To fix: 1, 2, 3, 6, 7" in wrong.stdout
    assert "Public part: 0 of 5 points." in blank.stdout
    for id in "12367":
        assert re.search(rf"○ {id}  .*: not answered", blank.stdout), blank.stdout
    elsewhere = {"4": ("skipped", 0.0), "5": ("skipped", 0.0)}
    assert points_of(folder, "blank") == {**dict.fromkeys("12367", ("missing", 0.0)), **elsewhere}
    assert points_of(folder, "right") == {**dict.fromkeys("12367", ("passed", 1.0)), **elsewhere}


def test_a_question_that_is_checked_elsewhere_can_be_named(check_here: Check, tmp_path: Path) -> None:
    """Alone it is neither right nor a failure, and even with all questions required the status does not change."""
    folder = handed_out(tmp_path / "course")
    done = check_here(folder / "right.ipynb", "4", "5", "--no-attempted-only")
    assert done.returncode == 0
    assert "right" not in done.stdout.replace("right.ipynb", "")
    assert done.stdout.count("not checked here") == 2


@pytest.mark.nightly
def test_a_score_file_counts_the_tests_of_an_assignment_file(check_here: Check, tmp_path: Path) -> None:
    """Each test has its share of the question's points."""
    folder = handed_out(tmp_path / "course")
    assert check_here(folder / "right.ipynb", "--classroom50", **RUNNER).returncode == 0
    content = json.loads((folder / "result.json").read_text())
    scores = {test["test-name"]: (test["score"], test["max-score"]) for test in content["tests"]}
    assert scores["6::file"] == (25, 25)
    assert scores["6::own file"] == (75, 75)
