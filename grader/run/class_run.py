"""A run over many submissions: choose those to judge, reuse the results of earlier runs, keep the new ones."""

from __future__ import annotations

import contextlib
import fnmatch
import gc
import time
import tomllib
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol, overload

from ..assignment.names import parameters_of
from ..assignment.slips import closest
from ..assignment.spec import Aliases, Assignment
from ..errors import ChangedSubmission, GraderError, UsageError
from ..exchange.gradebooks import some
from ..intake.submissions import Submission, collect_class
from ..judging.environment import is_there
from ..judging.judge import Judge
from ..judging.judge_pool import Progress, judge_all
from ..judging.scoring import totalled
from ..judging.submission import Conditions, Task, fault
from ..judging.traced import traced
from ..results import Status, SubmissionResult
from ..versions import OWN_PYTHON
from .answers import Given, with_untouched
from .gradebook import Gradebook, Kept, Known, grader_fingerprint, key
from .identity import best, identified
from .last_run import remember
from .marking import adopt_rubrics, share_marks
from .names import NAMES_FILE
from .options import Options
from .outputs import publish, unpublish, with_marks, write_class
from .tally import Tally

ALL = "all"  # the section of names.toml for everybody


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
    chosen = _chosen(submissions, options.student)
    names = _mapped_names(options.submissions, assignment, submissions)
    with Gradebook(options.out / "gradebook.sqlite") as book, book.exclusive():
        if options.salt not in ("", "new", *(known := book.salts())):
            listed = ", ".join(known) or "none yet"
            raise UsageError(f"--salt {options.salt}: give new, or a salt of this gradebook: {listed}")
        for slug in book.meet(Known(s.student, s.slug, s.traces) for s in submissions):
            unpublish(slug, options.out)
        if options.fresh:
            book.forget_results(chosen)
        salt = book.draw_salt() if options.salt == "new" else options.salt or book.salt()
        # A submission that has not changed keeps its result from an earlier round, unless one salt is asked for.
        salts = [salt] if options.salt not in ("", "new") else list(dict.fromkeys((salt, *known)))
        # All attempts that are judged, by slug: one per student, or more where the best one counts.
        tasks: dict[str, list[Task]] = {s.slug: [] for s in submissions if s.slug in chosen}
        run = book.start_run(options.command, options.level, salt)
        adopt_rubrics(book, assignment)
        share_marks(book, {s.student: s.together for s in submissions if s.together})
        remember(book, assignment, options, (s.slug for s in submissions))
        judged: set[tuple[str, str]] = set()  # slug and key of the tasks whose results are in the gradebook
        slugs = {s.student: s.slug for s in submissions}
        with _no_collection():
            for s in submissions:
                for attempt in _attempts(s) if s.slug in chosen else ():
                    possible = [_task(attempt, assignment, options, one, names) for one in salts]
                    mates = [slugs[student] for student in attempt.together]  # their results are this student's as well
                    kept = ((t, slug) for t in possible for slug in (s.slug, *mates)
                            if _still_holds(book.kept(slug, t.key), options))  # fmt: skip
                    task, slug = next(kept, (possible[0], ""))
                    tasks[s.slug].append(task)
                    if slug:
                        judged.add(task.named)
                    if slug not in ("", s.slug) and (of_mate := book.load(slug, task.key)) is not None:
                        book.save(s.slug, identified(of_mate, attempt))
        mine = [task for attempts in tasks.values() for task in attempts]
        members: dict[tuple[str, str], list[Task]] = {}  # the tasks of one work: one, or one for each of a group
        for task in mine:
            members.setdefault(_work(task), []).append(task)

        def share(result: SubmissionResult, work: tuple[str, str]) -> list[SubmissionResult]:
            """The result of a work for each of its students."""
            shared = []
            for task in members[work]:
                shared.append(identified(result, task.submission))
                if len(tasks[task.submission.slug]) > 1:  # kept now: the best is known when all are judged
                    book.save(task.submission.slug, shared[-1])
                judged.add(task.named)
            return shared

        todo = [same[0] for same in members.values() if same[0].named not in judged]
        done = sum(task.named in judged for task in mine)
        progress.begin(len(mine), done)
        if submitted.without_group:
            absent = some(submitted.without_group)
            progress.advise(f"Nothing was handed in by {absent}, but by others of the same group. "
                            "If a submission is the work of its group: --groups")  # fmt: skip
        if (known_since := book.exported(salt)) and options.salt in ("", "new"):
            progress.advise(f"Students have had pages of these hidden cases since {known_since[:10]}. "
                            "For a new round of attempts, draw other cases: --salt new")  # fmt: skip

        def settle(slug: str, new: SubmissionResult | None = None) -> SubmissionResult | None:
            """Publish the attempt that counts, if all attempts of the student are judged."""
            if any(task.named not in judged for task in tasks[slug]):
                return None
            found = ((task, new if new and new.key == task.key else book.load(*task.named)) for task in tasks[slug])
            attempts = [(task, result) for task, result in found if result is not None]
            return _published(attempts, book, assignment, options, changed=new is not None)

        first: float | None = None
        interrupted = False
        judge = Judge(assignment, salt, options.only, options.forbidden)
        given = Given(assignment)
        try:
            # Closed also after a ^C between two results, so that the judges end now and not some time later.
            with contextlib.closing(engine(judge, todo, options.conditions, options.lanes, progress)) as finished:
                for task, result in finished:
                    try:
                        result = with_untouched(replace(result, salt=salt), task.submission, given)
                    except ChangedSubmission as changed:
                        progress.advise(f"Not graded: {changed}")
                        continue
                    for one in share(result, _work(task)):
                        settle(one.slug, one)
                        first = first or time.monotonic() - clock
                        done += 1
                        progress.finished(one, done, len(mine))
        except KeyboardInterrupt:
            interrupted = True

        def final() -> Iterator[SubmissionResult]:
            """The results that count, in the order of the class; pages that are out of date are written on the way."""
            for s in submissions:
                found = settle(s.slug) if s.slug in tasks else book.newest(s.slug)
                if found is not None:
                    yield with_marks(found, book.marks(s.student), assignment, complete=not options.only)

        counts, asked = Counter[str](), Tally()

        def counted() -> Iterator[SubmissionResult]:
            for result in final():
                counts[str(result.status)] += 1
                if result.slug in tasks:
                    asked.add(result)
                yield result

        with _no_collection():
            write_class(counted(), book, submitted, assignment, options, salt, started, clock)
        book.finish_run(run, counts)
    finished_tasks = {slug: found for slug, found in tasks.items() if all(task.named in judged for task in found)}
    return RunOutcome(
        ClassResults(options.out, finished_tasks, assignment, complete=not options.only),
        asked, len(mine), len(todo), time.monotonic() - clock, first, interrupted,
        submitted.left_out, submitted.perhaps_same, salt,
    )  # fmt: skip


class ClassResults(Sequence[SubmissionResult]):
    """The results of a run, with the marks of people. Each is read from the gradebook when it is asked for."""

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
                found = [(task, result) for task in attempts if (result := book.load(*task.named)) is not None]
                result = _best(found, self._assignment, complete=self._complete)
                yield with_marks(result, book.marks(result.student), self._assignment, complete=self._complete)


def tasks_of(assignment: Assignment, options: Options, salt: str) -> list[Task]:
    """The tasks of a class with one salt, whether they are judged already or not.

    Raises UsageError when there is nothing to grade.
    """
    submitted = collect_class(options.submissions, options.roster, options.attempt, groups=options.groups)
    submissions = submitted.submissions
    names = _mapped_names(options.submissions, assignment, submissions)
    return [_task(attempt, assignment, options, salt, names) for s in submissions for attempt in _attempts(s)]


def _work(task: Task) -> tuple[str, str]:
    """What members of a group have in common: the file that was handed in, and the key of its result."""
    return task.submission.file or task.submission.slug, task.key


def _attempts(submission: Submission) -> tuple[Submission, ...]:
    """The attempts that are judged: the one that counts, or all where the best one counts."""
    return (replace(submission, others=()), *submission.others) if submission.others else (submission,)


def _still_holds(result: Kept | None, options: Options) -> bool:
    """Whether a kept result need not be judged again. A package that it lacked may have been installed since."""
    if result is None:
        return False
    retried = options.retry_faults and result.status is Status.GRADER_FAULT
    return not retried and not any(map(is_there, result.packages))


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Turn garbage collection off while many objects are made that all stay or that nothing in a circle holds.

    It would take most of the time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # these objects are not searched later either, nor in the judges, which are forked
        gc.enable()


def _published(
    attempts: Sequence[tuple[Task, SubmissionResult]],
    book: Gradebook,
    assignment: Assignment,
    options: Options,
    *,
    changed: bool,
) -> SubmissionResult:
    """Keep the result that counts if it is new and write its files. A fault of the grader here replaces the result."""
    task, before = attempts[0]
    slug = task.submission.slug
    result = _best(attempts, assignment, complete=not options.only)
    try:
        if len(attempts) > 1:
            book.load(slug, result.key)  # makes it the current one of its student
        elif changed or result is not before:
            book.save(slug, result)
        publish(slug, result, book, assignment, options, changed=changed)
    except GraderError:
        raise  # a failure of the disk, not of this submission
    except Exception as error:
        error.add_note("while its result was saved and its page was written")
        result = identified(fault(task, assignment, options.conditions, traced(error)), task.submission)
        book.save(slug, result)
        publish(slug, result, book, assignment, options, changed=True)
    return result


def _best(
    attempts: Sequence[tuple[Task, SubmissionResult]], assignment: Assignment, *, complete: bool
) -> SubmissionResult:
    """The result that counts among those of a student's attempts."""
    summed = partial(totalled, assignment=assignment, complete=complete)
    return best([(task.submission, result) for task, result in attempts], summed)


def _chosen(submissions: Sequence[Submission], pattern: str) -> set[str]:
    """The slugs of the submissions whose name or slug fits the pattern; all slugs for an empty pattern."""
    chosen = {
        s.slug
        for s in submissions
        if not pattern or fnmatch.fnmatch(s.student, pattern) or fnmatch.fnmatch(s.slug, pattern)
    }
    if not chosen:
        listed = some([s.student for s in submissions])
        raise UsageError(f"no student matches --student {pattern!r}; the {len(submissions)} students are: {listed}")
    return chosen


def _mapped_names(folder: Path, assignment: Assignment, submissions: Sequence[Submission]) -> Mapping[str, Aliases]:
    """The instructor's names.toml: `[all]` for everybody, `["Student"]` for one student; asked name = "name used".

    Several functions may answer for one name: asked name = ["one", "another"]. Arguments are mapped by
    "function.argument" = "name used".

    Raises UsageError for a file that cannot be read, a name that is not asked for and a student who is not there.
    """
    file = (folder if folder.is_dir() else folder.parent) / NAMES_FILE
    if not file.is_file():
        return {}
    try:
        with file.open("rb") as stream:
            tables = tomllib.load(stream)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from error
    asked = {name for question in assignment.questions for name in question.names}
    variables = {
        name for question in assignment.questions for s in question.snippets.values() for name in s.variables
    } - asked
    known = {ALL, *(name for s in submissions for name in (s.student, s.slug))}
    tables = {student: _flat(table) for student, table in tables.items()}
    for student, table in tables.items():
        if isinstance(table, dict) and student not in known:
            advice = closest(student, known, "write the name of a student as grades.csv gives it")
            raise UsageError(f"{file}: there is no student {student}; {advice}")
        if not isinstance(table, dict) or not all(map(_is_name_or_names, table.values())):
            raise UsageError(f'{file}: [{student}] should hold lines such as CELoss = "ce_loss"')
        if several := [name for name in table if name in variables and not isinstance(table[name], str)]:
            raise UsageError(f"{file}: [{student}] gives the variable {several[0]} more than one name")
        arguments = {f"{name}.{own}" for name in asked for own in parameters_of(assignment, name)}
        if unknown := set(table) - asked - variables - arguments:
            raise UsageError(f"{file}: the assignment does not ask for {', '.join(sorted(unknown))}")
    return tables


def _flat(table: object) -> object:
    """A section in which `CELoss.epsilon = "eps"` is an entry like `"CELoss.epsilon"`."""
    if not isinstance(table, dict):
        return table
    found: dict[str, object] = {}
    for name, value in table.items():
        found |= {f"{name}.{inner}": own for inner, own in value.items()} if isinstance(value, dict) else {name: value}
    return found


def _is_name_or_names(value: object) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)
    )


def _task(
    submission: Submission,
    assignment: Assignment,
    options: Options,
    salt: str,
    names: Mapping[str, Aliases],
) -> Task:
    own = (submission.slug, submission.student, *submission.together)  # a name of one member is that of all
    aliases = {name: used for one in (ALL, *sorted(own)) for name, used in names.get(one, {}).items()}
    settings = {
        "salt": salt,
        "only": list(options.only),
        "device": options.device,
        "level": str(options.level),
        "forbidden": options.forbidden,
        "names": aliases,
        "python": OWN_PYTHON,
    }
    return Task(submission, key(submission.digest, assignment.fingerprint, grader_fingerprint(), settings), aliases)
