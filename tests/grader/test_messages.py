"""Messages: facts that become a sentence once the reader's language is known."""

from __future__ import annotations

import math

import pytest

from grader.messages import LANGUAGES, Message, Text, as_message, catalog, say

KNOWN = "{name} was not computed"


def test_a_message_is_its_template_with_the_values_in_place() -> None:
    """English is the language of the templates."""
    assert say(KNOWN, name="dL_dU").render("en") == "dL_dU was not computed"


def test_a_message_is_translated_by_the_catalog() -> None:
    """Spanish keeps the values and changes the words."""
    sentence = say(KNOWN, name="dL_dU").render("es")
    assert sentence != "dL_dU was not computed"
    assert "dL_dU" in sentence


def test_a_template_without_a_translation_is_shown_in_english() -> None:
    """A sentence that the catalog lacks is shown in English."""
    assert say("{name} sings", name="softmax").render("es") == "softmax sings"


def test_the_empty_message_says_nothing() -> None:
    """The empty text is not looked up, since gettext returns the header of its catalog for it."""
    assert [Message("").render(language) for language in LANGUAGES] == ["", ""]


def test_a_value_is_never_read_as_a_template() -> None:
    """Braces and percent signs in a student's text stay unchanged."""
    hostile = "{name.__class__} {0} {} %s %(name)s {{x}}"
    assert say("raised {name}", name=hostile).render("en") == f"raised {hostile}"


def test_a_text_among_the_values_follows_the_language() -> None:
    """A word that the table has in two languages follows the language of the sentence."""
    message = say("{name} is {value}", name="x", value=Text("sí", "yes"))
    assert message.render("en") == "x is yes"
    assert "sí" in message.render("es")


@pytest.mark.parametrize(("number", "word"), [(math.inf, "inf"), (-math.inf, "-inf"), (math.nan, "nan")])
def test_numbers_that_json_lacks_become_words(number: float, word: str) -> None:
    """An infinite gap has a word, so that it can be kept in JSON."""
    message = say("the gap is {gap}", gap=number)
    assert message.values == {"gap": word}
    assert message.render("en") == f"the gap is {word}"


@pytest.mark.parametrize("value", [0.5, 3, True, "text", Text("uno", "one")])
def test_other_values_stay_what_they_are(value: str | float | Text) -> None:
    """Formatting is left to the template."""
    assert say("{v}", v=value).values == {"v": value}


@pytest.mark.parametrize(
    ("text", "es", "en"), [(Text("sí", "yes"), "sí", "yes"), (Text("sí"), "sí", "sí"), (Text(en="yes"), "yes", "yes")]
)
def test_a_text_of_one_language_serves_both(text: Text, es: str, en: str) -> None:
    """A table that has only one language is still readable in the other."""
    assert (text.render("es"), text.render("en")) == (es, en)


def test_a_text_is_true_when_it_says_something() -> None:
    """An empty hint is false."""
    assert not Text()
    assert Text(en="x")
    assert Text("x")


@pytest.mark.parametrize("words", ["no es un par", "{0} {x} %s"])
def test_a_text_becomes_a_message_with_the_same_words(words: str) -> None:
    """Braces in the text stay unchanged, and a message stays the same message."""
    message = as_message(Text(words, f"en {words}"))
    assert (message.render("es"), message.render("en")) == (words, f"en {words}")
    assert as_message(message) is message


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_catalog(language: str) -> None:
    """The compiled catalog is part of the package."""
    assert catalog(language).gettext(KNOWN)
