"""JUnit XML of a class: a suite per student, a test per check, as CI systems and Artemis read it."""

from __future__ import annotations

from collections.abc import Iterable

from junitparser import Error, Failure, JUnitXml, Properties, Property, Skipped, TestCase, TestSuite

from ..report.problems import groups, problem
from ..report.student_page import why_not_graded
from ..report.visible import visible
from ..results import Finding, QuestionResult, Status, SubmissionResult, Verdict
from .grades_csv import csv_number

LONGEST = 4000  # characters of a message
# A wrong answer is a failure. What ended a run is an error, and so is a fault of the grader.
ERRORS = {Verdict.RAISED, Verdict.TIMED_OUT, Verdict.OUT_OF_MEMORY, Verdict.CRASHED, Verdict.GRADER_FAULT}
WAITING = {Verdict.SKIPPED, Verdict.PENDING}


def junit_xml(results: Iterable[SubmissionResult], title: str) -> bytes:
    """The bytes of the file; hidden cases show as on the student's page."""
    root = JUnitXml(_clean(title))
    for result in results:
        suite = TestSuite(_clean(result.student))
        if result.graded_at:
            suite.timestamp = result.graded_at
        if result.status is not Status.GRADED:
            case = TestCase("submission", result.status.value, 0.0)
            case.result = [_outcome(Error, result.status.value, why_not_graded(result, result.language))]
            suite.add_testcase(case)
        for question in result.questions:
            for case in _cases(question, result.language):
                suite.add_testcase(case)
        root.add_testsuite(suite)
    root.update_statistics()
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + bytes(root.tostring()) + b"\n"


def _cases(question: QuestionResult, language: str) -> list[TestCase]:
    """A test per check; the first one has the question's points."""
    checks: dict[str, list[Finding]] = {}
    for finding in question.findings:
        checks.setdefault(finding.check.render(language), []).append(finding)
    cases = []
    for name, findings in (checks or {"": []}).items():
        case = TestCase(_clean(name or question.title.render(language)), _clean(question.id), 0.0)
        wrong = groups([f for f in findings if not f.passed and f.scored])
        told = [problem(group, language, whole=False) for group in wrong]
        texts = [line for p in told for line in (p.message, p.cause, p.hint) if line]
        verdict = wrong[0][0].verdict if wrong else question.verdict if not findings else Verdict.PASSED
        if verdict is not Verdict.PASSED:
            kind = Error if verdict in ERRORS else Skipped if verdict in WAITING else Failure
            case.result = [_outcome(kind, verdict.value, "\n".join(texts) or verdict.value)]
        cases.append(case)
    properties = Properties()
    properties.add_property(Property("points", csv_number(question.points + (question.awarded or 0.0))))
    properties.add_property(Property("possible", csv_number(question.possible + question.reviewed)))
    cases[0].append(properties)
    return cases


def _outcome(kind: type[Failure | Error | Skipped], verdict: str, text: str) -> Failure | Error | Skipped:
    clean = _clean(text)[:LONGEST]
    outcome = kind(clean.partition("\n")[0], verdict)
    outcome.text = clean
    return outcome


def _clean(text: str) -> str:
    """The text without characters that XML cannot hold: control characters are spelled out."""
    return "".join(c for c in str(visible(text)) if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff"))
