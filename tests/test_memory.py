"""A class of any size fits into memory: files and results are there one at a time."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest
from rich.console import Console

from grader.assignment.load import load_assignment
from grader.judging.judge import Judge
from grader.judging.judge_pool import Progress, next_loaded
from grader.judging.submission import Conditions, Task
from grader.messages import Message, Text
from grader.results import Finding, QuestionResult, Status, SubmissionResult, Verdict
from grader.run import gradebook
from grader.run.class_run import RunOutcome, grade_class
from grader.run.gradebook import Gradebook
from grader.run.options import Options
from grader.run.progress import SilentProgress
from grader.sandbox.levels import Level

from .tiny import DOUBLE, notebook, write_assignment, write_class

SIZE = 15
ALIVE = 4  # results: one is being written, one is being read, and loops still name others


class Engine:
    """An engine whose results cost nothing; it keeps what the tasks hold."""

    def __init__(self) -> None:
        self.held = 0  # bytes of files in all tasks
        self.read = 0  # bytes of files of tasks that were loaded

    def __call__(
        self, judge: Judge, todo: Sequence[Task], conditions: Conditions, lanes: int, progress: Progress, /
    ) -> Generator[tuple[Task, SubmissionResult], None, None]:
        self.held = max(self.held, sum(map(_bytes, todo)))
        for task in todo:
            self.read += _bytes(task.loaded())
            s = task.submission
            right = Finding(Verdict.PASSED, Message(""), compared=1)
            answer = QuestionResult("1a", Text("A"), 1.0, 1.0, verdict=Verdict.PASSED, findings=(right,))
            yield task, SubmissionResult(s.student, s.file, Status.GRADED, "tiny", "en", (answer,), key=task.key)


def _bytes(task: Task) -> int:
    s = task.submission
    return len(s.data) + sum(len(f.data) for f in s.files) + sum(len(words) for _, words in s.extra)


class Alive:
    """Counts the results that were read from the gradebook, and those that are still there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.most = 0, 0
        self._watched: list[weakref.ref[SubmissionResult]] = []
        self.whole = 0  # read with all findings
        read = gradebook.from_json

        def counted(data: bytes) -> SubmissionResult:
            result = read(data)
            self.whole += bool(result.questions[0].findings)
            self._watched.append(weakref.ref(result, self._gone))
            self.now += 1
            self.most = max(self.most, self.now)
            return result

        monkeypatch.setattr(gradebook, "from_json", counted)

    @property
    def read(self) -> int:
        return len(self._watched)

    def _gone(self, _: object) -> None:
        self.now -= 1


def run(folder: Path, engine: Engine) -> RunOutcome:
    """Grade a class of SIZE below `folder`."""
    submissions = folder / "class"
    if not submissions.exists():
        write_class(submissions, **{f"s{number:03}": notebook(DOUBLE, f"# {number}") for number in range(SIZE)})
        write_assignment(folder / "table")
    options = Options(submissions, folder / "out", Level.NONE, "cpu", 1, "en")
    return grade_class(load_assignment(folder / "table"), options, SilentProgress(Console(quiet=True), False), engine)


def test_neither_files_nor_results_stay_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks hold no file, and results go one after the other, also in a run in which nothing has changed."""
    alive, engine = Alive(monkeypatch), Engine()
    for judged in (SIZE, 0):
        outcome = run(tmp_path, engine)
        assert outcome.judged == judged
        assert [r.student for r in outcome.results] == sorted(f"s{number:03}" for number in range(SIZE))
        assert alive.read >= SIZE
        assert alive.most <= ALIVE
    assert engine.held == 0
    assert engine.read > SIZE * 100
    with Gradebook(tmp_path / "out" / "gradebook.sqlite") as book:
        assert sum(1 for _ in book.all().values()) == len(book.all()) == SIZE
    assert alive.most <= ALIVE


def test_nothing_is_read_whole_or_started_for_an_unchanged_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Brief results suffice for the tables of the class; the students' notebook is needed for new results only."""
    first = Alive(monkeypatch)
    run(tmp_path, Engine())
    assert first.whole >= SIZE  # as each was saved
    monkeypatch.setattr("grader.run.class_run.Given", lambda assignment: pytest.fail("nothing is new"))
    again = Alive(monkeypatch)
    run(tmp_path, Engine())
    assert (again.read, again.whole) == (SIZE, 0)
    (tmp_path / "out" / "students" / "s003.html").unlink()
    run(tmp_path, Engine())
    assert again.whole == 1
    assert (tmp_path / "out" / "students" / "s003.html").is_file()


def test_the_probe_above_can_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of all results would be seen."""
    outcome = run(tmp_path, Engine())
    alive = Alive(monkeypatch)
    kept = list(outcome.results)
    assert alive.most >= len(kept) == SIZE


def test_a_class_that_shrinks_leaves_no_page_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Further pages of the class go when fewer students are left; grades.xlsx is written when its rows differ."""
    monkeypatch.setattr("grader.report.class_page.PER_PAGE", 10)
    out = tmp_path / "out"
    run(tmp_path, Engine())
    before = (out / "grades.xlsx").stat().st_mtime_ns
    assert (out / "index-2.html").is_file()
    run(tmp_path, Engine())
    assert (out / "grades.xlsx").stat().st_mtime_ns == before
    for number in range(8):
        (tmp_path / "class" / f"s{number:03}.ipynb").unlink()
    run(tmp_path, Engine())
    assert [file.name for file in out.glob("index*.html")] == ["index.html"]
    assert (out / "grades.xlsx").stat().st_mtime_ns != before


def test_a_file_that_changes_during_a_run_is_graded_by_the_next(tmp_path: Path) -> None:
    """The result would belong to other bytes than its key; the others are graded."""
    write_class(tmp_path / "class", ana=notebook(DOUBLE), beto=notebook(DOUBLE))
    write_assignment(tmp_path / "table")

    class Changes(Engine):
        def __call__(
            self, judge: Judge, todo: Sequence[Task], conditions: Conditions, lanes: int, progress: Progress, /
        ) -> Generator[tuple[Task, SubmissionResult], None, None]:
            write_class(tmp_path / "class", ana=notebook(DOUBLE, "# later"))
            waiting = deque(todo)
            while found := next_loaded(waiting, progress):
                yield from super().__call__(judge, [found[1]], conditions, lanes, progress)

    assert [r.student for r in run(tmp_path, Changes()).results] == ["beto"]
    assert [r.student for r in run(tmp_path, Engine()).results] == ["ana", "beto"]
