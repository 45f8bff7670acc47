"""The lines of a question: one per test, one for figures, and one per test that is made elsewhere."""

from __future__ import annotations

from ...assignment.spec import Question
from ..references import References
from .check import Check
from .elsewhere import Elsewhere
from .figures import Figures
from .from_test import FromTest


def checks_of(question: Question, references: References, convention: str = "") -> tuple[Check, ...]:
    """The lines of a question, in order; `convention` names another right convention of the question."""
    tests = tuple(FromTest(question, test, k, references, convention) for k, test in enumerate(question.tests))
    figures = (Figures(question.figures),) if question.figures else ()
    return (*tests, *figures, *(Elsewhere(title) for title in question.elsewhere))
