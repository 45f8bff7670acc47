"""`grade check`: check a notebook in the terminal, once or each time it is saved, and write the requested files."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from ..errors import UsageError
from ..exchange import classroom50, github, job_summary
from ..files import write_atomically
from ..intake.submissions import HandedIn
from ..messages import say
from ..report.render import render_student
from ..report.terminal import plain_text, show
from ..results import SubmissionResult, to_json
from .beside import files_beside
from .check import Asked, SelfCheck, changed_questions, known_questions

# The interval between two looks at a watched notebook; editors write a file in less time.
LOOK_S = 0.3
NOT_THERE = (0, 0)
# The file in which Classroom 50 expects the score, in the folder in which it runs.
SCORES = Path("result.json")


@dataclass(frozen=True)
class Outputs:
    """The outputs besides the terminal."""

    html: Path | None = None
    json: Path | None = None
    github: bool = False
    classroom50: bool = False


class Door:
    """The terminal's way to the public checks."""

    def __init__(
        self,
        console: Console,
        notebook: Path,
        checks: Path,
        questions: tuple[str, ...],
        language: str,
        outputs: Outputs,
    ) -> None:
        self._console = console
        self._notebook = notebook
        self._language = language
        self._outputs = outputs
        self._last: SubmissionResult | None = None
        self._beside: list[Path] = []  # modules and notebooks beside it, which are watched too
        self._check = SelfCheck(checks, warm=True, fork=True)
        self._questions = known_questions(self._check.assignment, questions)

    def __enter__(self) -> Door:
        self._check.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._check.close()

    def once(self) -> SubmissionResult:
        """Check the notebook as it is saved now. Raises UsageError if it cannot be read."""
        return self._checked(self._read(), self._questions)

    def watch(self) -> SubmissionResult:
        """Check now, and check the changed questions after each save until ^C; returns the last result."""
        seen = self._state()  # before it is read, so that a save during a check is not missed
        before = self._read()
        try:
            self._checked(before, self._questions)
            for _ in self._saved(seen):
                try:
                    after = self._read()
                except UsageError:
                    continue  # the file is gone again and will come back
                changed = changed_questions(self._check.assignment, before, after, self._notebook.name)
                asked = [id for id in changed if not self._questions or id in self._questions]
                before = after
                if asked:
                    self._separate(asked)
                    self._checked(after, tuple(asked))
        except KeyboardInterrupt:
            if self._last is None:
                raise
        assert self._last is not None
        return self._last

    def _read(self) -> tuple[HandedIn, ...]:
        """The notebook, first, and the files beside it."""
        try:
            data = self._notebook.read_bytes()
        except OSError as error:
            raise UsageError(f"{self._notebook} cannot be read: {error.strerror}") from error
        files = files_beside(self._notebook, data)
        folder = self._notebook.parent
        self._beside = [folder / file.path for file in files[1:] if file.path.endswith((".py", ".ipynb"))]
        return files

    def _saved(self, seen: tuple[int, ...]) -> Iterator[None]:
        """Yield each time the notebook or a module has been saved and is no longer being written."""
        before = seen
        while True:
            time.sleep(LOOK_S)
            state = self._state()
            if state == before and state not in (seen, NOT_THERE):
                seen = state
                yield
            before = state

    def _state(self) -> tuple[int, ...]:
        """A state that changes when a file is saved; NOT_THERE at the moment when an editor replaces the notebook."""
        try:
            found = os.stat(self._notebook)
        except OSError:
            return NOT_THERE
        state = [found.st_mtime_ns, found.st_size]
        for path in self._beside:
            with contextlib.suppress(OSError):
                beside = os.stat(path)
                state += [beside.st_mtime_ns, beside.st_size]
        return tuple(state)

    def _checked(self, files: tuple[HandedIn, ...], questions: tuple[str, ...]) -> SubmissionResult:
        data = files[0].data
        # Kept before it is shown: the student may press ^C as soon as the result appears.
        result = self._last = self._check.run(Asked(data, self._notebook.name, questions, self._language, files))
        if self._outputs.github:
            # GitHub must not take a line that a student's code printed for one of the grader's commands.
            self._print(github.without_commands(plain_text(result, result.language), secrets.token_hex()))
        else:
            show(self._console, result, result.language)
        self._write(result, data, files)
        return result

    def _separate(self, asked: Sequence[str]) -> None:
        """A line between two runs, with the time and the questions that have changed."""
        assert self._last is not None
        now = datetime.now().astimezone().strftime("%H:%M:%S")
        said = say("saved at {time}, checked again: {questions}", time=now, questions=", ".join(asked))
        self._console.print()
        self._console.rule(escape(said.render(self._last.language)))

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _write(self, result: SubmissionResult, data: bytes, files: tuple[HandedIn, ...]) -> None:
        outputs, title = self._outputs, self._check.assignment.title
        if outputs.html is not None:
            page = render_student(result, result.language, assignment_title=title, public=True)
            write_atomically(outputs.html, page)
        if outputs.json is not None:
            write_atomically(outputs.json, to_json(result))
        if outputs.github:
            beside = {file.path: file.data for file in files}
            for line in github.annotate(result, data, self._notebook.as_posix(), result.language, beside):
                self._print(line)
            if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
                with open(summary, "a", encoding="utf-8") as stream:
                    stream.write(job_summary.job_summary(result, result.language))
        if outputs.classroom50:
            shares = {(q.id, c.title): c.share for q in self._check.assignment.questions for c in q.tests}
            write_atomically(SCORES, classroom50.result_json(result, os.environ, datetime.now(UTC), shares))
