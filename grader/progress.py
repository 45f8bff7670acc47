"""How a run is shown while it goes: a bar on a terminal, plain lines elsewhere, a table at the end."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from .messages import say
from .results import Status, SubmissionResult, Verdict

# Questions whose verdict is one of these need no line of their own in -v.
QUIET = (Verdict.PASSED, Verdict.PENDING)


def plain(text: str) -> str:
    """Text of a student without control characters, which a terminal would obey."""
    return "".join(c if unicodedata.category(c)[0] != "C" else "\N{REPLACEMENT CHARACTER}" for c in text)


def outcome(result: SubmissionResult) -> str:
    """A finished submission in a few words: its points, or why there are none."""
    if result.status is Status.GRADED:
        note = "" if result.note is None else f", note {result.note:.1f}"
        return f"{result.total:g}/{result.possible:g}{note}"
    if result.status is Status.UNREADABLE:
        return "unreadable: " + plain(result.notes[0].render("en") if result.notes else "")
    return "not graded, by a fault of the grader"


class Plain:
    """A line per finished submission, for logs and pipes."""

    def __init__(self, console: Console, verbose: bool) -> None:
        self._console = console
        self._verbose = verbose

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def begin(self, total: int, reused: int) -> None:
        if reused:
            self._console.print(f"{reused} of {total} submissions have not changed since they were graded")

    def started(self, student: str) -> None:
        return None

    def finished(self, result: SubmissionResult, done: int, total: int) -> None:
        line = f"[{done}/{total}] {plain(result.student)}: {outcome(result)}"
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
        if not self._verbose:
            return
        for question in result.questions:
            if question.verdict not in QUIET:
                text = f"    {question.id}: {question.points:g}/{question.possible:g} {question.verdict}"
                self._console.print(text, markup=False, highlight=False, soft_wrap=True)
        if result.fault:
            self._console.print(result.fault, markup=False, highlight=False)


class Terminal(Plain):
    """The same lines above a bar with the student's name and the time left."""

    def __init__(self, console: Console, verbose: bool) -> None:
        super().__init__(console, verbose)
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def begin(self, total: int, reused: int) -> None:
        super().begin(total, reused)
        self._bar.update(self._task, total=total, completed=reused)

    def started(self, student: str) -> None:
        self._bar.update(self._task, description=plain(student))

    def finished(self, result: SubmissionResult, done: int, total: int) -> None:
        super().finished(result, done, total)
        self._bar.update(self._task, completed=done)


def show_table(
    console: Console, results: Sequence[SubmissionResult], question_ids: Sequence[str], language: str
) -> None:
    """Student, points per question, total and note."""
    table = Table(show_edge=False, pad_edge=False)
    table.add_column(say("Student").render(language), overflow="fold")
    for id in question_ids:
        table.add_column(id, justify="right", no_wrap=True)
    table.add_column("total", justify="right", no_wrap=True)
    table.add_column(say("note").render(language), justify="right", no_wrap=True)
    for result in results:
        points = {q.id: f"{q.points + (q.awarded or 0.0):g}" for q in result.questions}
        graded = result.status is Status.GRADED
        table.add_row(
            plain(result.student),
            *(points.get(id, "–") for id in question_ids),
            f"{result.total:g}" if graded else str(result.status),
            "" if result.note is None else f"{result.note:.1f}",
        )
    console.print(table, markup=False)
