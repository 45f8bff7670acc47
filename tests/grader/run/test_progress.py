"""The display on a terminal while a class is graded, and at the end."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from grader.messages import Text
from grader.results import QuestionResult, Status, SubmissionResult
from grader.run.progress import NowAndThen, PlainProgress, ProgressBar, TerminalProgress, counting, show_table

Capture = pytest.CaptureFixture[str]


def test_the_bar_counts_what_has_to_be_judged() -> None:
    """Reused results come at once, and would make the time left far too short."""
    screen = io.StringIO()
    terminal = TerminalProgress(Console(file=screen, force_terminal=True, width=100), verbose=False)
    with terminal:
        terminal.begin(total=10, reused=6)
        terminal.started("Ana")
        terminal.finished(SubmissionResult("Ana", "a.ipynb", Status.GRADED, "tiny", "es"), done=7, total=10)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    assert "10 submissions, 6 of them unchanged since they were graded" in plain
    assert "[7/10] Ana" in plain
    assert "1/4 time left" in plain


def test_the_table_fits_a_narrow_terminal(capsys: Capture) -> None:
    """Questions that do not fit next to each other go below each other; no number is cut."""
    ids = [f"{n}{part}" for n in range(1, 9) for part in "ab"]
    questions = tuple(QuestionResult(id, Text(), 0.25, 0.25) for id in ids)
    result = SubmissionResult(
        "Ana María Pérez", "a.ipynb", Status.GRADED, "t", "es", questions, 10.25, 10, grade=7.0
    )
    console = Console(width=60, force_terminal=False)
    show_table(console, [result], ids)
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 60
    assert said.count("0.25") == len(ids) + said.count("10.25")
    assert "…" not in said
    assert said.count("10.25") == 1


def test_the_grade_has_the_decimals_of_its_scale(capsys: Capture) -> None:
    """A grade of 57 out of 100 is not 57.0, and one with two decimals keeps both."""
    result = SubmissionResult("Ana", "a.ipynb", Status.GRADED, "t", "es", (), 5.7, 10, grade=57.25)
    for decimals, text in ((0, "57"), (2, "57.25")):
        PlainProgress(Console(), verbose=False, decimals=decimals).finished(result, 1, 1)
        show_table(Console(), [result], [], decimals=decimals)
        said = capsys.readouterr().out
        assert f"grade {text}\n" in said
        assert said.split()[-1] == text


def test_a_stage_without_submissions_shows_what_it_does_and_how_much_is_left() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    with ProgressBar(console, verbose=False) as progress:
        progress.stage("ten salts")(3, 9)
    with counting(console, "recording checks") as step:
        step(1, 4)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    assert re.search("ten salts .*3/9 time left", plain)
    assert re.search("recording checks .*1/4 time left", plain)


def test_without_a_terminal_a_line_now_and_then_says_how_much_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, so that a file with the output stays as it was; quick tasks say nothing."""
    times = iter([0.0, 1.0, 6.0, 7.0, 12.0])
    step = NowAndThen("reading submissions", lambda: next(times))
    for done in range(1, 5):
        step(done, 8)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "reading submissions: 2 of 8, about 18 s left",
        "reading submissions: 4 of 8, about 12 s left",
    ]
