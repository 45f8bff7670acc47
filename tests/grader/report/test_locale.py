"""The Spanish catalog is complete, fits its sentences, and is compiled."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

import grader
from grader.messages import CATALOGS

SOURCE = Path(grader.__file__).parent
PO = CATALOGS / "es" / "LC_MESSAGES" / "grader.po"
KEYWORDS = {**DEFAULT_KEYWORDS, "say": (1,)}


def placeholders(text: str) -> list[str]:
    """The {names} and %(names)s of a sentence, each as often as it occurs."""
    return sorted(re.findall(r"\{\w*\}|%\(\w+\)s", text))


@pytest.fixture(scope="module")
def messages() -> set:
    """Every msgid in the code and the templates; a pair if there is a plural."""
    with (CATALOGS / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    return {found[2] for found in extract_from_dir(SOURCE, methods, options, keywords=KEYWORDS)}


@pytest.fixture(scope="module")
def spanish():
    with PO.open("rb") as file:
        return read_po(file, locale="es")


def test_sentences_are_found_in_code_and_templates(messages):
    """The extraction reads Python and Jinja2, singular and plural."""
    assert "hidden case" in messages
    assert "Needs your attention" in messages
    assert ("You lost {n} point", "You lost {n} points") in messages


def test_every_sentence_has_a_spanish_one(messages, spanish):
    """Every sentence has a translation, so that nothing stays in English."""
    missing = []
    for id in messages:
        entry = spanish.get(id)
        strings = (entry.string,) if entry and isinstance(entry.string, str) else entry.string if entry else ()
        if not strings or not all(strings) or entry.fuzzy:
            missing.append(id)
    assert missing == []


def test_translations_keep_the_placeholders(spanish):
    """Every {name} of a sentence is in its translation, and no other."""
    for entry in spanish:
        ids = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        strings = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        for string in filter(None, strings if entry.id else ()):
            assert placeholders(string) == placeholders(ids[-1]), entry.id


def test_the_catalog_has_nothing_that_is_no_longer_said(messages, spanish):
    """A sentence that left the code also left the catalog."""
    assert {entry.id for entry in spanish if entry.id} <= messages


def test_the_compiled_catalog_is_up_to_date(spanish):
    """The .mo file has the content of the .po file."""
    compiled = gettext.translation("grader", CATALOGS, ["es"])
    for entry in spanish:
        if isinstance(entry.id, tuple):
            assert tuple(compiled.ngettext(*entry.id, n) for n in (1, 2)) == tuple(entry.string)
        elif entry.id and entry.string:
            assert compiled.gettext(entry.id) == entry.string
