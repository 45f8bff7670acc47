"""The summary of a job on GitHub Actions: Markdown for `$GITHUB_STEP_SUMMARY` that no student's text can break.

GitHub does not show a summary of more than 1024 KiB at all. Whole pieces that do not fit are left out and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..messages import catalog, say
from ..report.attempts import attempted, unanswered, wrong
from ..report.problems import Problem, groups, problem
from ..report.student_page import standing, why_not_graded
from ..report.visible import visible
from ..report.words import Badge, ngettext, number, sentence
from ..results import QuestionResult, Status, SubmissionResult
from .github import left_out

LIMIT = 1_000_000  # bytes; the 48,576 below GitHub's limit are for the step's own text
RESERVE = 1_000  # bytes for the sentences at the end
LONGEST_REPRODUCTION = 2_000  # characters of one value; more of a value explains nothing
MAX_ALSO = 20  # results listed under one problem

SYMBOLS = {"good": "✅", "part": "🟡", "bad": "❌", "absent": "⬜", "wait": "👤", "ours": "⚠️"}

# The characters of Markdown and of GitHub's mentions, links, references and formulas.
SPECIAL = re.compile(r"://|\bwww\.|#\d|[@\\`*_{}\[\]~!^&<>|#$]", re.IGNORECASE)
OPENING = re.compile(r"^(\d*)([-+=.)])")  # makes a list, a rule or a heading at the beginning of a line
AS_ENTITY = "&<>|#$"
# A character without width: GitHub looks for names, addresses and numbers of issues in the finished text.
NO_ANSWER = "&#8203;"


def job_summary(result: SubmissionResult, language: str, *, limit: int = LIMIT) -> str:
    """The Markdown, at most `limit` bytes in UTF-8: a table of the questions, then the problems of each."""
    title = say("Self-check of {file}", file=result.file).render(language)
    heading = f"## {escaped(title)}\n"
    head = heading + _overview(result, language)
    if _size(head) + RESERVE > limit:
        head = heading if _size(heading) + RESERVE <= limit else ""
    room = limit - RESERVE - _size(head)
    kept: list[str] = []
    dropped = 0
    begun = ""
    for section, piece in _pieces(result, language):
        text = piece if section == begun else f"{section}\n{piece}"
        if _size(text) > room:
            dropped += 1
            continue
        kept.append(text)
        begun = section
        room -= _size(text)
    return "\n".join([head, *kept, *_last(result, dropped, language)])


def escaped(text: str) -> str:
    """Text as a line of Markdown or a part of a line, without markup, links, mentions and formulas."""
    return OPENING.sub(r"\1\\\2", SPECIAL.sub(_harmless, _line(text)))


def code(text: str) -> str:
    """Text as inline code, in which no character has a special meaning."""
    text = _line(text)
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}" if text else ""


def fence(text: str, info: str = "") -> str:
    """Lines as a block of code, with a fence that is longer than any run of backticks in them."""
    text = str(visible(text)).strip("\n")
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{ticks}{info}\n{text}\n{ticks}\n"


def _harmless(match: re.Match[str]) -> str:
    found = match[0]
    if found == "@":
        return f"@{NO_ANSWER}"
    if len(found) > 1:  # an address or a reference is broken at its beginning
        first = "&#35;" if found[0] == "#" else found[0]
        return f"{first}{NO_ANSWER}{found[1:]}"
    return f"&#{ord(found)};" if found in AS_ENTITY else f"\\{found}"


def _line(text: str) -> str:
    text = " ".join(str(visible(text)).split())
    return text if len(text) <= LONGEST_REPRODUCTION else f"{text[:LONGEST_REPRODUCTION]}…"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace")) + 1  # and the line's end


def _overview(result: SubmissionResult, language: str) -> str:
    if result.status is not Status.GRADED:
        return f"\n{SYMBOLS['bad']} {escaped(why_not_graded(result, language))}\n"
    questions = result.questions
    counts = say(
        "Right: {right}. To fix: {wrong}. Not answered yet: {open}.",
        right=sum(attempted(q) and not wrong(q) for q in questions),
        wrong=sum(bool(wrong(q)) for q in questions),
        open=sum(not attempted(q) for q in questions),
    )
    gettext = catalog(language).gettext
    rows = [
        [gettext("Question"), gettext("Points"), gettext("Result")],
        ["---", "---:", "---"],
        *(_row(question, language) for question in questions),
    ]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"\n{counts.render(language)}\n\n{table}\n"


def _row(question: QuestionResult, language: str) -> list[str]:
    bonus = catalog(language).gettext("bonus")
    points = f"{number(question.points)} / {number(question.possible)}" if question.possible else "–"
    badge = _standing(question, language)
    title = escaped(_title(question, language)) + (f" ({bonus})" if question.bonus else "")
    return [title, points, f"{SYMBOLS[badge.tone]} {escaped(badge.word)}"]


def _title(question: QuestionResult, language: str) -> str:
    return f"{question.id} · {question.title.render(language)}"


def _standing(question: QuestionResult, language: str) -> Badge:
    return standing(question, language) if attempted(question) else _open(language)


def _open(language: str) -> Badge:
    return Badge("absent", say("not answered yet").render(language))


def _pieces(result: SubmissionResult, language: str) -> Iterator[tuple[str, str]]:
    """The pieces that may be left out, each with the heading above it."""
    for question in result.questions:
        heading = f"### {SYMBOLS[_standing(question, language).tone]} {escaped(_title(question, language))}\n"
        for note in question.notes:
            yield heading, f"> {escaped(sentence(note, language))}\n"
        if attempted(question):
            for group in groups([f for f in question.findings if not f.passed]):
                view = problem(group, language, whole=False)
                yield heading, _problem(view, language, still_open=unanswered(group[0], question))
    if result.status is Status.GRADED:
        heading = "### " + catalog(language).gettext("About your file") + "\n"
        for note in result.notes:
            yield heading, f"> {escaped(sentence(note, language))}\n"


def _problem(view: Problem, language: str, *, still_open: bool) -> str:
    gettext = catalog(language).gettext
    badge = _open(language) if still_open else view.badge
    where = " · ".join(filter(None, [escaped(view.title), code(view.result), escaped(view.case)]))
    lines = [f"**{SYMBOLS[badge.tone]} {escaped(badge.word)}**{' · ' if where else ''}{where}: {escaped(view.message)}"]
    if not view.scored:
        free = gettext("costs no points")
        lines[0] += f" ({free})"
    if view.hidden:
        lines.append(gettext("The values of this case are not shown."))
    for label, text in ((gettext("Likely cause:"), view.cause), (gettext("What to try:"), view.hint)):
        if text:
            lines.append(f"**{label}** {escaped(text)}")
    if details := _details(view, language):
        folded = say("Details").render(language)
        lines.append(f"<details><summary>{folded}</summary>\n\n{details}\n\n</details>")
    return "\n\n".join(lines) + "\n"


def _details(view: Problem, language: str) -> str:
    gettext = catalog(language).gettext
    parts = [
        f"- {name}: {code(value)}"
        for name, value in (
            (gettext("called"), view.called),
            (gettext("expected"), view.expected),
            (gettext("got"), view.actual),
        )
        if value
    ]
    parts += [f"- {escaped(step.place)}: {code(step.source)}" for step in view.traceback[-MAX_ALSO:]]
    if view.reproduce:
        similar, same = gettext("Try a similar case in your notebook"), gettext("Repeat it in your notebook")
        again = similar if view.hidden else same
        parts.append(f"\n{again}:\n\n{fence(view.reproduce, 'python')}")
    if view.also:
        more = ngettext("The same happens in {n} more result", "The same happens in {n} more results",
                        view.also_count, language)  # fmt: skip
        parts.append(f"\n{more}:\n")
        parts += [
            f"- {escaped(row.name)}{f': {escaped(row.message)}' if row.message else ''}" for row in view.also[:MAX_ALSO]
        ]
        parts += ["- …"] * (len(view.also) > MAX_ALSO)
    return "\n".join(parts).strip("\n")


def _last(result: SubmissionResult, dropped: int, language: str) -> Iterator[str]:
    if hidden := left_out(result, language):
        yield ngettext(
            "{n} remark appears only here: GitHub shows at most ten of each kind next to the code.",
            "{n} remarks appear only here: GitHub shows at most ten of each kind next to the code.",
            hidden,
            language,
        )
    if dropped:
        yield ngettext(
            "{n} explanation was left out because GitHub limits the size of this page; the HTML report has it.",
            "{n} explanations were left out because GitHub limits the size of this page; the HTML report has them.",
            dropped,
            language,
        )
