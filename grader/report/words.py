"""The words for verdicts and numbers on a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..messages import Message, catalog, say
from ..results import Status, Verdict


@dataclass(frozen=True)
class Badge:
    """A verdict as it is shown: a word with its shape and colour (`tone`)."""

    tone: str  # good, part, bad, absent, wait or ours
    word: str


_VERDICTS: dict[Verdict, tuple[str, Message]] = {
    Verdict.PASSED: ("good", say("passes")),
    Verdict.FAILED: ("bad", say("wrong result")),
    Verdict.RAISED: ("bad", say("error while running")),
    Verdict.TIMED_OUT: ("bad", say("takes too long")),
    Verdict.OUT_OF_MEMORY: ("bad", say("uses too much memory")),
    Verdict.CRASHED: ("bad", say("the process ended")),
    Verdict.MISSING: ("absent", say("not found")),
    Verdict.FORBIDDEN: ("bad", say("not allowed here")),
    Verdict.SKIPPED: ("absent", say("not checked here")),
    Verdict.PENDING: ("wait", say("a person reads it")),
    Verdict.GRADER_FAULT: ("ours", say("fault of the grader")),
}
_UNGRADED: dict[Status, tuple[str, Message]] = {
    Status.ABSENT: ("absent", say("absent")),
    Status.UNREADABLE: ("absent", say("unreadable")),
    Status.GRADER_FAULT: _VERDICTS[Verdict.GRADER_FAULT],
}


def badge(verdict: Verdict, language: str) -> Badge:
    """The word and the tone of a verdict."""
    tone, word = _VERDICTS[verdict]
    return Badge(tone, word.render(language))


def status_badge(status: Status, language: str) -> Badge | None:
    """The word and the tone of a submission without a grade; None for a graded one."""
    if status is Status.GRADED:
        return None
    tone, word = _UNGRADED[status]
    return Badge(tone, word.render(language))


def sentence(message: Message, language: str) -> str:
    """The message with a capital letter if it begins with a word; a name from the student's code stays as it is."""
    text = message.render(language)
    first_is_ours = catalog(language).gettext(message.template)[:1].islower()
    return text[:1].upper() + text[1:] if first_is_ours else text


def prose(messages: Iterable[Message], language: str) -> str:
    """Messages one after the other, each with a full stop at its end."""
    return " ".join(sentence(message, language).rstrip(".") + "." for message in messages)


def number(x: float) -> str:
    """Points with at most two decimals and no more than needed: 0.75, 2, 0.33."""
    return f"{round(x, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def ngettext(singular: str, plural: str, n: float, language: str) -> str:
    """The form of a sentence for `n`, which replaces its {n}; catalog tools look for this name."""
    form = 1 if n == 1 else 2
    return catalog(language).ngettext(singular, plural, form).format(n=number(n))
