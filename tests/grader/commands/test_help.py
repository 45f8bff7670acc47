"""Help texts in Spanish."""

from __future__ import annotations

import inspect
import subprocess

import pytest

from grader.cli import app
from grader.commands.help import _apps, translated, without_language
from grader.messages import catalog

from ...tiny import GRADE

FUNCTIONS = list(dict.fromkeys(f for one in _apps(app) if inspect.isfunction(f := one.default_command)))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_every_piece_of_a_docstring_is_in_the_catalog(function: object) -> None:
    """Each paragraph and each parameter of a command has another text in Spanish."""
    english: list[str] = []
    translated(function.__doc__ or "", lambda text: english.append(text) or text)
    spanish = [catalog("es").gettext(text) for text in english]
    assert [text for text, other in zip(english, spanish, strict=True) if text == other] == []


@pytest.mark.parametrize(
    ("words", "kept", "language"),
    [
        ("mark --lang es --help", "mark --help", "es"),
        ("-h --lang=es", "-h", "es"),
        ("--help --lang xx", "--help", ""),
        ("check a.ipynb --lang es", "check a.ipynb --lang es", ""),  # the language of the report
    ],
)
def test_the_language_is_asked_for_with_help(words: str, kept: str, language: str) -> None:
    """Elsewhere `--lang` belongs to the command."""
    assert without_language(words.split()) == (kept.split(), language)


def test_help_in_spanish_has_no_english_around_it() -> None:
    """Titles, defaults, choices and what is required are in Spanish too; the words to type stay as they are."""
    command = [GRADE, "shard", "plan", "--lang", "es", "--help"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    text = " ".join(said.stdout.replace("│", " ").split())
    found = ("Uso: grade shard plan", "Argumentos", "Opciones", "[obligatorio]", "[por omisión: 64]", "[valores: ")
    assert [words for words in found if words not in text] == []
    for words in ("Usage", "Parameters", "default", "choices", "required"):
        assert words not in text
    assert "--requirements PATH" in text
