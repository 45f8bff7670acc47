"""The tasks of a run: those that are judged already, and those whose result several students share."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..assignment.spec import Aliases, Assignment
from ..errors import UsageError
from ..exchange.gradebooks import some
from ..intake.submissions import Submission, SubmittedClass, collect_class
from ..judging.environment import is_there
from ..judging.submission import Task
from ..results import Status, SubmissionResult
from ..versions import OWN_PYTHON
from .gradebook import Gradebook, Kept, grader_fingerprint, key
from .identity import identified
from .names import ALL, mapped_names
from .options import Options


class Tasks:
    """The tasks of the chosen submissions, and which of them have a result in the gradebook.

    A student has one task, or several where the best attempt counts. Members of a group have a task each; their work is
    judged once.
    """

    def __init__(self, submitted: SubmittedClass, assignment: Assignment, options: Options) -> None:
        """Choose the submissions. Raises UsageError for a pattern that fits no student, and for a wrong names.toml."""
        self._assignment, self._options = assignment, options
        self._names = mapped_names(options.submissions, assignment, submitted.submissions)
        self._slugs = {s.student: s.slug for s in submitted.submissions}
        self._chosen = _chosen(submitted.submissions, options.student)
        self.by_slug: dict[str, list[Task]] = {s.slug: [] for s in self._chosen}
        self._judged: set[tuple[str, str]] = set()  # slug and key
        self._members: dict[tuple[str, str], list[Task]] = {}  # by work: one task, or one for each of a group

    def find_results(self, book: Gradebook, salts: Sequence[str]) -> None:
        """Make the tasks, with the first of these salts for which the gradebook has a result that still holds."""
        for submission in self._chosen:
            for attempt in _attempts(submission):
                task, slug = self._kept(attempt, book, salts)
                self.by_slug[submission.slug].append(task)
                self._members.setdefault(_work(task), []).append(task)
                if slug:
                    self._judged.add(task.named)
                if slug not in ("", attempt.slug) and (of_mate := book.load(slug, task.key)) is not None:
                    book.save(attempt.slug, identified(of_mate, attempt))

    def _kept(self, attempt: Submission, book: Gradebook, salts: Sequence[str]) -> tuple[Task, str]:
        """The task of an attempt, and the slug under which its result is kept: its own, a member's, or "" for none."""
        possible = [_task(attempt, self._assignment, self._options, salt, self._names) for salt in salts]
        for task in possible:
            for slug in (attempt.slug, *(self._slugs[student] for student in attempt.together)):
                if _still_holds(book.kept(slug, task.key), self._options):
                    return task, slug
        return possible[0], ""

    def __len__(self) -> int:
        return sum(map(len, self.by_slug.values()))

    def done(self) -> int:
        """How many tasks have a result."""
        return sum(task.named in self._judged for found in self.by_slug.values() for task in found)

    def todo(self) -> list[Task]:
        """One task of each work without a result."""
        return [same[0] for same in self._members.values() if same[0].named not in self._judged]

    def is_done(self, slug: str) -> bool:
        """Whether all attempts of a student have a result."""
        return all(task.named in self._judged for task in self.by_slug[slug])

    def share(self, result: SubmissionResult, task: Task, book: Gradebook) -> list[SubmissionResult]:
        """The result of a work for each of its students."""
        shared = []
        for own in self._members[_work(task)]:
            shared.append(identified(result, own.submission))
            if len(self.by_slug[own.submission.slug]) > 1:  # kept now: the best is known when all are judged
                book.save(own.submission.slug, shared[-1])
            self._judged.add(own.named)
        return shared


def tasks_of(assignment: Assignment, options: Options, salt: str) -> list[Task]:
    """The tasks of a class with one salt, whether they are judged already or not.

    Raises UsageError when there is nothing to grade.
    """
    submitted = collect_class(options.submissions, options.roster, options.attempt, groups=options.groups)
    submissions = submitted.submissions
    names = mapped_names(options.submissions, assignment, submissions)
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


def _task(
    submission: Submission, assignment: Assignment, options: Options, salt: str, names: Mapping[str, Aliases]
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


def _chosen(submissions: Sequence[Submission], pattern: str) -> list[Submission]:
    """The submissions whose name or slug fits the pattern; all of them for an empty pattern."""
    chosen = [
        s for s in submissions if not pattern or fnmatch.fnmatch(s.student, pattern) or fnmatch.fnmatch(s.slug, pattern)
    ]
    if not chosen:
        listed = some([s.student for s in submissions])
        raise UsageError(f"no student matches --student {pattern!r}; the {len(submissions)} students are: {listed}")
    return chosen
