"""result.json of Classroom 50: a score in whole numbers, a line per check, and the facts of the submission."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from ..errors import GraderError, UsageError
from ..messages import Text, say
from ..report.visible import visible
from ..results import Finding, QuestionResult, Status, SubmissionResult, Verdict

SCHEMA = "classroom50/result/v1"
# Scores must be whole numbers, and points have two decimals.
SCALE = 100
# The variables that the runner sets, by the field that each one fills.
ENVIRONMENT = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
    "review": "REVIEW_URL",
}

# The share of each check in its question's points, by question and the check's title.
Shares = Mapping[tuple[str, Text], float]


def result_json(
    result: SubmissionResult, environment: Mapping[str, str], when: datetime, shares: Shares | None = None
) -> bytes:
    """The bytes of result.json; `when` has a time zone. Points count in hundredths: 1.25 is 125.

    The tests' scores add up to the score. Points that a person gives are a test of their own as soon as they are given.
    `shares` has each check's part of its question; without it the parts are
    equal. Optional questions raise the maximum by the points earned in them: Classroom 50 accepts no score above it.

    Raises UsageError if the environment is not Classroom 50's, and GraderError for a fault of the grader: a missing
    file is better than one that charges a student for the fault.
    """
    if result.status is Status.GRADER_FAULT or any(q.verdict is Verdict.GRADER_FAULT for q in result.questions):
        raise GraderError("the grader failed on this notebook, so there is no score for Classroom 50")
    if when.tzinfo is None:
        raise ValueError("the time of a result needs a time zone")
    tests = [
        test
        for question in result.questions
        for test in (*_tests(question, result.language, shares or {}), *_marked(question, result.language))
    ]
    content = {
        "schema": SCHEMA,
        **_fields(environment),
        "datetime": when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": sum(int(test["score"]) for test in tests),
        "max-score": sum(int(test["max-score"]) for test in tests),
        "tests": tests,
    }
    return json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n"


def _fields(environment: Mapping[str, str]) -> dict[str, str]:
    # A push without a pull request offers only the commit for review.
    known = {"REVIEW_URL": environment.get("COMMIT_URL", ""), **{k: v for k, v in environment.items() if v}}
    fields = {field: known.get(name, "") for field, name in ENVIRONMENT.items()}
    if absent := [ENVIRONMENT[field] for field, value in fields.items() if not value]:
        raise UsageError(f"--classroom50: the environment has no {', '.join(absent)}, which Classroom 50's runner sets")
    return fields


def _tests(question: QuestionResult, language: str, shares: Shares) -> list[dict[str, str | bool | int]]:
    checks: dict[Text, list[Finding]] = {}
    for finding in question.findings:
        checks.setdefault(finding.check, []).append(finding)
    if not checks:
        checks[Text()] = []  # without findings nothing is earned
    counts = {check: bool(check) and any(f.scored for f in found) for check, found in checks.items()}
    weights = [shares.get((question.id, check), 1.0) * counts[check] for check in checks]
    earned = round(question.points * SCALE)
    possible = earned if question.bonus else round(question.possible * SCALE)
    most = _split(possible, weights, [possible] * len(weights))
    right = [sum(f.worth for f in found) / max(len(found), 1) for found in checks.values()]
    scores = _split(earned, [m * r for m, r in zip(most, right, strict=True)], most)
    return [
        {
            "test-name": f"{question.id}::{visible(check.render(language)) or question.verdict}",
            "passed": bool(found) and all(f.passed for f in found) and score == maximum,
            "score": score,
            "max-score": maximum,
        }
        for (check, found), score, maximum in zip(checks.items(), scores, most, strict=True)
    ]


def _marked(question: QuestionResult, language: str) -> Iterator[dict[str, str | bool | int]]:
    """The points that a person gave; while nobody has, they are no part of the maximum."""
    if question.awarded is not None:
        score = round(question.awarded * SCALE)
        most = score if question.bonus else round(question.reviewed * SCALE)
        words = say("Read by a person").render(language)
        yield {"test-name": f"{question.id}::{words}", "passed": score == most, "score": score, "max-score": most}


def _split(total: int, weights: Sequence[float], most: Sequence[int]) -> list[int]:
    """Whole parts of `total` in proportion to the weights, none above its `most`; their sum is `total` if that fits."""
    whole = sum(weights)
    exact = [total * weight / whole if whole else 0.0 for weight in weights]
    parts = [min(math.floor(x + 1e-9), m) for x, m in zip(exact, most, strict=True)]
    # The remainder of rounding down goes, one by one, to the part that is furthest below its exact value.
    while sum(parts) < min(total, sum(most)):
        room = [i for i, m in enumerate(most) if parts[i] < m]
        parts[max(room, key=lambda i: exact[i] - parts[i])] += 1
    return parts
