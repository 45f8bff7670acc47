"""`pytest tarea2.ipynb`: the public checks of a notebook as tests, `tarea2.ipynb::1b::value[mean over the batch]`."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..results import Finding, SubmissionResult
    from .check import SelfCheck

# Nothing else of the grader is imported before a notebook is collected: torch takes a second.


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of this plugin."""
    group = parser.getgroup("grader", "checks of notebooks")
    group.addoption("--grader-lang", choices=("es", "en"), help="language of the checks; default: the notebook's")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> NotebookFile | None:
    """A notebook next to public checks, or below them."""
    if file_path.suffix != ".ipynb":
        return None
    from ..errors import AssignmentError
    from .find_checks import find

    try:
        checks = find(file_path.parent)
    except AssignmentError:
        return None  # the plugin leaves a notebook without public checks alone
    notebook: NotebookFile = NotebookFile.from_parent(parent, path=file_path)
    notebook.checks = checks
    return notebook


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Report a skip at the notebook, not at this file."""
    report = yield
    if isinstance(item, CaseItem) and report.skipped and isinstance(report.longrepr, tuple):
        report.longrepr = (str(item.path), item.line, report.longrepr[2])
    return report


class NotebookFile(pytest.File):
    """A notebook; its questions are checked together when the first of its items runs."""

    checks: Path
    _check: SelfCheck | None = None
    _result: SubmissionResult | None = None
    _told: bool = False  # whether the traceback of a fault was shown

    def collect(self) -> Iterator[QuestionCollector]:
        from ..errors import GraderError
        from .check import SelfCheck

        try:
            self._check = SelfCheck(self.checks)
        except GraderError as error:
            raise self.CollectError(str(error)) from error
        for question in self._check.assignment.questions:
            if self._check.lines(question.id):
                yield QuestionCollector.from_parent(self, name=question.id)

    @property
    def language(self) -> str:
        from .check import language_for

        assert self._check is not None
        data = self.path.read_bytes()
        return self.config.getoption("--grader-lang") or language_for(data, self._check.assignment)

    def findings(self, question: str, check: str, case: str) -> list[Finding]:
        """The findings of a check in one case, titles in English; raises Fault and Unreadable."""
        from ..report.student_page import why_not_graded
        from ..results import Verdict

        result = self._judged()
        if result.fault:
            # Show the traceback only once.
            trace, self._told = "" if self._told else result.fault, True
            raise Fault("\n".join([why_not_graded(result, self.language, public=True), trace]).strip())
        found = [q for q in result.questions if q.id == question]
        if not found:
            raise Unreadable(why_not_graded(result, self.language, public=True))
        same = [f for f in found[0].findings if f.check.en == check and f.case.en == case]
        # A forbidden name takes the points of the whole question, so it fails each of its checks.
        same += [f for f in found[0].findings if f.verdict is Verdict.FORBIDDEN and f.scored]
        return same or [f for f in found[0].findings if not f.passed]

    def _judged(self) -> SubmissionResult:
        if self._result is None:
            from .beside import files_beside
            from .check import Asked

            assert self._check is not None
            # Only the questions of the items that will run: -k or the names on the command line leave others out.
            mine = dict.fromkeys(
                item.question.name
                for item in self.session.items
                if isinstance(item, CaseItem) and item.notebook is self
            )
            with self._check as check:
                data = self.path.read_bytes()
                files = files_beside(self.path, data)
                self._result = check.run(Asked(data, self.path.name, tuple(mine), self.language, files))
        return self._result


class QuestionCollector(pytest.Collector):
    """A question of the assignment."""

    parent: NotebookFile

    def collect(self) -> Iterator[CaseItem]:
        from ..messages import say

        check_of = self.parent._check
        assert check_of is not None
        language = self.parent.language
        for check in check_of.lines(self.name):
            for case in check.cases:
                title, of = check.title.render(language), case.title.render(language)
                title = title or say("not checked here").render(language)
                item = CaseItem.from_parent(self, name=f"{title}[{of}]" if of else title)
                item.place = (check.title.en, case.title.en)
                yield item


class CaseItem(pytest.Item):
    """A check of a question in one of its cases."""

    place: tuple[str, str]

    @property
    def question(self) -> QuestionCollector:
        assert isinstance(self.parent, QuestionCollector)
        return self.parent

    @property
    def notebook(self) -> NotebookFile:
        return self.question.parent

    @property
    def line(self) -> int:
        """The line of the file on which the answer begins, 1 if there is no answer."""
        from ..notebook.file_lines import positions

        asked = next((q for q in self.notebook._judged().questions if q.id == self.question.name), None)
        here = [e for e in asked.excerpts if not e.file] if asked is not None else []
        begin = here[0] if here else None
        found = positions(self.path.read_bytes(), self.path.name)
        return found.line(begin.cell, begin.line) if begin is not None else 1

    def runtest(self) -> None:
        from ..messages import say
        from ..report.attempts import is_hole, wrong
        from ..report.terminal import reasons

        findings = [f for f in self.notebook.findings(self.question.name, *self.place) if not f.passed]
        if not findings:
            return
        question = next(q for q in self.notebook._judged().questions if q.id == self.question.name)
        if any(finding in wrong(question) for finding in findings):
            raise Wrong(reasons(findings, self.notebook.language))
        # Not answered, not checked here, or without points: `grade check` does not count it either.
        reason = say("not answered") if is_hole(question) else findings[0].message
        pytest.skip(f"{question.id}: {reason.render(self.notebook.language)}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, (Wrong, Unreadable, Fault)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"{self.question.name}: {self.name}"


class Wrong(Exception):
    """The problems that a check found, in sentences."""


class Unreadable(Exception):
    """The reason why the notebook cannot be read."""


class Fault(Exception):
    """A fault of the grader; the first one has its traceback."""
