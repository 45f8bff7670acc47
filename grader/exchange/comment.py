"""A student's points in a few lines of text, for the comment field of a learning platform."""

from __future__ import annotations

from ..assignment.spec import Assignment
from ..messages import say
from ..report.student_page import StudentPage, student_page
from ..report.visible import visible
from ..results import SubmissionResult


def comment(result: SubmissionResult, assignment: Assignment) -> str:
    """One line with the points, and one per question: its points, why some are missing, a person's words.

    Hidden cases show as on the student's page: category and hint, no values.
    """
    page = student_page(result, result.language, assignment_title=assignment.title, scale=assignment.scale)
    return "\n".join(str(visible(line)) for line in _lines(page, result.language))


def _lines(page: StudentPage, language: str) -> list[str]:
    if page.problem:
        return [page.problem]
    total = say("{points} of {maximum} points", points=page.points, maximum=page.maximum).render(language)
    lines = [". ".join(filter(None, (total, page.pending)))]
    for question in page.questions:
        if not question.maximum:
            continue
        said = " · ".join(_line(text) for text in (question.reason, question.review, question.comment) if text)
        lines.append(f"{question.id}: {question.points}/{question.maximum}" + (f". {said}" if said else ""))
    return lines


def _line(text: str) -> str:
    return " ".join(text.split())
