"""A run over many submissions: choose those to judge, reuse the results of earlier runs, keep the new ones."""

from __future__ import annotations

import contextlib
import gc
import time
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Protocol, overload

from ..assignment.spec import Assignment
from ..errors import ChangedSubmission, GraderError, UsageError
from ..exchange.gradebooks import some
from ..intake.submissions import Submission, SubmittedClass, collect_class
from ..judging.judge import Judge
from ..judging.judge_pool import Progress, judge_all
from ..judging.scoring import totalled
from ..judging.submission import Conditions, Task, fault
from ..judging.traced import traced
from ..results import Status, SubmissionResult
from .answers import Given, with_untouched
from .gradebook import Gradebook, Known
from .identity import best, identified
from .last_run import remember
from .marking import adopt_rubrics, share_marks
from .marks import Mark
from .options import Options
from .outputs import is_published, publish, unpublish, with_marks, write_class
from .tally import Tally
from .tasks import Tasks


@dataclass(frozen=True)
class RunOutcome:
    """The outcome of a run: the current result of each chosen submission, and how many had to be judged."""

    results: Sequence[SubmissionResult]
    tally: Tally
    asked: int
    judged: int
    seconds: float
    first_result_s: float | None
    interrupted: bool = False
    left_out: tuple[str, ...] = ()  # files that were taken for nobody's submission
    perhaps_same: tuple[tuple[str, str], ...] = ()  # students who may be one person
    salt: str = ""  # of the hidden cases

    @property
    def exit_status(self) -> int:
        """0: all graded; 1: some submission could not be graded; 3: a fault of the grader."""
        if self.tally.statuses[Status.GRADER_FAULT]:
            return 3
        return 1 if self.tally.statuses[Status.UNREADABLE] else 0


class Engine(Protocol):
    """The way to the results of tasks: judges on this machine, or results that other machines made.

    A task may stay without a result; it is then judged by a later run.
    """

    def __call__(
        self, judge: Judge, todo: Sequence[Task], conditions: Conditions, lanes: int, progress: Progress, /
    ) -> Generator[tuple[Task, SubmissionResult], None, None]: ...


def grade_class(assignment: Assignment, options: Options, progress: Progress, engine: Engine = judge_all) -> RunOutcome:
    """Grade a class and write everything below `options.out`; finished submissions are never lost.

    Raises UsageError before any work when the command cannot be carried out.
    """
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    assignment.only(options.only)  # an unknown id is reported before anything is done
    submitted = collect_class(options.submissions, options.roster, options.attempt, groups=options.groups)
    submissions = submitted.submissions
    tasks = Tasks(submitted, assignment, options)
    with Gradebook(options.out / "gradebook.sqlite") as book, book.exclusive():
        known = book.salts()
        if options.salt not in ("", "new", *known):
            listed = ", ".join(known) or "none yet"
            raise UsageError(f"--salt {options.salt}: give new, or a salt of this gradebook: {listed}")
        for slug in book.meet(Known(s.student, s.slug, s.traces) for s in submissions):
            unpublish(slug, options.out)
        if options.fresh:
            book.forget_results(tasks.by_slug)
        salt = book.draw_salt() if options.salt == "new" else options.salt or book.salt()
        run = book.start_run(options.command, options.level, salt)
        adopt_rubrics(book, assignment)
        share_marks(book, {s.student: s.together for s in submissions if s.together})
        remember(book, assignment, options, (s.slug for s in submissions))
        with _no_collection():
            # An unchanged submission keeps its result from an earlier round, unless one salt is asked for.
            tasks.find_results(book, [salt] if options.salt not in ("", "new") else list(dict.fromkeys((salt, *known))))
        todo, done = tasks.todo(), tasks.done()
        progress.begin(len(tasks), done)
        for advice in _advice(submitted, book, options, salt):
            progress.advise(advice)
        published = _Published(tasks, book, assignment, options)
        first: float | None = None
        interrupted = False
        given = cache(partial(Given, assignment))  # it takes as long as reading a hundred submissions
        judge = Judge(assignment, salt, options.only, options.forbidden)
        try:
            # Closed also after a ^C between two results, so that the judges end now and not some time later.
            with contextlib.closing(engine(judge, todo, options.conditions, options.lanes, progress)) as finished:
                for task, result in finished:
                    try:
                        result = with_untouched(replace(result, salt=salt), task.submission, given())
                    except ChangedSubmission as changed:
                        progress.advise(f"Not graded: {changed}")
                        continue
                    for one in tasks.share(result, task, book):
                        published.settle(one.slug, one)
                        first = first or time.monotonic() - clock
                        done += 1
                        progress.finished(one, done, len(tasks))
        except KeyboardInterrupt:
            interrupted = True
        with _no_collection():
            write_class(published.all(submissions), book, submitted, assignment, options, salt, started, clock)
        book.finish_run(run, published.statuses)
    finished_tasks = {slug: found for slug, found in tasks.by_slug.items() if tasks.is_done(slug)}
    return RunOutcome(
        ClassResults(options.out, finished_tasks, assignment, complete=not options.only),
        published.asked, len(tasks), len(todo), time.monotonic() - clock, first, interrupted,
        submitted.left_out, submitted.perhaps_same, salt,
    )  # fmt: skip


def _advice(submitted: SubmittedClass, book: Gradebook, options: Options, salt: str) -> Iterator[str]:
    """Sentences about options that the instructor may want to use."""
    if submitted.without_group:
        absent = some(submitted.without_group)
        yield (f"Nothing was handed in by {absent}, but by others of the same group. "
               "If a submission is the work of its whole group, add --groups")  # fmt: skip
    if (known_since := book.exported(salt)) and options.salt in ("", "new"):
        yield (f"Students have had pages of these hidden cases since {known_since[:10]}. "
               "For a new round of attempts, draw other cases: --salt new")  # fmt: skip


class ClassResults(Sequence[SubmissionResult]):
    """The results of a run in brief, with the marks of people. Each is read from the gradebook when it is asked for."""

    def __init__(
        self, out: Path, tasks: Mapping[str, Sequence[Task]], assignment: Assignment, *, complete: bool
    ) -> None:
        self._out, self._tasks, self._assignment, self._complete = out, list(tasks.values()), assignment, complete

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[SubmissionResult]:
        return self._read(self._tasks)

    @overload
    def __getitem__(self, place: int) -> SubmissionResult: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[SubmissionResult]: ...
    def __getitem__(self, place: int | slice) -> SubmissionResult | Sequence[SubmissionResult]:
        if isinstance(place, slice):
            return list(self._read(self._tasks[place]))
        return next(self._read([self._tasks[place]]))

    def _read(self, tasks: Iterable[Sequence[Task]]) -> Iterator[SubmissionResult]:
        with Gradebook(self._out / "gradebook.sqlite") as book:
            for attempts in tasks:
                found = [(task, result) for task in attempts if (result := book.load(*task.named, whole=False))]
                result = _best(found, self._assignment, complete=self._complete)
                yield with_marks(result, book.marks(result.student), self._assignment, complete=self._complete)


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Turn garbage collection off while many objects are made that stay, or that no cycle of references holds.

    It would take most of the time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # these objects are not searched later either, nor in the judges, which are forked
        gc.enable()


class _Published:
    """The results that count. Their files are written as soon as the results are known."""

    def __init__(self, tasks: Tasks, book: Gradebook, assignment: Assignment, options: Options) -> None:
        self._tasks, self._book, self._assignment, self._options = tasks, book, assignment, options
        self.statuses: Counter[str] = Counter()  # of all students
        self.asked = Tally()  # of those whom this run was about

    def settle(self, slug: str, new: SubmissionResult | None = None) -> SubmissionResult | None:
        """Publish the attempt that counts, if all attempts of the student are judged; `new` is not saved yet."""
        if not self._tasks.is_done(slug):
            return None
        load = self._book.load
        found = ((t, new if new and new.key == t.key else load(*t.named)) for t in self._tasks.by_slug[slug])
        attempts = [(task, result) for task, result in found if result is not None]
        return self._publish(attempts, changed=new is not None)

    def _unchanged(self, slug: str, marks: Mapping[str, Mark]) -> SubmissionResult | None:
        """The result that counts, in brief, if it is kept as it is now and its files show it."""
        if not self._tasks.is_done(slug):
            return None
        found = ((task, self._book.load(*task.named, whole=False)) for task in self._tasks.by_slug[slug])
        attempts = [(task, result) for task, result in found if result is not None]
        result = _best(attempts, self._assignment, complete=not self._options.only)
        if len(attempts) > 1:
            self._book.load(slug, result.key, whole=False)  # makes it the current one of its student
        elif result is not attempts[0][1]:  # another roster or another late policy
            return None
        return result if is_published(slug, result, marks, self._options) else None

    def all(self, submissions: Iterable[Submission]) -> Iterator[SubmissionResult]:
        """The results that count, with marks, in the order of the class; files that are out of date are written."""
        for s in submissions:
            marks = self._book.marks(s.student)
            if s.slug in self._tasks.by_slug:
                found = self._unchanged(s.slug, marks) or self.settle(s.slug)
            else:
                found = self._book.newest(s.slug, whole=False)
            if found is not None:
                result = with_marks(found, marks, self._assignment, complete=not self._options.only)
                self.statuses[str(result.status)] += 1
                if s.slug in self._tasks.by_slug:
                    self.asked.add(result)
                yield result

    def _publish(self, attempts: Sequence[tuple[Task, SubmissionResult]], *, changed: bool) -> SubmissionResult:
        """Keep the result that counts if it is new, and write its files. A fault of the grader here replaces it."""
        assignment, book, options = self._assignment, self._book, self._options
        task, before = attempts[0]
        slug = task.submission.slug
        result = _best(attempts, assignment, complete=not options.only)
        try:
            if len(attempts) > 1:
                book.load(slug, result.key)  # makes it the current one of its student
            elif changed or result is not before:
                book.save(slug, result)
            publish(slug, result, book, assignment, options)
        except GraderError:
            raise  # a failure of the disk, not of this submission
        except Exception as error:
            error.add_note("while its result was saved and its page was written")
            result = identified(fault(task, assignment, options.conditions, traced(error)), task.submission)
            book.save(slug, result)
            publish(slug, result, book, assignment, options)
        return result


def _best(
    attempts: Sequence[tuple[Task, SubmissionResult]], assignment: Assignment, *, complete: bool
) -> SubmissionResult:
    """The result that counts among those of a student's attempts."""
    summed = partial(totalled, assignment=assignment, complete=complete)
    return best([(task.submission, result) for task, result in attempts], summed)
