"""Sentences for people, kept as facts until the reader's language is known."""

from __future__ import annotations

import gettext
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

LANGUAGES = ("es", "en")
CATALOGS = Path(__file__).parent / "locale"


@cache
def catalog(language: str) -> gettext.NullTranslations:
    """The gettext catalog of a language; the templates themselves are in English."""
    if language == "en":
        return gettext.NullTranslations()
    return gettext.translation("grader", CATALOGS, [language])


@dataclass(frozen=True)
class Text:
    """A sentence that an assignment gives in each language."""

    es: str = ""
    en: str = ""

    def __bool__(self) -> bool:
        return bool(self.es or self.en)

    def __add__(self, code: str) -> Text:
        """The text with code at its end; the code is the same in both languages: "losses" + "[0]"."""
        return Text(self.es + code, self.en + code)

    def render(self, language: str) -> str:
        return (self.es or self.en) if language == "es" else (self.en or self.es)


@dataclass(frozen=True)
class Message:
    """An English template (the gettext msgid) and the values of its {placeholders}."""

    template: str
    values: Mapping[str, str | int | float | Text] = field(default_factory=dict)

    def render(self, language: str) -> str:
        values = {k: v.render(language) if isinstance(v, Text) else v for k, v in self.values.items()}
        return catalog(language).gettext(self.template).format_map(values) if self.template else ""


def say(template: str, /, **values: str | int | float | Text) -> Message:
    """A message; the tool that makes the catalogs finds templates by the name `say`.

    A number that is not finite becomes a word ("inf", "nan"): messages are stored as JSON, which has no such number.
    """
    return Message(template, {k: _writable(v) for k, v in values.items()})


def as_message(sentence: Message | Text) -> Message:
    """A message that shows the words of a text; a message is returned as it is."""
    return sentence if isinstance(sentence, Message) else Message("{sentence}", {"sentence": sentence})


def _writable(value: str | int | float | Text) -> str | int | float | Text:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
