"""Words for verdicts and forms for numbers."""

from __future__ import annotations

import pytest

from grader.messages import LANGUAGES, Text, say
from grader.report.words import badge, ngettext, number, prose, sentence
from grader.results import Verdict


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_has_a_word_of_its_own(language):
    """Every verdict has a word, and no two verdicts share one."""
    words = [badge(verdict, language).word for verdict in Verdict]
    assert all(words)
    assert len(set(words)) == len(Verdict)


def test_only_a_pass_looks_like_one():
    """The tone of a pass belongs to no other verdict."""
    assert [v for v in Verdict if badge(v, "en").tone == "good"] == [Verdict.PASSED]


@pytest.mark.parametrize(
    ("x", "text"),
    [(0.75, "0.75"), (2.0, "2"), (1 / 3, "0.33"), (0.0, "0"), (-0.001, "0"), (10.0, "10"), (0.005, "0.01")],
)
def test_points_have_at_most_two_decimals(x, text):
    """Numbers are as short as two decimals allow, and zero has no sign."""
    assert number(x + 1e-9) == text


@pytest.mark.parametrize(("n", "form"), [(1, "1 one"), (0.25, "0.25 many"), (0, "0 many"), (2, "2 many")])
def test_only_exactly_one_is_singular(n, form):
    """A quarter of a point is not one point."""
    assert ngettext("{n} one", "{n} many", n, "en") == form


def test_a_sentence_begins_with_a_capital():
    """A first word of the grader's is capitalised, in each language."""
    message = say("hidden case")
    assert sentence(message, "en") == "Hidden case"
    assert sentence(message, "es") == "Caso oculto"


def test_a_name_at_the_beginning_is_left_alone():
    """d_relu does not become D_relu."""
    assert sentence(say("{name} is empty", name="d_relu"), "en") == "d_relu is empty"


def test_messages_in_a_row_are_closed_by_one_full_stop():
    """A message that already has its full stop gets no second one."""
    assert prose((say("one"), say("{name}.", name=Text("dos", "two"))), "en") == "One. two."
