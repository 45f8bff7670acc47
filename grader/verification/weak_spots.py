"""Which known mistake fails which test, and advice about weak spots of an assignment. Nothing here is a claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..assignment.slips import Place
from ..assignment.spec import Assignment, Question
from ..judging.author_side import all_places
from ..judging.references import References
from ..report.verification_page import Rejections
from ..results import SubmissionResult, Verdict


def matrix(assignment: Assignment, results: Mapping[str, SubmissionResult]) -> tuple[Rejections, ...]:
    """For each question with known mistakes: its tests, and those that each mistake fails."""
    found = []
    for question in assignment.questions:
        titles = tuple(test.title.en or test.title.es for test in question.tests)
        rows = []
        for mistake in (m for m in assignment.mistakes if m.question == question.id):
            findings = [
                f for q in results[f"mistake {mistake.name}"].questions if q.id == question.id for f in q.findings
            ]
            failing = {f.check for f in findings if not f.passed}
            rows.append((mistake.name, tuple(test.title in failing for test in question.tests)))
        if rows:
            found.append(Rejections(question.id, titles, tuple(rows)))
    return tuple(found)


def lines(matrix: tuple[Rejections, ...]) -> Iterator[str]:
    """The matrix for a terminal: a line of numbered tests, then a line for each mistake with the tests it fails."""
    for part in matrix:
        yield f"{part.question}: " + ", ".join(f"{n} {title}" for n, title in enumerate(part.tests, 1))
        for name, fails in part.mistakes:
            yield "   " + "".join(f"{n if fail else '.':>3}" for n, fail in enumerate(fails, 1)) + f"  {name}"


def advice(
    questions: Sequence[Question], results: Mapping[str, SubmissionResult], references: References
) -> Iterator[str]:
    """Weak spots of questions: no hostile answer attacks one, or the student's process makes a judgement."""
    attacked = {
        question.id
        for name, result in results.items()
        if name.startswith("hostile ")
        for question in result.questions
        if any(f.verdict is not Verdict.MISSING for f in question.findings)
    }
    attacked |= {example.question for example in references.assignment.hostile}
    for question in questions:
        if question.points and question.tests and question.id not in attacked:
            yield (
                f"{Place(question.file, question.line, question.id)}: no hostile answer attacks this question: write "
                "`# %% hostile NAME: 0 points` with code that would deceive its tests"
            )
    told = set()
    for place in all_places(references.assignment, [question.id for question in questions]):
        raw = references.raw.get(place, {})
        test = references.assignment.question(place.question).tests[place.test]
        for name, value in raw.get("values", {}).items():
            beside = isinstance(value, bool) and name not in raw["read"] and name not in raw["musts"]
            if beside and (test, name) not in told:
                told.add((test, name))
                where = Place(test.source.file, test.source.line, place.question, test.title.en or test.title.es)
                yield (
                    f"{where}: {name!r} is judged beside the student's code: return what it is computed from, "
                    "and let `judge` compute it"
                )
