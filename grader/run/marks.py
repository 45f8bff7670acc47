"""Marks of people as events, rubric items with exact points, and the marks that count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from decimal import Decimal
from typing import Literal

from ..assignment.spec import Question
from ..errors import UsageError
from ..messages import Text
from ..results import RubricLine

WAIVED = ""  # in place of a question: late days that do not count
NUMBER = re.compile(r"[0-9]{1,6}(?:[.,][0-9]{1,6})?|[.,][0-9]{1,6}")


@dataclass(frozen=True)
class Event:
    """One act of a person about one answer. Events are added and never changed.

    `mark`: points for the part that a person gives, by items or, where `points` is a number, by that number. `checks`:
    points in place of those that the checks gave; None returns to the checks'. `waive`: late days, `points` of them,
    do not count. `look` asks for a second look at the mark. `undo` withdraws the act `undoes`.
    """

    student: str
    question: str
    _: KW_ONLY
    kind: Literal["mark", "checks", "waive", "look", "undo"] = "mark"
    marker: str = ""
    items: tuple[str, ...] = ()  # keys of rubric items
    points: Decimal | None = None
    comment: str = ""
    second_look: bool = False  # somebody should look again
    settles: bool = False  # ends a difference between two markers
    alone: bool = False  # for one member of a group, not for all
    act: str = ""  # events of one act have the same name; an act that arrives twice is kept once
    undoes: str = ""
    seen: int = 0  # the last event about this answer that the marker knew
    id: int = 0  # given by the gradebook, ascending
    at: str = ""  # ISO 8601, UTC


@dataclass(frozen=True)
class Item:
    """A rubric item; its key stays when its points or words change."""

    key: str
    points: Decimal
    text: Text


@dataclass(frozen=True)
class Mark:
    """The mark that counts for a question: points (None: only a comment), a comment, and the time."""

    points: float | None
    comment: str = ""
    changed: str = ""  # ISO 8601, UTC
    checks: float | None = None  # points in place of those that the checks gave
    rubric: tuple[RubricLine, ...] = ()


@dataclass(frozen=True)
class Standing:
    """All that people said about one answer: the last mark of each marker, the oldest first, and the last of all."""

    marks: Mapping[str, Event] = field(default_factory=dict)
    checks: Event | None = None
    last: int = 0  # the number of the last event, also of one that was withdrawn
    look: int = 0  # the number of the last event that asks for a second look

    @property
    def counts(self) -> Event | None:
        """The mark that counts: the last one."""
        return max(self.marks.values(), key=lambda event: event.id, default=None)

    @property
    def looks_again(self) -> bool:
        """Whether somebody asked for a second look at the mark that counts."""
        return self.counts is not None and (self.counts.second_look or self.look > self.counts.id)

    @property
    def marked(self) -> int:
        """The number of the last event that gave points or words; 0 if there is none."""
        given = [event.id for event in (self.counts, self.checks) if event is not None]
        return max(given, default=0)


def number(text: str) -> Decimal:
    """Exact points from what a person writes; `0,5` and `0.5` are the same. UsageError for anything else."""
    if not NUMBER.fullmatch(text.strip()):
        raise UsageError(f"{text.strip()[:40]!r} is not a number of points: write 0.5 or 0,5")
    return Decimal(text.strip().replace(",", "."))


def shown(points: Decimal) -> str:
    """The number without zeros at its end: 0.5, 2, 0."""
    text = f"{points:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def standings(events: Iterable[Event]) -> dict[tuple[str, str], Standing]:
    """What people said about each answer, by student and question, from events in the order of their numbers."""
    kept = list(events)
    withdrawn = {(e.undoes, e.student, e.question) for e in kept if e.kind == "undo"}
    found: dict[tuple[str, str], Standing] = {}
    for event in kept:
        place = (event.student, event.question)
        before = found.get(place, Standing())
        after = replace(before, last=event.id)
        if event.kind != "undo" and (event.act, *place) not in withdrawn:
            if event.kind == "look":
                after = replace(after, look=event.id)
            elif event.kind in ("checks", "waive"):
                after = replace(after, checks=event)
            else:
                others = {marker: old for marker, old in before.marks.items() if marker != event.marker}
                after = replace(after, marks={**others, event.marker: event})
        found[place] = after
    return found


def points_of(event: Event, rubric: Iterable[Item]) -> Decimal | None:
    """The points of a mark: the number that was written, or the sum of its items; None for a comment alone."""
    if event.points is not None or not event.items:
        return event.points
    return sum((item.points for item in rubric if item.key in event.items), Decimal(0))


def differ(standing: Standing, rubric: Sequence[Item]) -> bool:
    """Whether two markers gave different points and nobody has settled it."""
    last = standing.counts
    if last is None or last.settles:
        return False
    given = {points_of(event, rubric) for event in standing.marks.values()} - {None}
    return len(given) > 1


def mark_of(standing: Standing, rubric: Sequence[Item]) -> Mark | None:
    """The mark that counts as a result shows it; None where everything was withdrawn."""
    mark, checks = standing.counts, standing.checks
    if mark is None and checks is None:
        return None
    points = points_of(mark, rubric) if mark else None
    overridden = checks.points if checks else None
    by_items = mark is not None and mark.points is None and mark.items
    lines = tuple(RubricLine(i.text, float(i.points), i.key in mark.items) for i in rubric) if mark and by_items else ()
    comments = [event.comment for event in (checks, mark) if event is not None and event.comment]
    return Mark(
        None if points is None else float(points),
        "\n".join(comments),
        max(event.at for event in (mark, checks) if event is not None),
        None if overridden is None else float(overridden),
        lines,
    )


def items_of(question: Question, before: Sequence[Item] = ()) -> tuple[Item, ...]:
    """The rubric of a question; an item that was there before keeps its key.

    Items are the same if their words are; those that are left are taken to be reworded, in their order.
    """
    written = [(Decimal(str(item.points)), item.text) for item in question.rubric]
    by_text = {item.text: item.key for item in before}
    left = [item.key for item in before if item.text not in {text for _, text in written}]
    fresh = max((int(item.key) for item in before), default=0)
    items = []
    for points, text in written:
        key = by_text.get(text) or (left.pop(0) if left else "")
        if not key:
            fresh += 1
            key = str(fresh)
        items.append(Item(key, points, text))
    return tuple(items)


@dataclass(frozen=True)
class Move:
    """A mark whose points change with the rubric."""

    student: str
    marker: str
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class RubricChange:
    """The rubric of a question as marks use it, and as the assignment has it now."""

    question: str
    before: tuple[Item, ...]
    now: tuple[Item, ...]
    moves: tuple[Move, ...]
    reworded: tuple[str, ...]  # students whose marks use an item with other words now


def rubric_change(question: Question, before: Sequence[Item], events: Iterable[Event]) -> RubricChange | None:
    """What a changed rubric would change; None if it is the same, or if no mark uses it yet."""
    now = items_of(question, before)
    if not before or now == tuple(before):
        return None
    words = {item.key: item.text for item in before}
    other = {item.key for item in now if item.key in words and words[item.key] != item.text}
    moves, reworded = [], dict[str, None]()
    for (student, _), standing in standings(e for e in events if e.question == question.id).items():
        for event in standing.marks.values():
            old, new = points_of(event, before), points_of(event, now)
            if old is not None and new is not None and old != new:
                moves.append(Move(student, event.marker, old, new))
            if other & set(event.items):
                reworded[student] = None
    return RubricChange(question.id, tuple(before), now, tuple(moves), tuple(reworded))
