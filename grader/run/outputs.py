"""Write the outputs of a run: pages, JSON, grades.csv and the class page. Points that people gave count."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import msgspec

from .. import __version__
from ..assignment.spec import Assignment
from ..exchange.grades_csv import GradesCsv
from ..exchange.grades_xlsx import Rows, Workbook, rows, with_room
from ..files import write_atomically
from ..intake.submissions import SubmittedClass
from ..judging.scoring import totalled
from ..messages import Message, Text
from ..report.class_page import RunFacts, page_name
from ..report.class_summary import ClassSummary
from ..report.render import class_pieces, fingerprint, render_student
from ..results import Finding, QuestionResult, Status, SubmissionResult, to_json
from .bug_report import bug_report
from .gradebook import Gradebook
from .marks import WAIVED, Mark
from .options import Options

WORKBOOK = "workbook"  # under this name the gradebook remembers which rows grades.xlsx has


def with_marks(
    result: SubmissionResult, marks: Mapping[str, Mark], assignment: Assignment, *, complete: bool
) -> SubmissionResult:
    """The result with the marks that people gave, and sums that include them; `complete`: all questions were judged."""
    if not marks or result.status is not Status.GRADED:
        return result
    waived = marks.get(WAIVED)
    if waived is not None and waived.checks is not None:
        result = replace(result, late_days_waived=round(waived.checks))

    def marked(question: QuestionResult) -> QuestionResult:
        mark = marks.get(question.id)
        if mark is None:
            return question
        if mark.checks is not None:
            question = replace(question, points=mark.checks, by_checks=question.points)
        return replace(question, awarded=mark.points, comment=mark.comment, rubric=mark.rubric)

    marked_result = replace(result, questions=tuple(map(marked, result.questions)))
    summed = totalled(marked_result, assignment, complete=complete)
    told = Message("{sentence}", {"sentence": waived.comment}) if waived is not None and waived.comment else None
    return summed if told is None else replace(summed, late_notes=(*summed.late_notes, told))


def publish(slug: str, result: SubmissionResult, book: Gradebook, assignment: Assignment, options: Options) -> None:
    """Write a student's page and JSON, and a bug report for a fault of the grader."""
    marks = book.marks(result.student)
    page, record, fault = _files(slug, options.out)
    mark = _mark(result, marks, options)
    result = with_marks(result, marks, assignment, complete=not options.only)
    shown = for_student(result)
    write_atomically(record, to_json(shown))
    html = render_student(shown, options.language, assignment_title=assignment.title, scale=assignment.scale)
    write_atomically(page, html.rstrip("\n") + "\n" + mark)
    if result.fault:
        write_atomically(fault, bug_report(result, assignment, options))
    else:
        with suppress(OSError):  # of an earlier run
            fault.unlink()


def is_published(slug: str, result: SubmissionResult, marks: Mapping[str, Mark], options: Options) -> bool:
    """Whether the files of a student show this result, which may be in brief, with these marks."""
    page, record, fault = _files(slug, options.out)
    complete = record.is_file() and fault.is_file() == bool(result.fault)
    return complete and _ends_with(page, _mark(result, marks, options))


def _files(slug: str, out: Path) -> tuple[Path, Path, Path]:
    """A student's page, JSON and bug report."""
    return out / "students" / f"{slug}.html", out / "results" / f"{slug}.json", out / "faults" / f"{slug}.txt"


def _mark(result: SubmissionResult, marks: Mapping[str, Mark], options: Options) -> str:
    """The last line of a student's page, which tells what it was made from."""
    # The key and the time of grading identify the result: it would take longer to write it out and compare it.
    made = (result.key, result.graded_at, result.cpu_seconds, result.status)
    names = (result.student, result.id, result.login, result.email, result.section, result.group,
             result.together)  # fmt: skip
    known = (*names, result.in_roster, result.attempts)
    stamp = hashlib.sha256(repr((made, known, marks, options.language, fingerprint())).encode()).hexdigest()[:32]
    return f"<!-- {stamp} -->\n"


def unpublish(slug: str, out: Path) -> None:
    """Remove the files of a slug that is no student's any longer."""
    for file in _files(slug, out):
        file.unlink(missing_ok=True)


def for_student(result: SubmissionResult) -> SubmissionResult:
    """The result as its student may have it: without the salt, the grader's traceback and what the code printed.

    Code also prints while hidden cases run. Of a hidden case the category and the hint are left, and no sizes.
    """
    questions = tuple(replace(q, findings=tuple(map(_shown, q.findings))) for q in result.questions)
    return replace(result, fault="", output="", salt="", questions=questions)


def _shown(finding: Finding) -> Finding:
    if finding.public:
        return finding
    cause = None if finding.cause is None or finding.cause.values else finding.cause  # values tell of the inputs
    return replace(
        finding, cause=cause, compared=min(finding.compared, 1), case=Text(), called="", expected="",
        actual="", relative_error=None, largest_gap=None, difference=None, traceback=(), reproduce="",
    )  # fmt: skip


def _ends_with(file: Path, text: str) -> bool:
    try:
        with file.open("rb") as stream:
            stream.seek(-len(text.encode()), os.SEEK_END)
            return stream.read() == text.encode()
    except OSError:
        return False


class _Sheets:
    """The rows of grades.xlsx. The file is written again only if they have changed: it takes 2 ms per student."""

    def __init__(self, path: Path, question_ids: Sequence[str]) -> None:
        self._path, self._ids = path, question_ids
        self._rows = tempfile.TemporaryFile()  # noqa: SIM115, `write` closes it
        self._digest = hashlib.sha256(fingerprint().encode() + repr(question_ids).encode())

    def add(self, result: SubmissionResult) -> None:
        """Add a student."""
        line = msgspec.json.encode(rows(result, self._ids)) + b"\n"
        self._digest.update(line)
        with with_room():
            self._rows.write(line)

    def write(self, book: Gradebook) -> None:
        """Write the file, unless it is there as this gradebook remembers it."""
        with with_room(), self._rows:
            if self._path.is_file() and book.remembered(WORKBOOK) == self._state():
                return
            made = Workbook(self._ids)
            self._rows.seek(0)
            for line in self._rows:
                made.add(msgspec.json.decode(line, type=Rows))
            made.write(self._path)
        book.remember(WORKBOOK, self._state())

    def _state(self) -> str:
        """A digest of the rows, and the size and time of the file; "" if there is no file."""
        try:
            state = self._path.stat()
        except OSError:
            return ""
        return f"{self._digest.hexdigest()} {state.st_size} {state.st_mtime_ns}"


def write_class(
    results: Iterable[SubmissionResult],
    book: Gradebook,
    submitted: SubmittedClass,
    assignment: Assignment,
    options: Options,
    salt: str,
    started: str = "",
    clock: float = 0.0,
) -> None:
    """Write grades.csv, grades.xlsx and the class page. `results` are read once.

    `started` is the ISO time at which the run began, and `clock` the value of time.monotonic() then. A report that
    grades nothing leaves both out.
    """
    questions = assignment.only(options.only)
    ids = [q.id for q in questions]
    facts = RunFacts(
        sandbox=str(options.level),
        device=options.device,
        salt=salt,
        lanes=options.lanes,
        version=__version__,
        scale=assignment.scale,
        questions=questions,
        command=options.command,
        roster=submitted.roster,
        left_out=submitted.left_out,
        perhaps_same=submitted.perhaps_same,
    )
    table = GradesCsv(ids, options.csv_dialect)
    sheets = _Sheets(options.out / "grades.xlsx", ids) if find_spec("openpyxl") else None  # students do not have it
    pages = ClassSummary(options.language, facts)
    newest = ""
    for result in results:
        newest = max(newest, result.graded_at)
        table.add(result)
        pages.add(result)
        if sheets is not None:
            sheets.add(result)
    table.write(options.out / "grades.csv")
    if sheets is not None:
        sheets.write(book)
    pages.run = replace(facts, started=started or newest, seconds=time.monotonic() - clock if started else 0.0)
    page = pages.page(assignment.title)
    count = max(1, len(page.pages()))
    for number in range(1, count + 1):
        write_atomically(options.out / page_name(number), class_pieces(page, number))
    while (further := options.out / page_name(count := count + 1)).exists():  # of an earlier, larger class
        further.unlink()
