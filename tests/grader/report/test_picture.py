"""The picture of a difference has one mark per entry, told apart by size and shape."""

from __future__ import annotations

import math
import re

import pytest

from grader.report.picture import MARGIN, SIDE, draw
from grader.results import Difference


def level_of(gap: float) -> str:
    picture = draw(Difference((2,), ((gap, gap),)))
    (marks,) = picture.marks
    return marks.level


@pytest.mark.parametrize(
    ("gap", "level"),
    [
        (0, "right"),
        (1, "right"),
        (1.001, "slight"),
        (100, "slight"),
        (101, "clear"),
        (1e4, "clear"),
        (1.1e4, "gross"),
        (-1, "odd"),
        (math.inf, "odd"),
        (math.nan, "odd"),
    ],
)
def test_the_level_follows_the_gap(gap, level):
    """A gap of one tolerance is right, and a gap that is not finite is never right."""
    assert level_of(gap) == level


def test_every_entry_is_drawn_once(samples):
    """The paths have as many marks as the matrix has entries, and all marks that are not right count as off."""
    picture = draw(samples.picture())
    drawn = {m.level: len(re.findall("M", m.path)) for m in picture.marks}
    assert drawn.pop("odd") == 2 * 2  # a cross is two strokes
    assert sum(drawn.values()) + 2 == 21 == picture.shown
    assert picture.off == 10


def test_levels_differ_in_size_or_shape():
    """Without colours the levels still have different marks."""
    paths = [draw(Difference((2,), ((gap, gap),))).marks[0].path for gap in (0, 10, 1e3, 1e6, -1)]
    sizes = [re.sub(r"M[\d. -]+", "", path) for path in paths]
    assert len(set(sizes)) == 5


def test_marks_stay_inside_the_picture():
    """The last row and column of the largest picture lie within its width and height."""
    picture = draw(Difference((24, 24), ((5.0,) * 24,) * 24))
    assert picture.width >= MARGIN + 24 * SIDE
    assert picture.width <= 375 - 2 * 16  # fits the narrowest phone that we support
    assert picture.labels[-1].text == "23"


def test_one_number_needs_no_picture():
    """A difference of a single entry, or of none, is not drawn."""
    assert draw(Difference((1,), ((3.0,),))) is None
    assert draw(Difference((0,), ())) is None


@pytest.mark.parametrize(("shape", "flattened"), [((4,), False), ((2, 2), False), ((1, 2, 2), True)])
def test_the_caption_knows_about_further_dimensions(shape, flattened):
    """Only a tensor of more than two dimensions is called flattened."""
    picture = draw(Difference(shape, ((0.0, 2.0), (3.0, 0.0))))
    assert picture.flattened is flattened
