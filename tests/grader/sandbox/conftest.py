"""One warm lane of each level for all tests of this folder; each test begins its own submissions in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level, available

from .programs import SHORT


def warm(level: Level) -> Iterator[Lane]:
    found = available(level)
    if not found.works:
        pytest.skip(found.reason)
    with Lane(level, SHORT) as lane:
        yield lane


@pytest.fixture(scope="session")
def lane() -> Iterator[Lane]:
    yield from warm(Level.BWRAP)


@pytest.fixture(scope="session")
def landlock_lane() -> Iterator[Lane]:
    yield from warm(Level.LANDLOCK)


@pytest.fixture(scope="session")
def open_lane() -> Iterator[Lane]:
    """A lane without isolation: it shows that a probe succeeds when nothing stops it."""
    yield from warm(Level.NONE)


@pytest.fixture(scope="session", params=[Level.BWRAP, Level.LANDLOCK])
def any_lane(request: pytest.FixtureRequest) -> Lane:
    """Each level that keeps student code apart, in turn."""
    name = {Level.BWRAP: "lane", Level.LANDLOCK: "landlock_lane"}[request.param]
    lane: Lane = request.getfixturevalue(name)
    return lane
