"""Grade a class again on the side, and say whose points would change, in which question and why."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..assignment.load import load_assignment
from ..assignment.spec import Assignment
from ..errors import UsageError
from ..files import write_atomically
from ..report.words import number, sentence
from ..results import QuestionResult, Status, SubmissionResult
from .gradebook import Gradebook
from .last_run import LastRun, is_current, last_run, run_again
from .outputs import with_marks

SIDE = "regrade"  # the folder below the report where a preview lies
DIFF = "diff.json"  # the preview itself, in that folder


@dataclass(frozen=True)
class Change:
    """The points of one student in one question, before and after; "" for the whole submission."""

    student: str
    slug: str
    question: str
    before: str
    after: str
    why: str


@dataclass(frozen=True)
class Preview:
    """What a regrade would change."""

    causes: tuple[str, ...]  # what differs from the last run
    changes: tuple[Change, ...]
    compared: int


def preview(out: Path) -> Preview:
    """Grade again below `out`/regrade, where nothing is kept, and compare; UsageError if that run fails."""
    with Gradebook.of_report(out) as book:
        run = last_run(book)
    side = out / SIDE
    shutil.rmtree(side, ignore_errors=True)
    side.mkdir(parents=True)
    opened = [contextlib.closing(sqlite3.connect(folder / "gradebook.sqlite")) for folder in (out, side)]
    with opened[0] as source, opened[1] as target:
        source.backup(target)
    status = run_again(run, "--out", str(side.absolute()), quiet=True)
    if status not in (0, 1):
        raise UsageError(f"the preview ended with status {status}; nothing was changed")
    found = compare(out, run)
    write_atomically(side / DIFF, msgspec.json.encode(found).decode())
    return found


def compare(out: Path, run: LastRun) -> Preview:
    """The differences between the report and the preview next to it, with the marks of people in both."""
    assignment = load_assignment(Path(run.assignment))
    with Gradebook.of_report(out) as book, Gradebook.of_report(out / SIDE) as side:
        now = last_run(side)
        changes: list[Change] = []
        compared = 0
        for slug, result in side.all().items():
            compared += 1
            if (before := book.newest(slug)) is not None:
                earlier, later = _marked(before, book, assignment, run), _marked(result, side, assignment, run)
                changes += _changes(earlier, later, run.language)
    return Preview(tuple(_causes(run, now)), tuple(changes), compared)


def keep(out: Path, *, quiet: bool = False) -> int:
    """Keep the preview: its results become the current ones, and the report is written; earlier results stay."""
    with Gradebook.of_report(out) as book, book.exclusive():
        if not (out / SIDE / DIFF).is_file():  # it is written last: a preview that was stopped is not kept
            raise UsageError("there is no preview to keep: run grade regrade --diff first")
        run = last_run(book)
        with Gradebook.of_report(out / SIDE) as preview:
            if not is_current(last_run(preview)):
                raise UsageError(
                    "the assignment, the names or the grader have changed since the preview: make a new one"
                )
            for slug, result in preview.all().items():
                if book.load(slug, result.key, whole=False) is None:
                    book.save(slug, result)
    status = run_again(run, quiet=quiet)
    shutil.rmtree(out / SIDE, ignore_errors=True)
    return status


def _marked(result: SubmissionResult, book: Gradebook, assignment: Assignment, run: LastRun) -> SubmissionResult:
    return with_marks(result, book.marks(result.student), assignment, complete=not run.only)


def _changes(before: SubmissionResult, after: SubmissionResult, language: str) -> Iterator[Change]:
    def change(question: str, one: str, two: str, why: str) -> Change:
        return Change(after.student, after.slug, question, one, two, why)

    if before.status is not after.status:
        yield change("", str(before.status), str(after.status), "")
        return
    earlier = {q.id: q for q in before.questions}
    for question in after.questions:
        old = earlier.get(question.id)
        one, two = _points(old), _points(question)
        if one != two:
            yield change(question.id, one, two, f"{_reason(old, language)} → {_reason(question, language)}")
    if after.status is Status.GRADED and before.grade != after.grade:
        one, two = ("" if g is None else f"{g:g}" for g in (before.grade, after.grade))
        yield change("", one, two, "")


def _points(question: QuestionResult | None) -> str:
    return "–" if question is None else number(question.points + (question.awarded or 0.0))


def _reason(question: QuestionResult | None, language: str) -> str:
    """The first reason why points are missing, or the verdict."""
    lost = [f for f in question.findings if f.scored and not f.passed] if question else []
    return sentence(lost[0].cause or lost[0].message, language) if lost else str(question.verdict) if question else "–"


def _causes(before: LastRun, now: LastRun) -> Iterator[str]:
    for name, words in (
        ("fingerprint", "the assignment has changed"),
        ("grader", "the grader, Python or torch has changed"),
        ("names", "names.toml has changed"),
    ):
        if getattr(before, name) != getattr(now, name):
            yield words
