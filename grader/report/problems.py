"""Gather the findings that fail in the same way, so that each reason appears once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import Frame
from ..messages import Message, say
from ..results import Finding, Verdict
from .picture import Picture, draw
from .words import Badge, badge, sentence

# Verdicts on an answer rather than on one of its results.
_WHOLE = (Verdict.MISSING, Verdict.SKIPPED, Verdict.FORBIDDEN, Verdict.PENDING)


@dataclass(frozen=True)
class Trace:
    """One of the student's frames: the place and the line."""

    place: str
    source: str


@dataclass(frozen=True)
class Also:
    """Another result that fails in the same way as the problem above it."""

    name: str
    message: str
    times: int


@dataclass(frozen=True)
class Problem:
    """Findings that fail in the same way: the first in full, the others by name."""

    badge: Badge
    title: str
    result: str
    case: str
    message: str
    cause: str
    hint: str
    hidden: bool
    scored: bool
    whole: bool  # the only problem of its question
    called: str
    expected: str
    actual: str
    picture: Picture | None
    traceback: tuple[Trace, ...]
    reproduce: str
    repeat: str  # tells the student how to use `reproduce`
    also: tuple[Also, ...]
    also_count: int


# Verdicts on a test that did not come to its end.
_ENDS = (Verdict.MISSING, Verdict.RAISED, Verdict.CRASHED, Verdict.TIMED_OUT, Verdict.OUT_OF_MEMORY)


def problems(findings: Sequence[Finding], language: str) -> tuple[Problem, ...]:
    """The problems of a question, each reason once, in the order of the findings."""
    failing = [f for f in findings if not f.passed]
    reasons = groups(failing)
    # If one reason explains everything (a missing name), a list of the failed results is not needed.
    alone = len(reasons) == 1 and len(failing) == len(findings)
    whole = alone and failing[0].verdict in _WHOLE and len({_words(f.message) for f in failing}) == 1
    return tuple(problem(group, language, whole=whole) for group in reasons)


def groups(failing: Sequence[Finding]) -> list[list[Finding]]:
    """Findings that fail in the same way, in order of appearance, except that a public one leads if there is one.

    The first public finding that costs points leads.
    """
    groups: dict[object, list[Finding]] = {}
    for finding in sorted(failing, key=lambda f: (not f.public, not f.scored)):
        way = _way(finding)
        if way not in groups and not finding.public and not finding.misconceptions:
            # The category of a hidden finding differs from a sentence with numbers, so look for the result itself.
            way = next((w for w, group in groups.items() if _same_place(finding, group)), way)
            # Of an error or a missing name it tells nothing: the first one of a public case says more.
            way = next((w for w, group in groups.items() if way not in groups and _same_end(finding, group)), way)
        groups.setdefault(way, []).append(finding)
    position = {id(f): i for i, f in enumerate(failing)}
    return sorted(groups.values(), key=lambda group: min(position[id(f)] for f in group))


def _way(finding: Finding) -> object:
    """The way in which a finding fails. One text explains all findings of a way: they differ only in numbers."""
    if finding.misconceptions:
        return finding.misconceptions
    why = (finding.cause.template if finding.cause else "", finding.hint, finding.scored)
    match finding.verdict:
        case Verdict.FAILED:
            return (finding.verdict, finding.check, finding.message.template, *why)
        case Verdict.RAISED if finding.traceback:
            # A line that raises fails every check that runs it; the error's text may have other numbers each time.
            return (finding.verdict, finding.traceback[-1].frame, *why)
        case Verdict.MISSING:
            return (finding.verdict, finding.message.template, finding.hint)
        case Verdict.TIMED_OUT | Verdict.OUT_OF_MEMORY | Verdict.CRASHED:
            return (finding.verdict, *why)
        case _:
            return (finding.verdict, _words(finding.message), *why)


def _words(message: Message) -> object:
    return (message.template, tuple(sorted((k, str(v)) for k, v in message.values.items())))


def _same_end(hidden: Finding, group: Sequence[Finding]) -> bool:
    alike = (f for f in group if f.public and f.verdict == hidden.verdict)
    return hidden.verdict in _ENDS and any(f.scored or not hidden.scored for f in alike)


def _same_place(hidden: Finding, group: Sequence[Finding]) -> bool:
    place = (hidden.verdict, hidden.check, hidden.result, hidden.scored)
    return any(place == (f.verdict, f.check, f.result, f.scored) for f in group if f.public)


def problem(group: Sequence[Finding], language: str, *, whole: bool) -> Problem:
    """The problem of one group; `whole` if it is the only problem of the question."""
    lead, *others = group
    if whole:
        others = []
    return Problem(
        badge=badge(lead.verdict, language),
        title="" if whole else lead.check.render(language),
        result="" if whole else lead.named(language),
        case="" if whole else case_of(lead, language),
        message=sentence(lead.message, language),
        cause=lead.cause.render(language) if lead.cause else "",
        hint=lead.hint.render(language),
        hidden=not lead.public and lead.verdict is Verdict.FAILED,
        scored=any(f.scored for f in group),
        whole=whole,
        called="" if whole else lead.called,
        # The checks leave these values out of a hidden finding. If a check forgets, the page still hides them.
        expected=lead.expected if lead.public else "",
        actual=lead.actual if lead.public else "",
        picture=draw(lead.difference) if lead.difference and lead.public else None,
        traceback=tuple(Trace(_place(t.frame, language), t.source.strip()) for t in lead.traceback),
        reproduce="" if whole else lead.reproduce,  # for a hidden case: a recipe for similar inputs
        repeat=_repeat(lead).render(language),
        also=_also(lead, others, language),
        also_count=len(others),
    )


def _repeat(finding: Finding) -> Message:
    if not finding.public:
        return say("Try a similar case in your notebook")
    # An answer that is a cell (2a to 2c) is not called: the lines are its inputs.
    if finding.called and finding.called not in finding.reproduce:
        return say("Put these values in your notebook and run your cell with them")
    return say("Repeat it in your notebook")


def _also(lead: Finding, others: Iterable[Finding], language: str) -> tuple[Also, ...]:
    said = sentence(lead.message, language)
    rows = []
    for finding in others:
        message = sentence(finding.message, language)
        name = name_of(finding, language, check=finding.check != lead.check)
        rows.append((name, "" if message == said else message))
    return tally(rows)


def tally(rows: Iterable[tuple[str, str]]) -> tuple[Also, ...]:
    """Equal rows once, with their number, in order of appearance."""
    return tuple(Also(name, message, times) for (name, message), times in Counter(rows).items())


def name_of(finding: Finding, language: str, *, check: bool = True) -> str:
    """The place of a finding: check, result and case."""
    parts = [finding.check.render(language) if check else "", finding.named(language), case_of(finding, language)]
    return " · ".join(part for part in parts if part)


def case_of(finding: Finding, language: str) -> str:
    """The name of a finding's case, if students may see it."""
    return finding.case.render(language) if finding.public else say("hidden case").render(language)


def _place(frame: Frame, language: str) -> str:
    if frame.file:
        file = say("{file}, cell {cell}", file=frame.file, cell=frame.cell).render(language)
        file = file if frame.cell else frame.file  # a file of plain Python has no cells
        place = say("{file}, line {line}", file=file, line=frame.line)
        if frame.function:
            place = say("{file}, line {line}, in {function}", file=file, line=frame.line, function=frame.function)
    elif frame.function:
        place = say(
            "cell {cell}, line {line}, in {function}",
            cell=frame.cell,
            line=frame.line,
            function=frame.function,
        )
    else:
        place = say("cell {cell}, line {line}", cell=frame.cell, line=frame.line)
    return place.render(language)
