"""Translate the help texts: the paragraphs and parameters of the commands' docstrings are messages of the catalog."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cyclopts import App
from cyclopts.help import DefaultFormatter
from rich.text import Text

from ..messages import LANGUAGES, catalog, say

PARAMETERS = "Parameters\n----------\n"
FLAGS = ("--help", "-h")
ROOT = say(
    "Grade notebooks of a programming assignment against its reference, in a sandbox. "
    "Add --lang es to --help for these texts in Spanish."
).template
# The words that cyclopts puts around the docstrings.
FRAME = tuple(
    sentence.template
    for sentence in (
        say("Commands"), say("Arguments"), say("Parameters"), say("Usage:"), say("choices"), say("default"),
        say("required"), say("Display this message and exit."), say("Display application version."),
    )
)  # fmt: skip


def without_language(words: Sequence[str]) -> tuple[list[str], str]:
    """The words of a command and "", or, if it asks for help, the words without `--lang` and that language."""
    if not any(word in FLAGS for word in words):
        return list(words), ""
    kept, language, following = [], "", iter(words)
    for word in following:
        option, _, value = word.partition("=")
        if option == "--lang":
            language = value or next(following, "")
        else:
            kept.append(word)
    return kept, language if language in LANGUAGES else ""


def translate_help(app: App, language: str) -> None:
    """Let a command and all below it explain themselves in this language, for the rest of the process."""
    gettext = catalog(language).gettext
    functions = {id(f): f for one in _apps(app) if (f := one.default_command) is not None}
    for function in functions.values():
        function.__doc__ = translated(function.__doc__ or "", gettext)
    for one in _apps(app):
        if one.default_command is None or one is app:
            one.help = gettext(one.help)
    app.help_formatter = _Formatter(gettext)


def translated(doc: str, gettext: Any) -> str:
    """A docstring whose description and parameters are translated."""
    description, parameters = _parts(doc)
    lines = [f"{name}\n    {gettext(words)}" for name, words in parameters]
    return "\n\n".join(map(gettext, description)) + (f"\n\n{PARAMETERS}" + "\n".join(lines) if lines else "")


def extract(file: Any, keywords: Any, comments: Any, options: Any) -> Iterator[tuple[int, Any, Any, Any]]:
    """The messages of a file of commands, for babel: those of the code, and the pieces of the docstrings."""
    from babel.messages.extract import extract_python

    yield from extract_python(file, keywords, comments, options)
    file.seek(0)
    for node in ast.parse(file.read()).body:
        doc = ast.get_docstring(node) or "" if isinstance(node, ast.FunctionDef) else ""
        if PARAMETERS in doc:
            description, parameters = _parts(doc)
            for words in (*description, *(words for _, words in parameters)):
                yield node.lineno, "", words, []


def _apps(app: App) -> Iterator[App]:
    yield app
    for name in app:
        if not name.startswith("-"):
            yield from _apps(app[name])


def _parts(doc: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The paragraphs of a docstring's description, and its parameters: each without line breaks."""
    text, _, below = inspect.cleandoc(doc).partition(PARAMETERS)
    parameters: list[tuple[str, str]] = []
    for line in below.splitlines():
        if line.startswith(" ") and parameters:
            name, words = parameters[-1]
            parameters[-1] = (name, f"{words} {line.strip()}".strip())
        elif line.strip():
            parameters.append((line.strip(), ""))
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n") if paragraph.strip()], parameters


@dataclass
class _Formatter:
    """cyclopts' own formatter, with the words around the docstrings in another language."""

    gettext: Any

    def __call__(self, console: Any, options: Any, panel: Any) -> None:
        entries = [self._entry(entry) for entry in panel.entries]
        DefaultFormatter()(console, options, panel.copy(title=self._word(panel.title), entries=entries))

    def render_usage(self, console: Any, options: Any, usage: Any) -> None:
        console.print(Text(f"{self.gettext('Usage:')} {usage}\n", "bold"))

    def render_description(self, console: Any, options: Any, description: Any) -> None:
        DefaultFormatter().render_description(console, options, description)

    def _entry(self, entry: Any) -> Any:
        facts = []
        if entry.choices:
            facts.append(f"[{self.gettext('choices')}: {', '.join(entry.choices)}]")
        if entry.default is not None:
            facts.append(f"[{self.gettext('default')}: {entry.default}]")
        if entry.required:
            facts.append(f"[{self.gettext('required')}]")
        description = " ".join(filter(None, [self._word(_plain(entry.description)), *facts]))
        return entry.copy(description=description, choices=None, default=None, required=False)

    def _word(self, word: Any) -> Any:
        return self.gettext(str(word)) if str(word) in FRAME else word


def _plain(description: Any) -> str:
    """The text of a description, which cyclopts may have rendered already."""
    shown = getattr(description, "primary_renderable", description)
    return str(getattr(shown, "markup", shown) or "")
