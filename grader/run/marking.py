"""Give marks: find the student and the question, check points and items, and keep the event. Also as a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from ..assignment.spec import Assignment
from ..errors import UsageError
from ..exchange.grades_csv import harmless
from ..files import write_atomically
from ..results import QuestionResult, SubmissionResult
from .gradebook import Gradebook
from .marks import (
    Event,
    Item,
    Move,
    RubricChange,
    Standing,
    items_of,
    number,
    points_of,
    rubric_change,
    shown,
    standings,
)

TOLD = {
    "mark": "mark", "checks": "in place of the checks", "waive": "late days waived", "undo": "undo",
    "look": "the words of the rubric have changed",
}  # fmt: skip
COLUMNS = ("student", "question", "points", "maximum", "items", "comment", "marker", "changed")


@dataclass(frozen=True)
class Answer:
    """A student's result in one question."""

    result: SubmissionResult
    question: QuestionResult

    @property
    def maximum(self) -> Decimal:
        """The points that a person can give."""
        return Decimal(str(self.question.reviewed))


class Marking:
    """The answers of a gradebook and what people said about them."""

    def __init__(self, book: Gradebook) -> None:
        self.book = book
        self.results = dict(book.all(whole=False))

    def student(self, name: str) -> SubmissionResult:
        """The result of a student, by name or file name; UsageError where there is none."""
        found = next((r for r in self.results.values() if name in (r.student, r.slug)), None)
        if found is None:
            raise UsageError(f"the gradebook has no student {name!r}: give the name as the report shows it")
        return found

    def answer(self, student: str, question: str, *, by_hand: bool = True) -> Answer:
        """The answer, by a student's name or file name; UsageError where a person cannot give points."""
        found = self.student(student)
        asked = next((q for q in found.questions if q.id == question and (q.reviewed or not by_hand)), None)
        if asked is None and by_hand:
            known = ", ".join(q.id for q in found.questions if q.reviewed) or "none of this submission"
            raise UsageError(f"question {question!r} is not read by a person; questions read by a person: {known}")
        if asked is None:
            known = ", ".join(q.id for q in found.questions) or "none"
            raise UsageError(f"there is no question {question!r} in this submission; its questions: {known}")
        return Answer(found, asked)

    def checked(self, event: Event) -> Event:
        """The event with the student's full name; UsageError if its points or items do not fit the question."""
        if event.kind == "waive":
            if event.points is None or event.points != int(event.points):
                raise UsageError("late days are waived in whole days: give 1, 2, ...")
            return replace(event, student=self.student(event.student).student)
        answer = self.answer(event.student, event.question, by_hand=event.kind == "mark")
        name = event.question
        if event.kind == "checks" and event.points is not None and not event.comment.strip():
            raise UsageError("other points than the checks gave need a comment, which the student reads")
        rubric = self.book.rubrics().get(name, ())
        if strange := set(event.items) - {item.key for item in rubric}:
            raise UsageError(f"question {name} has no rubric item {min(strange)}; {_listed(rubric)}")
        most = answer.maximum if event.kind == "mark" else _most(answer.question)
        points = points_of(event, rubric)
        if points is not None and not 0 <= points <= most:
            raise UsageError(f"{shown(points)} points are out of range for {name}: give 0 to {shown(most)}")
        return replace(event, student=answer.result.student)

    def give(self, events: Iterable[Event]) -> tuple[Event, ...]:
        """Keep the events as one act, if all of them make sense. A mark is for all members of a group."""
        checked = [member for event in events for member in self._for_members(self.checked(event))]
        one_each = tuple({(event.student, event.question): event for event in checked}.values())
        self.book.record(one_each)
        return one_each

    def _for_members(self, event: Event, besides: Collection[tuple[str, str]] = ()) -> Iterator[Event]:
        """The event for each member of the group, without those `besides`; waived late days are one student's."""
        yield event
        if not event.alone and event.kind != "waive":
            mates = self.student(event.student).together
            yield from (replace(event, student=m) for m in mates if (m, event.question) not in besides)

    def undo(self, marker: str, student: str = "", question: str = "") -> tuple[Event, ...]:
        """Withdraw a marker's last act, or the last one about an answer, for all answers that it marked.

        Raises UsageError where there is none.
        """
        events, name = self.book.events(), self.student(student).student if student else ""
        gone = {e.undoes for e in events if e.kind == "undo"}
        for event in reversed(events):
            fits = name in ("", event.student) and question in ("", event.question)
            if fits and event.marker == marker and event.kind != "undo" and event.act not in gone:
                return self.withdraw(event.act, marker)
        raise UsageError(f"{marker or 'nobody'} has given no mark that could be undone here")

    def withdraw(self, act: str, marker: str) -> tuple[Event, ...]:
        """Withdraw an act, for all answers that it marked."""
        acts = [e for e in self.book.events() if e.act == act and act and e.kind != "undo"]
        undone = [Event(e.student, e.question, kind="undo", undoes=act, marker=marker, act=f"undo {act}") for e in acts]
        self.book.record(undone)
        return tuple(undone)

    def said(self, event: Event) -> str:
        """A sentence about an event for people."""
        if event.kind == "undo":
            return f"{event.student}, {event.question or 'late days'}: undone"
        if event.kind == "waive":
            return f"{event.student}: {shown(event.points or Decimal(0))} late days do not count"
        rubric = self.book.rubrics().get(event.question, ())
        given = points_of(event, rubric)
        if event.kind == "checks":
            what = "the checks' points again" if given is None else f"{shown(given)} points in place of the checks'"
        elif given is None:
            what = "a comment"
        else:
            maximum = self.answer(event.student, event.question).maximum
            what = f"{shown(given)} of {shown(maximum)} points"
        return f"{event.student}, {event.question}: {what}"

    def log(self, student: str, question: str) -> Iterator[str]:
        """The history of marks, one line an event, the oldest first."""
        events = self.book.events(self._name(student) if student else None)
        rubrics = self.book.rubrics()
        withdrawn = {(e.undoes, e.student, e.question) for e in events if e.kind == "undo"}
        for event in events:
            if question and event.question != question:
                continue
            given = points_of(event, rubrics.get(event.question, ()))
            told = TOLD[event.kind]
            facts = [
                f"{event.at}  {event.marker or '-'}  {event.student}, {event.question}: {told}",
                "" if given is None else f"{shown(given)} points",
                f"items {','.join(event.items)}" if event.items else "",
                event.comment,
                "second look" if event.second_look else "",
                "(withdrawn)" if (event.act, event.student, event.question) in withdrawn else "",
            ]
            yield " · ".join(filter(None, facts))

    def _name(self, student: str) -> str:
        return next((r.student for r in self.results.values() if student in (r.student, r.slug)), student)

    # Files ------------------------------------------------------------------------------------------------------

    def write_csv(self, path: Path) -> int:
        """Write every answer that a person reads, with its mark; returns the number of rows.

        A group has one row. A member whose points or comment differ has a row too.
        """
        found, rubrics = standings(self.book.events()), self.book.rubrics()
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        written: dict[tuple[str, str], tuple[str, str]] = {}  # points and comment by student and question
        for result in self.results.values():
            for question in result.questions:
                if not question.is_read or (question.untouched and (result.student, question.id) not in found):
                    continue
                mark = found.get((result.student, question.id), Standing()).counts or Event("", "")
                points = points_of(mark, rubrics.get(question.id, ()))
                about = (" ".join(mark.items), harmless(mark.comment), harmless(mark.marker), mark.at)
                given, maximum = "" if points is None else shown(points), shown(Decimal(str(question.reviewed)))
                if any(written.get((mate, question.id)) == (given, mark.comment) for mate in result.together):
                    continue
                written[result.student, question.id] = (given, mark.comment)
                writer.writerow([harmless(result.student), question.id, given, maximum, *about])
        write_atomically(path, text.getvalue())
        return len(written)

    def read_csv(self, path: Path, marker: str) -> tuple[Event, ...]:
        """Keep the marks of a file as one act; rows that say nothing new are left out. UsageError names the line.

        A row is for all members of a group who have no row of their own.
        """
        found, rubrics = standings(self.book.events()), self.book.rubrics()
        names = {harmless(r.student): r.student for r in self.results.values()}
        events: list[Event] = []
        rows = list(_rows(path))
        own = {(names.get(row["student"], self._name(row["student"])), row["question"]) for _, row in rows}
        for line, row in rows:
            try:
                student = names.get(row["student"], row["student"])
                items = tuple(row.get("items", "").split())
                points = number(row["points"]) if row["points"] else None
                comment = row.get("comment", "").removeprefix("'")
                before = found.get((self._name(student), row["question"]), Standing()).counts
                rubric = rubrics.get(row["question"], ())
                if before and points == points_of(before, rubric) and comment == before.comment:
                    continue
                if items and points == sum(i.points for i in rubric if i.key in items):
                    points = None
                if points is not None or items or comment:
                    event = Event(student, row["question"], marker=marker or row.get("marker", "").removeprefix("'"),
                                  items=items, points=points, comment=comment)  # fmt: skip
                    events += self._for_members(self.checked(event), own)
            except UsageError as error:
                raise UsageError(f"{path}, line {line}: {error}; nothing was recorded") from error
        self.book.record(events)
        return tuple(events)


def _most(question: QuestionResult) -> Decimal:
    return Decimal(str(question.possible))


def _listed(rubric: Sequence[Item]) -> str:
    items = "; ".join(f"{i.key}: {shown(i.points)} {i.text.render('en')}" for i in rubric)
    return f"its items: {items}" if items else "it has no rubric"


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows of a CSV file with commas or semicolons, and the number of each one's line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if head.count(";") > head.count(",") else ",")
    if missing := {"student", "question", "points"} - set(reader.fieldnames or ()):
        raise UsageError(f"{path} has no column {min(missing)}: its first line should name {', '.join(COLUMNS)}")
    for row in reader:
        yield reader.line_num, {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)}


def share_marks(book: Gradebook, groups: Mapping[str, Sequence[str]]) -> None:
    """Give students about whom there is no event the marks of their group: `groups[student]` are the other members.

    Without this, a member who was not in the roster when the group was marked would have no points.
    """
    found = standings(book.events())
    known = {student for student, _ in found}
    for student, mates in groups.items():
        mate = next((m for m in mates if m in known), None) if student not in known else None
        if mate is not None:
            said = [e for (who, _), s in found.items() if who == mate for e in (*s.marks.values(), s.checks) if e]
            book.record(replace(e, student=student) for e in said if e.kind != "waive" and not e.alone)


def changed_rubrics(book: Gradebook, assignment: Assignment) -> tuple[RubricChange, ...]:
    """The rubrics of the assignment that differ from those that marks use."""
    used, events = book.rubrics(), book.events()
    found = (rubric_change(q, used.get(q.id, ()), events) for q in assignment.questions if q.reviewed)
    return tuple(change for change in found if change is not None)


def adopt_rubrics(book: Gradebook, assignment: Assignment) -> None:
    """Use the assignment's rubrics where no mark uses items yet; others wait until a person has seen what moves."""
    used = book.rubrics()
    marked = {event.question for event in book.events() if event.items}
    for question in assignment.questions:
        now = items_of(question, used.get(question.id, ()))
        if now != used.get(question.id, ()) and question.id not in marked:
            book.use_rubric(question.id, now)


def apply_rubrics(book: Gradebook, changes: Iterable[RubricChange], marker: str) -> None:
    """Let all marks use changed rubrics; those that used an item with other words wait for a second look."""
    for change in changes:
        book.use_rubric(change.question, change.now, marker)
        book.record(Event(student, change.question, kind="look", marker=marker) for student in change.reworded)


def told(change: RubricChange) -> Iterator[str]:
    """What a changed rubric changes, line by line."""
    before = {item.key: item for item in change.before}
    for item in change.now:
        old = before.pop(item.key, None)
        if old is None:
            yield f"{change.question}, item {item.key} is new: {shown(item.points)} {item.text.render('en')}"
        elif old.points != item.points:
            yield f"{change.question}, item {item.key}: {shown(old.points)} -> {shown(item.points)} points"
        if old is not None and old.text != item.text:
            yield f"{change.question}, item {item.key} has other words: {item.text.render('en')}"
    for item in before.values():
        yield f"{change.question}, item {item.key} is gone: {shown(item.points)} {item.text.render('en')}"
    yield from map(_told_move, change.moves)
    if not change.moves:
        yield f"{change.question}: no points move"
    if change.reworded:
        yield f"{change.question}: for a second look after the change of words: {', '.join(change.reworded)}"


def _told_move(move: Move) -> str:
    marker = f" (marked by {move.marker})" if move.marker else ""
    return f"  {move.student}: {shown(move.before)} -> {shown(move.after)}{marker}"
