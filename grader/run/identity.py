"""Who submitted a result, which attempt it is, and which of several attempts is the best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..intake.submissions import Submission
from ..messages import say
from ..results import Attempt, Status, SubmissionResult


def identified(result: SubmissionResult, submission: Submission) -> SubmissionResult:
    """The result with what is known of its student and of the attempts.

    It is not part of the result's key: a better roster is not a reason to judge again.
    """
    person = submission.person
    attempts = tuple(replace(a, counts=a.number == submission.attempt) for a in submission.attempts)
    counted = next((a for a in attempts if a.counts), Attempt(0))
    facts: dict[str, object] = {
        "student": submission.student,
        "slug": submission.slug,
        "id": person.id,
        "login": person.login,
        "email": person.email,
        "section": person.section,
        "group": person.group,
        "together": submission.together,
        "in_roster": submission.in_roster,
        "attempt": counted.number,
        "submitted": counted.submitted,
        "late": counted.late,
        "attempts": attempts,
    }
    same = all(getattr(result, name) == value for name, value in facts.items())
    return result if same else replace(result, **facts)  # type: ignore[arg-type]


def best(
    results: Sequence[tuple[Submission, SubmissionResult]], summed: Callable[[SubmissionResult], SubmissionResult]
) -> SubmissionResult:
    """The result with the most points among the attempts of one student; of equal ones the last attempt's.

    `summed` gives the sums of a graded result, which late days lower.
    """

    def told(result: SubmissionResult, submission: Submission) -> SubmissionResult:
        known = identified(result, submission)
        return summed(known) if known.status is Status.GRADED else known

    found = [(submission, told(result, submission)) for submission, result in results]
    submission, result = max(found, key=lambda pair: (_rank(pair[1]), pair[0].attempt))
    if len(results) == 1:
        return result
    note = say(
        "{count} attempts: the best one was graded, attempt {number}, {file}",
        count=len(submission.attempts),
        number=submission.attempt,
        file=submission.file,
    )
    return replace(result, notes=(note, *result.notes))


def _rank(result: SubmissionResult) -> tuple[bool, float]:
    return result.status is Status.GRADED, result.total
