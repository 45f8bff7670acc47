"""The progress of a run on the screen: a bar on a terminal, plain lines elsewhere, a table at the end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from ..console import plain, show
from ..results import Status, SubmissionResult, Verdict
from .tally import Tally

# Questions with one of these verdicts need no line of their own in -v.
QUIET = (Verdict.PASSED, Verdict.PENDING)
Step = Callable[[int, int], None]  # called with what is done and the whole
UNBOUNDED = 10_000  # columns, more than any table has
EVERY_S = 5.0  # between two lines about a task, where the output is no terminal
LISTED = 20  # names in one line
MOST_ROWS = 500  # of a table that a person reads in a terminal
NAME_WIDTH = 40  # columns; a longer name, often the name of a file, is folded and does not push the points aside


def counted(number: int, noun: str) -> str:
    """The number with its noun: "1 submission", "2 submissions"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def outcome(result: SubmissionResult, decimals: int = 1) -> str:
    """A finished submission in a few words: its points and its grade with these decimals, or why there are none."""
    if result.status is Status.GRADED:
        grade = "" if result.grade is None else f", grade {result.grade:.{decimals}f}"
        return f"{result.total:g}/{result.possible:g}{grade}"
    if result.status is Status.UNREADABLE:
        return "unreadable: " + (result.notes[0].render("en") if result.notes else "")
    if result.status is Status.ABSENT:
        return "absent: nothing was handed in"
    return "not graded because the grader failed"


def _bar(console: Console) -> Progress:
    """A bar with a description, what is done, and the time left; it disappears at the end."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("time left", style="dim"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


@contextlib.contextmanager
def counting(console: Console, what: str) -> Iterator[Step]:
    """Show on a terminal how much of a task is done, and the time left: call the value with (done, total)."""
    if not console.is_terminal:
        yield NowAndThen(what)
        return
    with _bar(console) as bar:
        yield _counts(bar, bar.add_task(what, total=None))


class NowAndThen:
    """A line on standard error every few seconds that says how far a task is, for output that goes to a file."""

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._clock = what, clock
        self._started = self._told = clock()

    def __call__(self, done: int, total: int) -> None:
        """Print a line if some seconds have passed since the last one; the time left assumes the same pace."""
        now = self._clock()
        if now - self._told < EVERY_S or not done:
            return
        self._told = now
        left = (now - self._started) * (total - done) / done
        line = f"{self._what}: {done} of {total}, about {max(left, 1):.0f} s left"
        show(Console(stderr=True), line)


def _counts(bar: Progress, task: TaskID) -> Step:
    return lambda done, total: bar.update(task, completed=done, total=total)


class PlainProgress:
    """A line per finished submission, for logs and pipes."""

    def __init__(self, console: Console, verbose: bool, decimals: int = 1) -> None:
        self._console = console
        self._verbose = verbose
        self._decimals = decimals

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def begin(self, total: int, reused: int) -> None:
        same = f", {reused} of them unchanged since they were graded" if reused else ""
        self._console.print(f"{counted(total, 'submission')}{same}", highlight=False)

    def advise(self, sentence: str) -> None:
        show(self._console, sentence)

    def started(self, student: str) -> None:
        return None

    def finished(self, result: SubmissionResult, done: int, total: int) -> None:
        line = f"[{done}/{total}] {result.student}: {outcome(result, self._decimals)}"
        show(self._console, line)
        if not self._verbose:
            return
        for question in result.questions:
            if question.verdict not in QUIET:
                show(self._console, f"    {question.id}: {question.points:g}/{question.possible:g} {question.verdict}")
        for traced in result.fault.splitlines():  # the traceback may quote a student
            show(self._console, traced)


class TerminalProgress(PlainProgress):
    """The same lines above a bar with the student's name and the time left."""

    def __init__(self, console: Console, verbose: bool, decimals: int = 1) -> None:
        super().__init__(console, verbose, decimals)
        self._bar = _bar(console)
        self._task = self._bar.add_task("", total=None)
        self._reused = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, total: int, reused: int) -> None:
        super().begin(total, reused)
        # Reused results come at once: in the bar they would make the time left far too short.
        self._reused = reused
        self._bar.update(self._task, total=total - reused, completed=0)

    def started(self, student: str) -> None:
        self._bar.update(self._task, description=plain(student))

    def finished(self, result: SubmissionResult, done: int, total: int) -> None:
        super().finished(result, done, total)
        self._bar.update(self._task, completed=done - self._reused)


class SilentProgress(PlainProgress):
    """Nothing until the end."""

    def begin(self, total: int, reused: int) -> None:
        return None

    def finished(self, result: SubmissionResult, done: int, total: int) -> None:
        return None

    def stage(self, what: str) -> Step:
        """Nothing of a stage of the work is shown."""
        return lambda done, total: None


class LinesNowAndThen(SilentProgress):
    """Lines on standard error every few seconds that say how far each stage of the work is."""

    def __init__(self, console: Console, verbose: bool, decimals: int = 1) -> None:
        super().__init__(console, verbose, decimals)
        self._step = NowAndThen("judging")

    def stage(self, what: str) -> Step:
        """Begin a stage of the work that judges no submissions: call the value with (done, total)."""
        return NowAndThen(what)

    def begin(self, total: int, reused: int) -> None:
        self._step = NowAndThen("judging")

    def finished(self, result: SubmissionResult, done: int, total: int) -> None:
        self._step(done, total)


class ProgressBar(TerminalProgress):
    """The bar alone: a person who tries an assignment is not interested in each submission."""

    def stage(self, what: str) -> Step:
        """Begin a stage of the work that judges no submissions: call the value with (done, total)."""
        self._bar.reset(self._task, total=None, description=what)
        return _counts(self._bar, self._task)

    def begin(self, total: int, reused: int) -> None:
        self._bar.reset(self._task, total=total, completed=reused)

    def finished(self, result: SubmissionResult, done: int, total: int) -> None:
        self._bar.update(self._task, completed=done)


def show_table(
    console: Console,
    results: Sequence[SubmissionResult],
    question_ids: Sequence[str],
    left_out: Sequence[str] = (),
    perhaps_same: Sequence[tuple[str, str]] = (),
    decimals: int = 1,
    tally: Tally | None = None,
) -> None:
    """Print student, points per question, points that a person still gives, total and grade; a wide table in blocks.

    The grade has the `decimals` of its scale. A table of more than MOST_ROWS students is left to grades.csv. Below the
    table: who is absent, who is unknown, who may be one person, and the files that were `left_out`. `tally` has the
    counts of `results`, if they are known.
    """
    if len(results) <= MOST_ROWS:
        rows = [_row(result, question_ids, decimals) for result in results]
        blocks: list[list[str]] = [[]]
        for id in question_ids:
            wider = [*blocks[-1], id]
            if not blocks[-1] or _fits(console, _table(rows, wider, sums=id == question_ids[-1])):
                blocks[-1] = wider
            else:
                blocks.append([id])
        for ids in blocks:
            console.print(_table(rows, ids, sums=ids is blocks[-1]))
    else:
        show(console, f"The points of {len(results)} students are in grades.csv and on the class page.")
    tally = tally or Tally.of(results)
    for sentence in tally.lacks.sentences():
        show(console, sentence.render("en"))
    if tally.misplaced:
        what = counted(len(tally.misplaced), "submission")
        show(console, f"{what} for another assignment, it seems: {_listed(tally.misplaced)}")
    if tally.absent:
        what = counted(len(tally.absent), "student")
        show(console, f"{what} of the roster handed in nothing: {_listed(tally.absent)}")
    if tally.unknown:
        what = counted(len(tally.unknown), "submission")
        show(console, f"{what} by people who are not in the roster: {_listed(tally.unknown)}")
    if perhaps_same:
        pairs = _listed([f"{a} = {b}" for a, b in perhaps_same])
        show(console, f"Perhaps the same person twice; a roster.csv joins them: {pairs}")
    if left_out:
        show(console, f"Taken for nobody's submission: {_listed(left_out)}")
    if tally.waiting:
        verb = "waits" if tally.waiting == 1 else "wait"
        show(console, f"{counted(tally.waiting, 'submission')} {verb} for a person. Mark them: grade desk")


def _listed(names: Sequence[str]) -> str:
    """The first of the names, and how many there are beyond."""
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more


def _fits(console: Console, table: Table) -> bool:
    unbounded = console.options.update(width=UNBOUNDED)
    return Measurement.get(console, unbounded, table).maximum <= console.width


@dataclass(frozen=True)
class _Row:
    """The texts of a student's row."""

    student: str
    points: Mapping[str, str]  # by question
    sums: tuple[str, str, str]  # by hand, total, grade


def _row(result: SubmissionResult, question_ids: Sequence[str], decimals: int) -> _Row:
    points = {q.id: f"{q.points + (q.awarded or 0.0):g}" for q in result.questions}
    graded = result.status is Status.GRADED
    return _Row(
        plain(result.student),
        {id: points.get(id, "–") for id in question_ids},
        (
            f"{result.pending:g}" if graded and result.pending else "",
            f"{result.total:g}" if graded else str(result.status),
            "" if result.grade is None else f"{result.grade:.{decimals}f}",
        ),
    )


def _table(rows: Sequence[_Row], question_ids: Sequence[str], *, sums: bool) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("student", overflow="fold", max_width=NAME_WIDTH)
    last = ["by hand", "total", "grade"] if sums else []
    for title in (*question_ids, *last):
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        cells = (row.student, *(row.points[id] for id in question_ids), *(row.sums if sums else ()))
        table.add_row(*map(escape, cells))
    return table
