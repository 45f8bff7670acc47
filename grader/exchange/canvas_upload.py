"""Upload grades, comments and pages to Canvas, after showing what would be uploaded."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..intake.roster import students
from .gradebooks import Graded, match, some

# The token must not travel unencrypted, except to this machine.
ADDRESS = re.compile(r"(https://[^/]+|http://(?:127\.0\.0\.1|localhost)(?::\d+)?)/courses/(\d+)/assignments/(\d+)")
TITLES = ("Student", "ID", "SIS User ID", "SIS Login ID", "Email")


@dataclass(frozen=True)
class Step:
    """What is uploaded for one student."""

    student: str
    submission: Any  # of canvasapi
    graded: Graded
    before: float | None  # the score in Canvas now
    known: bool  # the comment is there already, from an earlier upload: it is not repeated

    @property
    def sentence(self) -> str:
        parts = []
        if self.graded.value is not None:
            now = "none" if self.before is None else f"{self.before:g}"
            parts.append(f"grade {round(self.graded.value, 2):g} (now {now})")
        parts.append("the comment is there already" if self.known else "comment and page")
        return f"{self.student}: {', '.join(parts)}"


@dataclass(frozen=True)
class Plan:
    """All steps, and sentences about students who are not clear."""

    steps: tuple[Step, ...]
    sentences: tuple[str, ...]


def plan(address: str, token: str, grades: Sequence[Graded]) -> Plan:
    """Compare the grades with what Canvas has; nothing is changed there.

    Raises UsageError if the address is not that of an assignment, without a token, or if Canvas refuses.
    """
    found = ADDRESS.match(address.strip())
    if found is None:
        raise UsageError(
            f"{address} is not an assignment of Canvas: copy the address of its page, "
            "such as https://canvas.example.edu/courses/12/assignments/34"
        )
    if not token:
        raise UsageError("there is no token: make one in Canvas (Account, Settings) and put it into CANVAS_TOKEN")
    try:
        from canvasapi import Canvas
        from canvasapi.exceptions import CanvasException
    except ImportError as error:
        raise UsageError("uploading needs canvasapi: pip install 'tensorgrade[instructor]'") from error
    url, course_id, assignment_id = found.groups()
    try:
        course = Canvas(url, token).get_course(int(course_id))
        users = list(course.get_users(enrollment_type=["student"], include=["email"]))
        handed_in = {
            s.user_id: s
            for s in course.get_assignment(int(assignment_id)).get_submissions(include=["submission_comments"])
        }
    except (CanvasException, OSError) as error:
        raise UsageError(f"{url} refused ({error}): check the address, and that the token is yours") from error
    rows = [TITLES, *([str(getattr(u, field, None) or "") for field in
                       ("name", "id", "sis_user_id", "login_id", "email")] for u in users)]  # fmt: skip
    _, people = students(rows, "the course")
    matched = match(people, [g.result for g in grades], "the course")
    by_slug = {g.result.slug: g for g in grades}
    steps, excused = [], []
    for i, result in matched.rows.items():
        graded, submission = by_slug[result.slug], handed_in.get(users[i - 1].id)
        if getattr(submission, "excused", False):
            excused.append(result.student)
        elif submission is not None and graded.value is not None:
            said = {c.get("comment") for c in getattr(submission, "submission_comments", [])}
            before = getattr(submission, "score", None)
            steps.append(Step(result.student, submission, graded, before, graded.comment in said))
    left = [f"left as they are, because they are excused: {some(excused)}"] if excused else []
    return Plan(tuple(steps), (*matched.sentences, *left))


def send(steps: Sequence[Step], pages: Mapping[str, tuple[str, bytes]]) -> Iterator[Step]:
    """Upload each step, and yield it when it is done; `pages` are a file name and bytes by slug.

    A comment that is there is not repeated, so that an upload that was cut off can be started again.
    """
    from canvasapi.exceptions import CanvasException

    with tempfile.TemporaryDirectory() as place:
        for step in steps:
            name, data = pages[step.graded.result.slug]
            changes: dict[str, Any] = {"submission": {"posted_grade": round(step.graded.value or 0.0, 2)}}
            try:
                if not step.known:
                    file = Path(place) / name
                    file.write_bytes(data)
                    taken, answer = step.submission.upload_comment(str(file))
                    if not taken:
                        raise ValueError(f"the page was not taken: {answer}")
                    changes["comment"] = {"text_comment": step.graded.comment}
                step.submission.edit(**changes)
            except (CanvasException, OSError, ValueError) as error:
                raise UsageError(f"Canvas stopped at {step.student} ({error}): run the same command again") from error
            yield step
