"""Display names and slugs of people."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from grader.intake.people import RESERVED, Person, display_name, display_names, slugs

NAMES = st.text(st.characters(), max_size=120) | st.sampled_from(
    ["con", "Nul.x", "José", "Jose", "JOSE", "..", "COM¹"]
)


@given(NAMES)
def test_a_display_name_is_one_clean_line(text: str) -> None:
    """A display name can be encoded, has no control characters and is not empty, whatever the file's name."""
    name = display_name(text)
    name.encode()
    assert name == unicodedata.normalize("NFC", name.strip())
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in name)
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", name)


@given(st.lists(st.builds(Person, NAMES.map(display_name), st.sampled_from(["", "1", "2"])), unique=True))
def test_slugs_are_safe_and_unique(people: list[Person]) -> None:
    """Every slug is a file name on every system, and no two are the same there."""
    made = slugs(people)
    assert len({slug.lower() for slug in made}) == len(people)
    for slug in made:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", slug)
        assert slug.split(".")[0].upper() not in RESERVED
        assert not slug.endswith(".")


def test_nobody_inherits_a_slug() -> None:
    """When a namesake joins the class, neither of the two gets the first one's slug."""
    (alone,) = slugs([Person("José")])
    assert alone == "Jose"
    assert alone not in slugs([Person("Jose"), Person("José")])


def test_a_slug_made_to_collide_does_not() -> None:
    """A person whose name equals another's marked slug gets a different slug."""
    marked, _ = slugs([Person("Jose"), Person("José")])
    made = slugs([Person("Jose"), Person("José"), Person(marked)])
    assert len(set(made)) == 3


def test_only_namesakes_show_their_number() -> None:
    """The platform's number is shown where the name alone is ambiguous."""
    assert display_names([Person("Ana", "1"), Person("Ana", "2"), Person("Eva", "3")]) == (
        "Ana (1)",
        "Ana (2)",
        "Eva",
    )
