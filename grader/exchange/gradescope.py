"""Gradescope: results.json of an autograder, and the grades by SID."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from ..assignment.spec import Assignment
from ..errors import GraderError
from ..report.student_page import QuestionView, student_page
from ..report.visible import visible
from ..results import QuestionResult, Status, SubmissionResult, Verdict
from .grades_csv import csv_number, harmless

# Gradescope's own columns of an assignment, and one per question.
COLUMNS = ("SID", "Email", "Name", "Total Score", "Max Points")


def results_json(result: SubmissionResult, assignment: Assignment) -> bytes:
    """The bytes of results.json: the score, and a test per question with what the student's page says.

    Raises GraderError for a fault of the grader: without a file Gradescope asks for another try, and charges nobody.
    """
    if result.status is Status.GRADER_FAULT or any(q.verdict is Verdict.GRADER_FAULT for q in result.questions):
        raise GraderError(f"the grader failed on the submission of {result.student}, so it has no results.json")
    page = student_page(result, result.language, assignment_title=assignment.title, scale=assignment.scale)
    by_id = {q.id: q for q in result.questions if q.possible + q.reviewed}
    content = {
        "score": result.total,
        "output": _text(page.problem, page.pending, *page.late, *page.notes),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_test(q, by_id[q.id]) for q in page.questions if q.id in by_id],
    }
    return json.dumps(content, indent=1, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _test(question: QuestionView, result: QuestionResult) -> dict[str, Any]:
    points, maximum = result.points + (result.awarded or 0.0), result.possible + result.reviewed
    waiting = result.reviewed if result.waits else 0.0  # nothing is wrong with what nobody has read
    problems = [_text(p.message, p.cause, p.hint) for p in question.problems]
    return {
        "name": visible(question.title),
        "number": question.id,
        "score": round(points, 2),
        "max_score": round(maximum, 2),
        "status": "passed" if points + waiting >= maximum - 1e-9 else "failed",
        "output": _text(*question.notes, *problems, question.review, question.comment),
        "visibility": "visible",
    }


def _text(*lines: str) -> str:
    return str(visible("\n".join(filter(None, lines))))


def grades_by_sid(results: Sequence[SubmissionResult], question_ids: Sequence[str]) -> str:
    """A row per student with SID and points, for a spreadsheet or a script; empty where there is no grade."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *question_ids])
    for result in results:
        graded = result.status is Status.GRADED
        by_id = {q.id: csv_number(q.points + (q.awarded or 0.0)) for q in result.questions if graded}
        sums = [csv_number(result.total), csv_number(result.possible)] if graded else ["", ""]
        who = map(harmless, (result.id, result.email, result.student))
        writer.writerow([*who, *sums, *(by_id.get(id, "") for id in question_ids)])
    return text.getvalue()
