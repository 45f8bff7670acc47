"""Workflow commands of GitHub Actions: annotations on the lines of a notebook that explain each failure.

An error marks a wrong attempt. A warning marks a problem that costs nothing or may hide an answer. A notice marks a
question without an answer. Format and escapes: docs.github.com, "Workflow commands for GitHub Actions"; actions/runner,
src/Runner.Common/ActionCommand.cs.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

from ..messages import catalog, say
from ..notebook.file_lines import positions
from ..report.attempts import answered_names, attempted, definition_of, unanswered, wrong
from ..report.problems import groups, problem
from ..report.student_page import why_not_graded
from ..report.visible import visible
from ..report.words import badge, ngettext, sentence
from ..results import Finding, QuestionResult, Status, SubmissionResult, Verdict

AnnotationKind = Literal["error", "warning", "notice"]
ANNOTATION_KINDS: tuple[AnnotationKind, ...] = ("error", "warning", "notice")

# GitHub shows ten annotations of a kind per step, and silently drops the others.
MOST = 10
# One notice names at most so many missing answers; the summary has all.
NAMED_IN_NOTICE = 5
LONGEST_ANNOTATION = 4000  # characters of a message; an annotation is a few lines next to the code


@dataclass(frozen=True)
class Annotation:
    """One remark on a place in the notebook."""

    kind: AnnotationKind
    cell: int  # 0: the file as a whole
    line: int  # within the cell
    title: str
    message: str
    rank: int = 0  # among the remarks on its question; every question's first remark comes before all second ones
    file: str = ""  # beside the notebook; "" for the notebook itself


class _At(NamedTuple):
    """A place in the notebook, or in a file beside it."""

    cell: int
    line: int
    file: str = ""


def annotate(
    result: SubmissionResult, data: bytes, file: str, language: str, beside: Mapping[str, bytes] = MappingProxyType({})
) -> list[str]:
    """One workflow command per remark, at most ten of a kind; `file` is a path in the repository, `data` its bytes.

    `beside` are the files in the notebook's folder, by their path from there.
    """
    found = {"": positions(data, file)}
    commands = []
    for remark in _shown(result, language):
        line, path = remark.line, file
        if remark.file:
            path = posixpath.join(posixpath.dirname(file), remark.file)
        if not remark.file or remark.cell:
            if remark.file not in found:
                found[remark.file] = positions(beside.get(remark.file, b""), remark.file)
            line = found[remark.file].line(remark.cell, remark.line)
        commands.append(_command(remark, path, line))
    return commands


def left_out(result: SubmissionResult, language: str) -> int:
    """The number of remarks without an annotation because GitHub would not show it."""
    return len(list(_all(result, language))) - len(_shown(result, language))


def without_commands(output: str, token: str) -> str:
    """Output for people in a form in which GitHub takes no line for a command.

    `token` must be new for each run and unknown to the student's code: `secrets.token_hex()`.
    """
    return f"::stop-commands::{token}\n{output.rstrip()}\n::{token}::"


def _shown(result: SubmissionResult, language: str) -> list[Annotation]:
    every = list(_all(result, language))
    # A question with many mistakes must not take the places of the others.
    return [
        a
        for kind in ANNOTATION_KINDS
        for a in sorted((a for a in every if a.kind == kind), key=lambda a: a.rank)[:MOST]
    ]


def _command(annotation: Annotation, file: str, line: int) -> str:
    properties = {"file": file, "line": str(line), "endLine": str(line), "title": " ".join(annotation.title.split())}
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{annotation.kind} {written}::{_data(annotation.message[:LONGEST_ANNOTATION])}"


def _data(text: str) -> str:
    """The text as one line: control characters and separators are spelled out first."""
    return str(visible(text)).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _all(result: SubmissionResult, language: str) -> Iterator[Annotation]:
    if result.status is not Status.GRADED:
        title = say("Nothing could be checked").render(language)
        yield Annotation("error", 0, 0, title, why_not_graded(result, language))
        return
    about = say("This cell").render(language)
    for note in result.notes:
        if {"cell", "line"} <= note.values.keys():
            cell, line = int(str(note.values["cell"])), int(str(note.values["line"]))
            yield Annotation("warning", cell, line, about, sentence(note, language))
        elif {"file", "line"} <= note.values.keys() and isinstance(file := note.values["file"], str):
            line = int(str(note.values["line"]))
            yield Annotation("warning", 0, line, file, sentence(note, language), file=file)
    for question in result.questions:
        yield from _remarks(question, language)


def _remarks(question: QuestionResult, language: str) -> Iterator[Annotation]:
    title = f"{question.id} · {question.title.render(language)}"
    to_answer = {id(finding) for finding in wrong(question)}
    open_ones: list[str] = []
    open_at: _At | None = None
    said: set[str] = set()
    rank = 0
    # Scored findings come first: a remark that costs nothing often repeats one that costs points.
    for group in sorted(groups([f for f in question.findings if not f.passed]), key=lambda g: not g[0].scored):
        lead = next((finding for finding in group if id(finding) in to_answer), group[0])
        message = sentence(lead.message, language)
        if message in said:
            continue
        if id(lead) in to_answer:
            kind: AnnotationKind = "error"
        elif lead.verdict in (Verdict.PENDING, Verdict.GRADER_FAULT):
            continue
        elif unanswered(lead, question):
            said.add(message)
            if lead.verdict is Verdict.MISSING:  # the numbers of a hole that runs tell nothing
                open_ones.append(message)
            open_at = open_at or _hole(question)
            continue
        else:
            kind = "warning"
        said.add(message)
        at = _place(lead, question)
        told = (_titled(title, lead, language), _explained(lead, group, language))
        yield Annotation(kind, at.cell, at.line, *told, rank, at.file)
        rank += 1
    carried = [f.message for f in question.findings if f.carried is not None]
    for note in question.notes:
        named = note.values.get("cell")
        at = _At(named, 1) if isinstance(named, int) else _first(question)
        importance: AnnotationKind = "notice" if note in carried else "warning"
        yield Annotation(importance, at.cell, at.line, title, sentence(note, language), file=at.file)
    if open_at:
        begun = attempted(question)
        part = (say("partly answered") if begun else say("not answered yet")).render(language)
        text = "\n".join(open_ones[: NAMED_IN_NOTICE if begun else 1]) or part
        yield Annotation("notice", open_at.cell, open_at.line, f"{title}: {part}", text, file=open_at.file)


def _explained(lead: Finding, group: list[Finding], language: str) -> str:
    """The problem, its reason, and advice; one sentence a line."""
    view = problem([lead, *(f for f in group if f is not lead)], language, whole=False)
    gettext = catalog(language).gettext
    lines = [view.message]
    labelled = ((gettext("Likely cause:"), view.cause), (gettext("What to try:"), view.hint))
    lines += [f"{label} {text}" for label, text in labelled if text]
    if view.also_count:
        lines.append(
            ngettext("The same happens in {n} more result", "The same happens in {n} more results",
                     view.also_count, language)
        )  # fmt: skip
    return "\n".join(lines)


def _titled(title: str, finding: Finding, language: str) -> str:
    check = finding.check.render(language)
    return f"{title}{' · ' if check else ''}{check}: {badge(finding.verdict, language).word}"


def _place(finding: Finding, question: QuestionResult) -> _At:
    """The last of the student's lines in the traceback, else the line where the answer is defined."""
    if finding.traceback:
        frame = finding.traceback[-1].frame
        return _At(frame.cell, frame.line, frame.file)
    definition = definition_of(finding, question)
    return _At(definition.cell, definition.line, definition.file) if definition else _first(question)


def _hole(question: QuestionResult) -> _At:
    """The line where an answer must still be written."""
    hole = next((d for d in answered_names(question) if d.empty), None)
    return _At(hole.cell, hole.line, hole.file) if hole else _first(question)


def _first(question: QuestionResult) -> _At:
    """The first line that answers a question; the file's beginning if there is none."""
    excerpt = question.excerpts[0] if question.excerpts else None
    return _At(excerpt.cell, excerpt.line, excerpt.file) if excerpt else _At(0, 1)
