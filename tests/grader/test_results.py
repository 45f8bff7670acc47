"""Results survive the way to JSON and back."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import Frame
from grader.messages import Message, Text, say
from grader.results import (
    Difference,
    Excerpt,
    Finding,
    QuestionResult,
    Status,
    SubmissionResult,
    TraceLine,
    Verdict,
    from_json,
    json_schema,
    to_json,
)

from ..tiny import ROOT

# Lone surrogates are refused where texts enter (notebook.py, sandbox/inside/wire.py).
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
COUNTS = st.integers(0, 10**6)
TEXTS = st.builds(Text, WORDS, WORDS)
# A whole float returns from JSON as an equal int.
VALUES = WORDS | st.integers(-(2**63), 2**63 - 1) | NUMBERS | TEXTS
MESSAGES = st.builds(Message, WORDS, st.dictionaries(WORDS, VALUES, max_size=3))
FRAMES = st.builds(Frame, COUNTS, COUNTS, WORDS)
DIFFERENCES = st.builds(
    Difference,
    st.lists(COUNTS, max_size=3).map(tuple),
    st.lists(st.lists(NUMBERS, max_size=3).map(tuple), max_size=3).map(tuple),
    st.booleans(),
)
FINDINGS = st.builds(
    Finding,
    st.sampled_from(Verdict),
    MESSAGES,
    compared=COUNTS,
    result=WORDS,
    check=TEXTS,
    case=TEXTS,
    public=st.booleans(),
    scored=st.booleans(),
    called=WORDS,
    expected=WORDS,
    actual=WORDS,
    cause=st.none() | MESSAGES,
    hint=TEXTS,
    carried=st.none() | st.floats(0, 1),
    misconceptions=st.lists(WORDS, max_size=2).map(tuple),
    relative_error=st.none() | NUMBERS,
    largest_gap=st.none() | NUMBERS,
    difference=st.none() | DIFFERENCES,
    traceback=st.lists(st.builds(TraceLine, FRAMES, WORDS), max_size=2).map(tuple),
    reproduce=WORDS,
)
QUESTIONS = st.builds(
    QuestionResult,
    WORDS,
    TEXTS,
    NUMBERS,
    NUMBERS,
    reviewed=NUMBERS,
    awarded=st.none() | NUMBERS,
    comment=WORDS,
    bonus=st.booleans(),
    verdict=st.sampled_from(Verdict),
    findings=st.lists(FINDINGS, max_size=3).map(tuple),
    notes=st.lists(MESSAGES, max_size=2).map(tuple),
    excerpts=st.lists(st.builds(Excerpt, COUNTS, COUNTS, WORDS), max_size=2).map(tuple),
)
RESULTS = st.builds(
    SubmissionResult,
    student=WORDS,
    file=WORDS,
    status=st.sampled_from(Status),
    assignment=WORDS,
    language=WORDS,
    questions=st.lists(QUESTIONS, max_size=3).map(tuple),
    total=NUMBERS,
    grade=st.none() | NUMBERS,
    notes=st.lists(MESSAGES, max_size=2).map(tuple),
    output=WORDS,
    fault=WORDS,
    slug=WORDS,
)


def with_finding(finding: Finding) -> SubmissionResult:
    question = QuestionResult("1", Text("uno", "one"), 0.0, 1.0, findings=(finding,))
    return SubmissionResult("Ana", "ana.ipynb", Status.GRADED, "xor", "es", questions=(question,))


@given(RESULTS)
def test_a_result_comes_back_from_json_as_it_went(result: SubmissionResult) -> None:
    """Every field of every part is kept."""
    assert from_json(to_json(result)) == result


def test_a_text_inside_a_message_comes_back_as_a_text() -> None:
    """The form in JSON tells the members of a union apart."""
    value = Text("sí", "yes")
    finding = Finding(Verdict.FAILED, say("{v} {s} {i} {f}", v=value, s="text", i=3, f=0.25))
    (question,) = from_json(to_json(with_finding(finding))).questions
    assert dict(question.findings[0].message.values) == {"v": value, "s": "text", "i": 3, "f": 0.25}


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_a_number_that_json_lacks_survives_inside_a_message(number: float) -> None:
    """A message about an infinite gap says the same after the way through JSON."""
    finding = Finding(Verdict.FAILED, say("the gap is {gap}", gap=number))
    (question,) = from_json(to_json(with_finding(finding))).questions
    assert question.findings[0].message.render("en") == f"the gap is {number}"


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"student": 3}', b"not json", b"\xff"])
def test_anything_else_is_refused(data: bytes) -> None:
    """A record that is not a result never becomes one."""
    with pytest.raises(msgspec.MsgspecError):
        from_json(data)


def test_an_unknown_verdict_is_refused() -> None:
    """The list of verdicts is closed."""
    data = to_json(with_finding(Finding(Verdict.PASSED, say("right"), compared=1)))
    assert from_json(data)
    with pytest.raises(msgspec.ValidationError, match="verdict"):
        from_json(data.replace(b'"passed"', b'"excellent"'))


def test_a_pass_needs_something_that_was_compared() -> None:
    """The verdict alone earns nothing."""
    assert Finding(Verdict.PASSED, say("right"), compared=1).passed
    assert not Finding(Verdict.PASSED, say("right")).passed
    assert not any(Finding(v, say("x"), compared=1).passed for v in Verdict if v is not Verdict.PASSED)


def test_a_finding_is_worth_all_nothing_or_a_share() -> None:
    """A finding has a share only if it passed after an earlier answer was repaired."""
    right = Finding(Verdict.PASSED, say("right"), compared=1)
    assert right.worth == 1.0
    assert right.with_(carried=0.75).worth == 0.75
    assert right.with_(carried=0.75, compared=0).worth == 0.0
    assert right.with_(carried=0.75, verdict=Verdict.FAILED).worth == 0.0


def test_a_changed_finding_leaves_the_first_one_alone() -> None:
    """Findings are shared between checks, so they are never changed in place."""
    finding = Finding(Verdict.FAILED, say("wrong"))
    assert finding.with_(result="dL_dU").result == "dL_dU"
    assert finding.result == ""


def test_the_published_schema_is_that_of_the_results() -> None:
    """A field that is added, removed or changed is in docs/results.schema.json too: `make schema`."""
    assert (ROOT / "docs" / "results.schema.json").read_bytes() == json_schema()
