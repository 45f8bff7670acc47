"""Take the grades and pages of a class to a learning platform."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from ..assignment.load import load_assignment
from ..assignment.spec import Assignment
from ..errors import GraderError, UsageError
from ..exchange import canvas_upload, feedback, gradescope, pdf
from ..exchange.classroom50 import result_json
from ..exchange.comment import comment
from ..exchange.gradebooks import Graded, fill, some
from ..exchange.table import Table
from ..files import write_atomically
from ..report.render import render_student
from ..results import Status, SubmissionResult
from .gradebook import Gradebook
from .last_run import LastRun, last_run
from .outputs import for_student, with_marks

Value = Literal["points", "grade", "percent"]
FOLDER = "export"  # below the folder of the report
LISTED = 3  # files that the terminal names; of more it names the folder
NO_GRADE = {
    Status.UNREADABLE: "could not be read",
    Status.ABSENT: "handed in nothing",
    Status.GRADER_FAULT: "met a fault of the grader",
}


@dataclass(frozen=True)
class Page:
    """A student's page as a file."""

    result: SubmissionResult
    name: str  # its path, as the platform takes it
    data: bytes


@dataclass
class Written:
    """The files that an export wrote, and what the instructor should know."""

    files: list[Path] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)

    def write(self, path: Path, data: bytes | str) -> None:
        write_atomically(path, data)
        self.files.append(path)


@dataclass(frozen=True)
class Class:
    """A graded class, with the points that people gave until now."""

    out: Path
    assignment: Assignment
    results: tuple[SubmissionResult, ...]  # in brief: a class may be large
    run: LastRun

    def folder(self, platform: str) -> Path:
        return self.out / FOLDER / platform

    def graded(self, value: Value, *, comments: bool = False) -> list[Graded]:
        """Every student's value; None where there is no grade."""
        texts = [comment(r, self.assignment) for r in self.shown()] if comments else [""] * len(self.results)
        return [Graded(r, _value(r, value), text) for r, text in zip(self.results, texts, strict=True)]

    def shown(self, results: Iterable[SubmissionResult] | None = None) -> Iterator[SubmissionResult]:
        """These results (default: all) whole, as students may have them. One is read at a time."""
        with Gradebook.of_report(self.out) as book:
            for result in self.results if results is None else results:
                whole = _marked(book.newest(result.slug) or result, book, self.assignment, self.run)
                yield for_student(whole)

    def top(self, value: Value) -> float:
        """The highest value that a student can have, apart from bonus points."""
        points = max((r.possible for r in self.results if r.status is Status.GRADED), default=0.0)
        return {"points": points, "grade": self.assignment.scale.high, "percent": 100.0}[value]

    def missing(self) -> list[str]:
        """Sentences about students without a grade, and about points that are still to come."""
        sentences = []
        for status, why in NO_GRADE.items():
            if names := [r.student for r in self.results if r.status is status]:
                sentences.append(f"{len(names)} {why}, so their grade stays empty: {some(names)}")
        graded = [r for r in self.results if r.status is Status.GRADED]
        if names := [r.student for r in graded if r.grade is None]:
            sentences.append(f"{len(names)} were graded with --only, so other questions are missing: {some(names)}")
        if waiting := [r for r in graded if r.pending]:
            sentences.append(
                f"{len(waiting)} have points that wait for a person and count as 0 until they are marked: "
                f"{some([f'{r.student} ({r.pending:g})' for r in waiting])}"
            )
        return sentences


def graded_class(out: Path, named: Path | None = None) -> Class:
    """The class of the last run in this folder, with its assignment, or the `named` one if it has moved.

    Raises UsageError if there is none, or if the results are those of another assignment.
    """
    with Gradebook.of_report(out) as book:
        run = last_run(book)
        found = book.current(run.students, whole=False) if run.students else book.all(whole=False)
        assignment = load_assignment(named or Path(run.assignment))
        results = tuple(_marked(result, book, assignment, run) for result in found.values())
    if other := next((r.assignment for r in results if r.assignment != assignment.name), ""):
        raise UsageError(f"{out} holds results of {other}, not of {assignment.name}: name it with --assignment")
    if not results:
        raise UsageError(f"{out} holds no results: run grade first")
    return Class(out, assignment, results, run)


def _marked(result: SubmissionResult, book: Gradebook, assignment: Assignment, run: LastRun) -> SubmissionResult:
    """The result with the marks that people gave, in the language of the last run."""
    marked = with_marks(result, book.marks(result.student), assignment, complete=not run.only)
    return replace(marked, language=run.language)


def _value(result: SubmissionResult, value: Value) -> float | None:
    if result.status is not Status.GRADED:
        return None
    if value == "grade":
        return result.grade
    if value == "percent":
        return 100 * result.total / result.possible if result.possible else None
    return result.total


def export_gradebook(
    graded: Class, platform: str, gradebook: Path, column: str, value: Value, *, comments: bool
) -> Written:
    """Write the platform's gradebook with the grades in one column, under the name that it has."""
    table = Table.read(gradebook)
    grades = graded.graded(value, comments=comments)
    titles = {graded.assignment.title.es, graded.assignment.title.en, graded.assignment.name}
    filled = fill(platform, table, grades, column=column, titles=titles, top=graded.top(value))
    written = Written()
    written.write(graded.folder(platform) / gradebook.name, filled.data)
    written.sentences += [f'{filled.count} grades in column "{filled.column}"', *filled.sentences]
    return written


def pages_for(graded: Class, platform: str) -> tuple[SubmissionResult, ...]:
    """The results whose page the platform can take back, by the name that it gave the submission.

    The platform has one place for a group, which all members see: it gets one page, if that is true for all of them.
    """
    named = {r.student: r for r in graded.results}
    groups = {r.student: [r, *(named[m] for m in r.together if m in named)] for r in graded.results}
    return tuple(
        r for r in graded.results
        if feedback.recognised(r, platform) and r is min(groups[r.student], key=lambda m: m.slug)
        and len(set(map(_earned, groups[r.student]))) == 1
    )  # fmt: skip


def _earned(result: SubmissionResult) -> tuple[object, ...]:
    """Everything on a page that may differ between the members of a group."""
    marks = tuple((q.points, q.awarded, q.comment, q.rubric) for q in result.questions)
    return result.total, result.grade, result.late_notes, marks


def made_pages(
    graded: Class, results: Sequence[SubmissionResult], chromium: str, done: Callable[[int], None]
) -> tuple[list[Page], list[str]]:
    """The page of each student, as PDF where `chromium` names the browser, and sentences about pages that failed."""
    named = {result.slug: result for result in results}
    html = {result.slug: _html(result, graded.assignment) for result in graded.shown(results)}
    suffix = ".pdf" if chromium else ".html"
    files = feedback.names(results, graded.assignment.name, suffix)
    ready = pdf.printed(html, chromium) if chromium else ((slug, page.encode()) for slug, page in html.items())
    pages, failed = [], []
    for slug, data in ready:
        name = files[slug]
        if not data:
            failed.append(named[slug].student)
            name, data = name.removesuffix(suffix) + ".html", html[slug].encode()
        pages.append(Page(named[slug], name, data))
        done(len(pages))
    sentence = f"Chromium could not print {len(failed)} pages, which are HTML: {some(failed)}"
    return pages, [sentence] if failed else []


def _html(result: SubmissionResult, assignment: Assignment) -> str:
    return render_student(result, result.language, assignment_title=assignment.title, scale=assignment.scale)


def export_pages(graded: Class, pages: Sequence[Page]) -> Written:
    """Write one file per student; files of an earlier export are removed."""
    written = Written()
    shutil.rmtree(graded.folder("pages"), ignore_errors=True)
    for page in pages:
        written.write(graded.folder("pages") / page.name, page.data)
    handed_out(graded)
    return written


def export_feedback(graded: Class, platform: str, pages: Sequence[Page]) -> Written:
    """Write the .zip of pages that Canvas or Moodle takes back."""
    written = Written()
    if pages:
        archive = feedback.packed({page.name: page.data for page in pages})
        written.write(graded.folder(platform) / "feedback.zip", archive)
        handed_out(graded)
    known = {student for page in pages for student in (page.result.student, *page.result.together)}
    left = [r for r in graded.results if r.student not in known and r.status is not Status.ABSENT]
    if differing := [r.student for r in left if r.together and feedback.recognised(r, platform)]:
        written.sentences.append(
            f"{len(differing)} have other points than the rest of their group. The group would see their pages, so "
            f"these are not in feedback.zip (send them with grade export pages): {some(differing)}"
        )
    if others := [r.student for r in left if r.student not in differing]:
        written.sentences.append(
            f"{len(others)} have no page in feedback.zip, because {platform.capitalize()} did not name their files: "
            f"{some(others)}"
        )
    return written


def upload(graded: Class, pages: Sequence[Page], address: str, token: str, value: Value, *, send: bool) -> Written:
    """Upload grades, comments and pages to Canvas; without `send`, say what would be uploaded."""
    planned = canvas_upload.plan(address, token, graded.graded(value, comments=True))
    written = Written(sentences=[*planned.sentences])
    if not send:
        written.sentences += [f"would upload: {step.sentence}" for step in planned.steps]
        written.sentences.append(f"nothing was uploaded; to upload for {len(planned.steps)} students, add --send")
        return written
    # Canvas shows the page under its own name.
    files = {p.result.slug: (graded.assignment.name + Path(p.name).suffix, p.data) for p in pages}
    sent = list(canvas_upload.send(planned.steps, files))
    written.sentences.append(f"uploaded for {len(sent)} students")
    handed_out(graded)
    return written


def handed_out(graded: Class) -> None:
    """Record that students have their pages from now on."""
    with Gradebook.of_report(graded.out) as book:
        book.record_export({result.salt for result in graded.results if result.salt})


def salted(out: Path) -> bytes:
    """A gradebook without results whose hidden cases are those of this folder's gradebook."""
    with Gradebook(out / "gradebook.sqlite") as book:
        salt = book.salt()
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "gradebook.sqlite"
        with Gradebook(file) as copy:
            copy.set_salt(salt)
        return file.read_bytes()


def export_gradescope(graded: Class) -> Written:
    """Write a results.json per student and a table of grades by SID."""
    written = Written()
    folder = graded.folder("gradescope")
    shutil.rmtree(folder / "results", ignore_errors=True)
    for result in graded.shown():
        try:
            written.write(
                folder / "results" / f"{result.slug}.json", gradescope.results_json(result, graded.assignment)
            )
        except GraderError as fault:
            written.sentences.append(str(fault))
    ids = [q.id for q in graded.assignment.questions]
    written.write(folder / "grades.csv", gradescope.grades_by_sid(graded.results, ids))
    if without := [r.student for r in graded.results if not r.id]:
        written.sentences.append(
            f"{len(without)} have no SID in grades.csv; grade with --roster to know it: {some(without)}"
        )
    return written


def export_classroom50(graded: Class, environment: Mapping[str, str]) -> Written:
    """Write result.json into the current folder, as `grade check --classroom50` does, with all cases."""
    if len(graded.results) != 1:
        raise UsageError("classroom50 takes the result of one submission: grade one, in the runner of Classroom 50")
    shares = {(q.id, c.title): c.share for q in graded.assignment.questions for c in q.tests}
    written = Written()
    written.write(Path("result.json"), result_json(next(graded.shown()), environment, datetime.now(UTC), shares))
    return written


def export_junit(graded: Class) -> Written:
    """Write results.xml."""
    from ..exchange.junit import junit_xml

    written = Written()
    written.write(graded.folder("junit") / "results.xml", junit_xml(graded.shown(), graded.assignment.name))
    return written
