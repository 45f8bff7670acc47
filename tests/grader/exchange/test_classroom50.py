"""result.json has the keys and types that Classroom 50's collector asks for, and scores that add up."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from grader.errors import GraderError, UsageError
from grader.exchange.classroom50 import ENVIRONMENT, result_json
from grader.messages import Text, say
from grader.results import Finding, Status, Verdict

from .samples import HOSTILE, VALUE, finding, hostile, question, result, small

WHEN = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
RUNNER = {
    "CLASSROOM": "cs50",
    "ASSIGNMENT": "hw1",
    "SUBMISSION_TAG": "submit/2026-03-01T10-00-00Z-abc1234",
    "COMMIT_URL": "https://example.org/c",
    "RELEASE_URL": "https://example.org/r",
    "REVIEW_URL": "https://example.org/v",
}
# The documented example, for its keys and types.
EXAMPLE = {
    "schema": "classroom50/result/v1",
    "classroom": "cs50",
    "assignment": "hw1",
    "submission": "submit/2026-03-01T10-00-00Z-abc1234",
    "commit": "https://example.org/c",
    "release": "https://example.org/r",
    "review": "https://example.org/v",
    "datetime": "2026-03-01T10:00:00Z",
    "score": 17,
    "max-score": 20,
    "tests": [{"test-name": "q1::shape", "passed": True, "score": 2, "max-score": 2}],
}
EPSILON = Text("epsilon", "epsilon")


def made(*arguments: object, **more: object) -> dict[str, object]:
    return json.loads(result_json(*arguments, RUNNER, WHEN, **more))  # type: ignore[arg-type]


def types(value: object) -> object:
    if isinstance(value, dict):
        return {key: types(v) for key, v in value.items()}
    return [types(value[0])] if isinstance(value, list) else type(value)


def valid(content: dict) -> None:
    """Fail if the collector would refuse the file: a missing key, a negative or broken score, or a score too high."""
    assert types(content) == types(EXAMPLE)
    assert list(content) == list(EXAMPLE)
    for scored in (content, *content["tests"]):
        assert 0 <= scored["score"] <= scored["max-score"]
    for test in content["tests"]:
        assert set(test) == set(EXAMPLE["tests"][0])
        assert test["test-name"]
        assert not test["passed"] or test["score"] == test["max-score"]
    for key in ("score", "max-score"):
        assert content[key] == sum(test[key] for test in content["tests"])


def test_a_small_result_to_the_letter() -> None:
    """Points count in hundredths; an optional question adds its earned points."""
    content = made(small())
    valid(content)
    assert content == {
        **EXAMPLE,
        "score": 125,
        "max-score": 225,
        "tests": [
            {"test-name": "1a::valor", "passed": True, "score": 100, "max-score": 100},
            {"test-name": "1b::valor", "passed": False, "score": 25, "max-score": 125},
            {"test-name": "2a::valor", "passed": False, "score": 0, "max-score": 0},
        ],
    }


def loss(points: float, *verdicts: Verdict) -> object:
    """Question 1b with a check of its value and a check of epsilon."""
    findings = [finding(v, "x", check=check) for v, check in zip(verdicts, (VALUE, EPSILON), strict=True)]
    return result(question("1b", *findings, points=points, possible=1.25))


@pytest.mark.parametrize(
    ("points", "verdicts", "shares", "scores"),
    [
        (1.25, (Verdict.PASSED, Verdict.PASSED), None, [(63, 63), (62, 62)]),
        (0.94, (Verdict.PASSED, Verdict.FAILED), {("1b", VALUE): 3.0}, [(94, 94), (0, 31)]),
        (0.31, (Verdict.FAILED, Verdict.PASSED), {("1b", VALUE): 3.0}, [(0, 94), (31, 31)]),
        # The points are kept, even if equal parts do not add up to them.
        (0.94, (Verdict.PASSED, Verdict.FAILED), None, [(63, 63), (31, 62)]),
        (0.31, (Verdict.FAILED, Verdict.PASSED), None, [(0, 63), (31, 62)]),
        (0.0, (Verdict.FAILED, Verdict.FAILED), None, [(0, 63), (0, 62)]),
    ],
)
def test_a_question_s_points_are_split_among_its_checks(points, verdicts, shares, scores) -> None:
    """The shares of the assignment decide, else equal parts, and no part is rounded up."""
    content = made(loss(points, *verdicts), shares=shares)
    valid(content)
    assert [(t["score"], t["max-score"]) for t in content["tests"]] == scores


def test_what_costs_nothing_has_a_line_and_no_points() -> None:
    """A check that is only shown, a question for a person, and a question with a forbidden name get no points."""
    shown = question(
        "1", finding(Verdict.PASSED, "x"), finding(Verdict.FAILED, "x", check=EPSILON, scored=False), points=1
    )
    read = question("4d", Finding(Verdict.PENDING, say("figures")), possible=0)
    used = question("1c", finding(Verdict.FORBIDDEN, "x", check=Text()), finding(Verdict.PASSED, "x"))
    content = made(result(shown, read, used))
    valid(content)
    assert [(t["test-name"], t["passed"], t["score"], t["max-score"]) for t in content["tests"]] == [
        ("1::valor", True, 100, 100),
        ("1::epsilon", False, 0, 0),
        ("4d::pending", False, 0, 0),
        ("1c::forbidden", False, 0, 0),
        ("1c::valor", False, 0, 100),
    ]


def test_a_bonus_is_never_above_the_top() -> None:
    """The collector refuses a score above its maximum."""
    right = finding(Verdict.PASSED, "x")
    bonus = question("1c", right, points=0.25, possible=0.25, bonus=True)
    content = made(result(question("1", right, points=1), bonus))
    valid(content)
    assert (content["score"], content["max-score"]) == (125, 125)


def test_a_question_without_findings_keeps_its_maximum() -> None:
    """A question without findings earns nothing but is still asked."""
    bare = replace(question("1b", finding(Verdict.MISSING, "x"), possible=1.25), findings=())
    content = made(result(bare))
    valid(content)
    assert (content["score"], content["max-score"]) == (0, 125)


def test_a_file_that_cannot_be_read_scores_nothing() -> None:
    """The file has no questions to count."""
    content = made(result(status=Status.UNREADABLE))
    assert (content["score"], content["max-score"], content["tests"]) == (0, 0, [])


def test_our_fault_writes_no_score() -> None:
    """A fault in the whole notebook or in one question prevents the score."""
    ours = question("1b", finding(Verdict.GRADER_FAULT, "x"))
    for failed in (result(status=Status.GRADER_FAULT), result(ours)):
        with pytest.raises(GraderError, match="no score"):
            made(failed)


@pytest.mark.parametrize("absent", [name for name in ENVIRONMENT.values() if name != "REVIEW_URL"])
def test_a_run_elsewhere_says_what_is_absent(absent: str) -> None:
    """The sentence has the name of the variable; an empty variable counts as absent."""
    for environment in ({k: v for k, v in RUNNER.items() if k != absent}, {**RUNNER, absent: ""}):
        with pytest.raises(UsageError, match=f"has no {absent}"):
            result_json(small(), environment, WHEN)


def test_without_a_review_the_commit_is_reviewed() -> None:
    """Classroom 50's own runner does the same."""
    content = json.loads(result_json(small(), {**RUNNER, "REVIEW_URL": ""}, WHEN))
    assert content["review"] == RUNNER["COMMIT_URL"]


def test_the_time_is_in_utc() -> None:
    """The time is in UTC whatever the zone of the clock; without a zone it is ambiguous."""
    there = datetime(2026, 3, 1, 7, 0, 59, 999, tzinfo=timezone(timedelta(hours=-3)))
    assert json.loads(result_json(small(), RUNNER, there))["datetime"] == "2026-03-01T10:00:59Z"
    with pytest.raises(ValueError, match="time zone"):
        result_json(small(), RUNNER, datetime(2026, 3, 1))


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_student_wrote_the_file_is_valid(text: str) -> None:
    """The file has no text of a student except the names of the checks."""
    data = result_json(hostile(text), RUNNER, WHEN)
    valid(json.loads(data.decode("utf-8")))


def test_points_of_a_person_are_a_test_once_they_are_given() -> None:
    """Until then nobody could reach a maximum with them; a bonus is not above its own points."""
    right = finding(Verdict.PASSED, "equal")
    open_, given = (question("1a", right, points=1.0, reviewed=0.5, awarded=points) for points in (None, 0.25))
    assert (made(result(open_))["score"], made(result(open_))["max-score"]) == (100, 100)
    content = made(result(given, question("2", points=0, possible=0, reviewed=1, awarded=0.5, bonus=True)))
    valid(content)
    assert (content["score"], content["max-score"]) == (175, 200)
    read = content["tests"][1]
    assert read == {"test-name": "1a::Las revisa una persona", "passed": False, "score": 25, "max-score": 50}
