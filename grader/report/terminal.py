"""Draw a self-check for a terminal: a line per check, the problems with their reasons, and the next step."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from ..messages import Message, say
from ..results import Finding, SubmissionResult
from .problems import Problem, problems
from .self_check import NOT_YOUR_FAULT, SIGNS, Answer, Line, SelfCheckView, also_in, self_check_view
from .visible import visible
from .words import Badge

Segment = str | tuple[str, str]  # text, or text and its style

# Longer lines of prose are hard to follow; code keeps its lines at any width.
WIDEST = 100
PLAIN_WIDTH = 80  # if the output does not go to a terminal

# The colour of a tone; the sign and the word always appear next to it.
_STYLES = {"good": "green", "part": "yellow", "bad": "red", "absent": "dim", "wait": "magenta", "ours": "magenta"}
# Replacements for an encoding that lacks these characters; letters lose their accents.
_ASCII = {
    "✓": "+", "◐": "~", "✗": "x", "○": "o", "◷": "?", "△": "!", "•": "*", "·": "-", "→": "->", "×": "x", "±": "+/-",
    "–": "-", "—": "-", "⟨": "<", "⟩": ">", "«": '"', "»": '"', "¿": "", "¡": "", "θ": "theta",
}  # fmt: skip


def renderable(result: SubmissionResult, language: str, *, live: bool = False) -> RenderableType:
    """A self-check as an object that rich prints; `live`: made inside the notebook, else of a saved file.

    Print it with `crop=False`, as `show` does: lines of code are never folded, so that they can be copied.
    """
    return _Drawing(self_check_view(result, language, live=live))


def show(console: Console, result: SubmissionResult, language: str) -> None:
    """Print the self-check of a saved notebook."""
    console.print(renderable(result, language), crop=False)


def plain_text(result: SubmissionResult, language: str, *, live: bool = False, width: int = PLAIN_WIDTH) -> str:
    """The self-check without colours, for pipes, logs and consoles."""
    file = StringIO()
    console = Console(file=file, width=width, color_system=None, force_terminal=False, legacy_windows=False)
    console.print(renderable(result, language, live=live), crop=False)
    return file.getvalue()


def reasons(findings: Sequence[Finding], language: str) -> str:
    """The problems in these findings of one question, without the lines around them."""
    console = Console(file=StringIO(), width=PLAIN_WIDTH, color_system=None, legacy_windows=False)
    paper = _Paper(console, PLAIN_WIDTH, "utf-8")
    told: set[str] = set()
    lines = [
        line.plain
        for problem in problems(findings, language)
        for line in _problem(paper, problem, language, told, indent=0)
    ]
    return "\n".join(lines).strip()


@dataclass(frozen=True)
class _Paper:
    """The target of the lines: its width, and the characters that its encoding can write."""

    console: Console
    width: int
    encoding: str

    def length(self, *parts: Segment) -> int:
        """The columns that the parts take side by side."""
        return self._text(parts).cell_len

    def written(self, text: str) -> str:
        """Text without control characters, each character in a form that the encoding has."""
        shown: str = visible(text)
        try:
            shown.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return "".join(c if self._has(c) else _spelled(c) for c in shown)
        return shown

    def _has(self, character: str) -> bool:
        try:
            character.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return character.isascii()
        return True

    def prose(self, *parts: Segment, marker: Sequence[Segment] = (), indent: int = 0) -> Iterator[Text]:
        """A sentence folded at the width; its lines are aligned after a marker and an indentation."""
        first, line = self._text(marker), self._text(parts)
        room = max(self.width - indent - first.cell_len, 10)
        for number, folded in enumerate(line.wrap(self.console, room)):
            folded.rstrip()
            yield _fixed(Text(" " * indent) + (Text(" " * first.cell_len) if number else first) + folded)

    def _text(self, parts: Iterable[Segment]) -> Text:
        line = Text()
        for part in parts:
            content, style = (part, "") if isinstance(part, str) else part
            # A newline in a student's text would begin a line that looks like the grader's.
            line.append(self.written(content.replace("\n", " ").replace("\t", " ")), style)
        return line

    def code(self, source: str, indent: int = 0) -> Iterator[Text]:
        """Lines as they are, never folded."""
        for line in source.rstrip().split("\n"):
            yield _fixed(Text(" " * indent + self.written(line.rstrip("\r")).expandtabs(4), "cyan"))


def _fixed(line: Text) -> Text:
    line.no_wrap, line.overflow = True, "ignore"
    return line


def _spelled(character: str) -> str:
    if character in _ASCII:
        return _ASCII[character]
    return unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode() or "?"


@dataclass(frozen=True)
class _Drawing:
    """A self-check that rich can print at any width and in any encoding."""

    check: SelfCheckView

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        begun = blank = False
        for line in self._lines(console, options):
            if line.plain:
                # Never two empty lines together, nor one at the top or at the end.
                if blank and begun:
                    yield Text()
                yield line
            begun, blank = begun or bool(line.plain), not line.plain

    def _lines(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        paper = _Paper(console, min(options.max_width, WIDEST), options.encoding)
        if self.check.problem:
            yield from paper.prose(self.check.problem)
        if self.check.fault:
            yield Text()
            yield from paper.code(self.check.fault)
        for note in self.check.notes:
            yield from paper.prose(note, marker=["• "])
        told: set[str] = set()
        for answer in self.check.answers:
            yield Text()
            yield from _answer(paper, answer, self.check.language, told)
        yield from _end(paper, self.check)


def _answer(paper: _Paper, answer: Answer, language: str, told: set[str]) -> Iterator[Text]:
    sign = _sign(answer.badge)
    bonus = f" ({say('bonus').render(language)})" if answer.bonus else ""
    head = ((f"{answer.id}  {answer.title}", "bold"), f"{bonus}: {answer.badge.word}")
    public = say("public part").render(language)
    points = f"{answer.points} / {answer.maximum} ({public})" if answer.maximum else ""
    gap = paper.width - paper.length(*sign, *head, points)
    if points and gap >= 2:
        yield from paper.prose(*head, " " * gap, points, marker=sign)
    else:
        yield from paper.prose(*head, marker=sign)
    if points and gap < 2:
        yield from paper.prose(points, indent=max(paper.width - paper.length(points), 2))
    for note in answer.notes:
        yield from paper.prose(note, indent=2)
    for problem in answer.problems:
        yield from _problem(paper, problem, language, told, indent=2)
    for line in answer.lines:
        yield from _line(paper, line, language, told)
    if answer.review:
        yield from paper.prose(answer.review, indent=2)


def _sign(badge: Badge) -> tuple[Segment, Segment]:
    return (SIGNS[badge.tone], _STYLES[badge.tone]), " "


def _line(paper: _Paper, line: Line, language: str, told: set[str]) -> Iterator[Text]:
    place = " · ".join(filter(None, (line.title, line.case)))
    remark = f" ({line.remark})" if line.remark else ""
    yield from paper.prose(
        f"{line.badge.word}{': ' if place else ''}{place}{remark}", marker=_sign(line.badge), indent=2
    )
    if line.errors:
        yield from paper.prose(f"{say('Relative error of each result').render(language)}:", indent=4)
    for error in line.errors:
        yield from paper.prose(f"{error.name}  {error.value}", marker=_sign(error.badge), indent=6)
    for problem in line.problems:
        yield from _problem(paper, problem, language, told, indent=4)


def _problem(paper: _Paper, problem: Problem, language: str, told: set[str], *, indent: int) -> Iterator[Text]:
    def word(message: Message) -> str:
        return message.render(language)

    costs = "" if problem.scored else f" ({word(say('costs no points'))})"
    yield from paper.prose(problem.message, costs, indent=indent)
    if problem.badge.tone == "ours":
        yield from paper.prose(word(NOT_YOUR_FAULT), indent=indent)
    if problem.hidden:
        yield from paper.prose(word(say("The values of this case are not shown.")), indent=indent)
    for label, content in ((say("Likely cause:"), problem.cause), (say("What to try:"), problem.hint)):
        if content:
            yield from paper.prose((word(label), "bold"), f" {content}", indent=indent)
    values = ((say("called"), problem.called), (say("expected"), problem.expected), (say("got"), problem.actual))
    for label, content in values:
        if content:
            yield from paper.prose(content, marker=[f"{word(label) + ':':10} "], indent=indent)
    if problem.traceback:
        yield from paper.prose(f"{word(say('Where in your code'))}:", indent=indent)
    for trace in problem.traceback:
        yield from paper.prose(trace.place, indent=indent + 2)
        if trace.source:
            yield from paper.code(trace.source, indent=indent + 4)
    if problem.also:
        yield from paper.prose(word(also_in(problem)), indent=indent)
    if problem.reproduce and problem.reproduce not in told:
        told.add(problem.reproduce)
        yield from paper.prose((f"{problem.repeat}:", "bold"), indent=indent)
        yield Text()
        yield from paper.code(problem.reproduce)  # at the margin, so that copied lines run as they are
        yield Text()


def _end(paper: _Paper, check: SelfCheckView) -> Iterator[Text]:
    yield Text()
    if check.counts:
        yield from paper.prose((check.counts, "bold"))
    for entry in check.open:
        yield from paper.prose(f"{entry.kind}: {entry.questions}", indent=2)
    if check.next:
        yield from paper.prose(f"{check.next}:" if check.command else check.next)
    if check.command:
        yield Text()
        yield from paper.code(check.command)
        yield Text()
    if check.outlook:
        yield from paper.prose((check.outlook, "dim"))
