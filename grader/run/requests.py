"""Students' requests to mark an answer again: they come from a CSV file, and a later mark answers them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..errors import UsageError
from ..results import SubmissionResult
from .gradebook import Gradebook
from .marks import Standing, standings

FACT = "re-mark requests"
MOST = 2000  # requests that are kept
LONGEST = 2000  # characters of a request


@dataclass(frozen=True)
class Request:
    """A student's request to mark an answer again."""

    student: str
    question: str
    words: str
    done: bool  # somebody has marked the answer since


def requests(book: Gradebook) -> Iterator[Request]:
    """All requests, in the order in which they came."""
    said = standings(book.events())
    for student, question, words, last in json.loads(book.remembered(FACT) or "[]"):
        yield Request(student, question, words, done=said.get((student, question), Standing()).marked > last)


def take_requests(book: Gradebook, results: Mapping[str, SubmissionResult], text: str) -> int:
    """Keep the requests of a CSV file with the columns student, question and text; returns how many are kept now.

    Raises UsageError with the number of a wrong line; then nothing is kept.
    """
    head = text.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter)
    if missing := {"student", "question"} - set(reader.fieldnames or ()):
        raise UsageError(f"the list has no column {min(missing)}: its first line should be student,question,text")
    said, kept = standings(book.events()), json.loads(book.remembered(FACT) or "[]")
    known = {(student, question, words) for student, question, words, _ in kept}
    names = {name: r for r in results.values() for name in (r.student, r.slug, r.id, r.login, r.email) if name}
    for row in reader:
        result = names.get((row["student"] or "").strip())
        question = (row["question"] or "").strip()
        if result is None or question not in {q.id for q in result.questions}:
            raise UsageError(f"line {reader.line_num} of the list: there is no student or question of this name")
        words = (row.get("text") or "").strip()[:LONGEST]
        if (result.student, question, words) not in known and len(kept) < MOST:
            kept.append([result.student, question, words, said.get((result.student, question), Standing()).last])
    book.remember(FACT, json.dumps(kept))
    return len(kept)
