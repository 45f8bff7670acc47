"""Claims about the example submissions: each is graded as its first line says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ..assignment.spec import Assignment
from ..report.verification_page import ClaimOutcome
from ..results import QuestionResult, Status, SubmissionResult, Verdict
from .claims import is_full, lost, why

EXPECTATION = re.compile(r'(?P<question>[\w.-]+) (?P<verdict>\w+)(?: "(?P<text>[^"]*)")?')
# The most points that a hostile example may earn.
AT_MOST = re.compile(r"(?P<points>\d+(\.\d+)?) points")
MUST_NOT = "must not: "
# The verdicts of a call that has used up its time or its memory.
CUT_OFF = frozenset(map(str, (Verdict.TIMED_OUT, Verdict.OUT_OF_MEMORY)))
CLAIMS = {
    "right": "every right example has full points",
    "wrong": "every wrong example is graded as its first line says",
    "hostile": "no hostile example earns more than its first line allows",
}


def files(assignment: Assignment) -> dict[str, list[Path]]:
    """The example submissions of each kind; empty for an assignment without examples."""
    folder = assignment.examples
    return {kind: sorted((folder / kind).glob("*.py")) for kind in CLAIMS} if folder is not None else {}


def as_expected(assignment: Assignment, results: Mapping[str, SubmissionResult]) -> tuple[ClaimOutcome, ...]:
    """A claim for each kind of example that has files."""
    outcomes = []
    for kind, found in files(assignment).items():
        unmet = {"right": _unmet_full, "wrong": _unmet, "hostile": _unmet_hostile}[kind]
        # Without a file that was added while the others were judged.
        judged = {file: results[f"{kind} {file.stem}"] for file in found if f"{kind} {file.stem}" in results}
        complaints = [
            f"{file.stem}: {text}"
            for file, result in judged.items()
            for text in unmet(_expectation(file), result, assignment)
        ]
        if judged:
            outcomes.append(ClaimOutcome(CLAIMS[kind], len(judged), tuple(complaints)))
    return tuple(outcomes)


def cells_as_expected(assignment: Assignment, results: Mapping[str, SubmissionResult]) -> tuple[ClaimOutcome, ...]:
    """Claims about the right, narrow and hostile cells of the assignment file, each in its own question."""
    right, narrow, hostile = [], [], []
    for example in assignment.right:
        result = results[f"right cell {example.name}"]
        missed = lost(result, assignment) & {example.question}
        right += [f"{example.name}: {why(result, missed)}"] if missed else []
    for example in assignment.narrow:
        if example.question not in lost(results[f"narrow cell {example.name}"], assignment):
            narrow.append(f"{example.name} has full points in {example.question}")
    for example in assignment.hostile:
        result = results[f"hostile cell {example.name}"]
        earned = next((q.points for q in result.questions if q.id == example.question), 0.0)
        if earned > (example.most or 0.0) + 1e-9:
            hostile.append(f"{example.name} earns {earned:g} points in {example.question}")
    outcomes = []
    if assignment.right:
        outcomes.append(ClaimOutcome("every other right answer has full points", len(assignment.right), tuple(right)))
    if assignment.narrow:
        claim = "no answer that is right in some cases only has full points"
        outcomes.append(ClaimOutcome(claim, len(assignment.narrow), tuple(narrow)))
    if assignment.hostile:
        claim = "no hostile answer earns more than its cell allows"
        outcomes.append(ClaimOutcome(claim, len(assignment.hostile), tuple(hostile)))
    return tuple(outcomes)


@dataclass(frozen=True)
class Asked:
    """What the claims about a submission look at."""

    questions: tuple[str, ...] = ()  # empty: all
    names: tuple[str, ...] | None = None  # the questions in which known mistakes are named; None: all
    change: str = ""  # the question in which it differs from the solution; "": it is judged as a whole


def asked(assignment: Assignment) -> dict[str, Asked]:
    """By the name of a submission; the claims look at everything of the others."""
    known = [question.id for question in assignment.questions]
    found = {f"narrow cell {e.name}": Asked((e.question,), (), e.question) for e in assignment.narrow}
    found |= {f"right cell {e.name}": Asked((e.question,), (), e.question) for e in assignment.right}
    found |= {f"hostile cell {e.name}": Asked((e.question,)) for e in assignment.hostile}
    found |= {
        f"mistake {m.name}": Asked(
            tuple(id for id in known if id == m.question or id not in m.also), (m.question,), m.question
        )
        for m in assignment.mistakes
    }
    found |= {f"right {file.stem}": Asked(names=()) for file in files(assignment).get("right", ())}
    found["template"] = Asked(names=())
    for file in files(assignment).get("wrong", ()):
        parts = [EXPECTATION.fullmatch(part.strip()) for part in _expectation(file).split(";")]
        said = [part for part in parts if part and part["question"] in known]
        if len(said) == len(parts):
            ids = tuple(dict.fromkeys(part["question"] for part in said))
            texts = tuple(dict.fromkeys(part["question"] for part in said if part["text"]))
            found[f"wrong {file.stem}"] = Asked(ids, texts)
    return found


def _expectation(file: Path) -> str:
    return file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# expect: ")


def _unmet_full(expected: str, result: SubmissionResult, assignment: Assignment) -> Iterator[str]:
    """The losses of a right example in the questions that its first line asks for, and its points in the others."""
    if result.status is not Status.GRADED:
        yield f"it is {result.status}"
    if not expected.startswith("full"):
        yield f"cannot read the expectation {expected!r}: write 'full', or 'full except' and the questions"
    left_out = set(re.findall(r"[\w.-]+", expected.partition("except")[2].partition("(")[0]))
    missed = lost(result, assignment) - left_out
    if missed:
        yield why(result, missed)
    yield from (f"{q.id} earns {q.points:g} points" for q in result.questions if q.id in left_out and q.points)


def _unmet_hostile(expected: str, result: SubmissionResult, assignment: Assignment) -> Iterator[str]:
    """The parts of a hostile example's first line that are not met; the line must name the most points allowed."""
    if sum(bool(AT_MOST.fullmatch(part.strip())) for part in expected.split(";")) != 1:
        yield f"cannot read the expectation {expected!r}: it should say how many points it may earn, such as '0 points'"
    # On a slow machine, code that fills the memory may run out of time first.
    yield from _unmet(expected, result, assignment, instead={str(Verdict.OUT_OF_MEMORY): str(Verdict.TIMED_OUT)})


def _unmet(
    expected: str,
    result: SubmissionResult,
    assignment: Assignment,
    *,
    instead: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[str]:
    """The parts of a first line that are not met; `instead` maps verdicts to others that are accepted too."""
    for part in map(str.strip, expected.split(";")):
        if part.startswith(MUST_NOT):
            continue
        if most := AT_MOST.fullmatch(part):
            earned = sum(q.points for q in result.questions)
            if earned > float(most["points"]) + 1e-9:
                yield f"{part!r} was expected, but it earns {earned:g} points"
            continue
        said = EXPECTATION.fullmatch(part)
        question = next((q for q in result.questions if said and q.id == said["question"]), None)
        if said is None or question is None:
            yield f"cannot read the expectation {part!r}"
            continue
        full = is_full(question, assignment)
        if said["verdict"] == "passed" and full:
            continue
        verdicts = {str(f.verdict) for f in question.findings} | {"failed"}
        wanted = {said["verdict"], instead.get(said["verdict"], said["verdict"])}
        if said["verdict"] == "passed" or full or not wanted & verdicts:
            yield f"{part!r} was expected, but it is {question.verdict} with {question.points:g} points"
        elif (said["text"] or "") not in _said(question):
            yield f"{part!r} was expected, but the page does not say so"


def is_cut_off_unexpectedly(file: Path, result: SubmissionResult) -> bool:
    """Whether a call ran out of time or memory in a question although the first line does not expect it.

    With the limits of the assignment the call may come to its end.
    """
    parts = (EXPECTATION.fullmatch(part.strip()) for part in _expectation(file).split(";"))
    expected = {part["question"]: part["verdict"] for part in parts if part}
    cut = {q.id for q in result.questions for f in q.findings if str(f.verdict) in CUT_OFF}
    return any(expected.get(id) not in CUT_OFF for id in cut)


def _said(question: QuestionResult) -> str:
    """The text of the page about a question, in English."""
    said = [text for f in question.findings for text in (f.message, f.cause, f.hint) if text]
    return " ".join(text.render("en") for text in (*said, *question.notes))
