"""Characters that hide or reorder text are spelled out."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from grader.report.visible import visible


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("a\x00b", "a␀b"),
        ("\x1b[31mred", "␛[31mred"),
        ("\x7f", "␡"),
        ("\u202egnp.ipynb", "⟨U+202E⟩gnp.ipynb"),
        ("\u2066x\u2069", "⟨U+2066⟩x⟨U+2069⟩"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("\ud800", "⟨U+D800⟩"),
        ("\u2028", "⟨U+2028⟩"),
    ],
)
def test_a_hidden_character_is_spelled_out(hidden, shown):
    """Controls, overrides, zero widths, lone surrogates and line separators have a visible form."""
    assert visible(hidden) == shown


@pytest.mark.parametrize("text", ["Núñez", "名前 🎓", "مريم", "tab\tand\nline", "", "∂L/∂u ≤ 1e-6"])
def test_ordinary_text_is_left_alone(text):
    """Letters of any script, symbols, tabs and line feeds are shown as they are."""
    assert visible(text) == text


@pytest.mark.parametrize("value", [None, 3, 0.5, True])
def test_what_is_not_text_passes(value):
    """A number that a template prints is not touched."""
    assert visible(value) is value


def test_escaped_text_stays_escaped():
    """Text that has been escaped is not escaped a second time, and is still marked as such."""
    escaped = Markup.escape("<b>\u202e")
    assert type(visible(escaped)) is Markup
    assert visible(escaped) == "&lt;b&gt;⟨U+202E⟩"


@given(st.text(st.characters()))
def test_nothing_invisible_is_left_in_any_text(text):
    """Every output can be written as UTF-8 and has no control character except tab and line feed."""
    shown = visible(text)
    shown.encode()
    assert {unicodedata.category(c) for c in shown if c not in "\t\n"}.isdisjoint({"Cc", "Cf", "Cs"})
