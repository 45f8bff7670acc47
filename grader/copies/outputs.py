"""Write the likely copies of a class: a page, JSON and CSV; read the JSON back."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import msgspec

from ..assignment.spec import Assignment
from ..exchange.grades_csv import harmless
from ..files import write_atomically
from ..report.render import render_copies
from .find import Copies
from .page import copies_page, label

PAGE, RECORD, TABLE = "copies.html", "copies.json", "copies.csv"


def write_copies(out: Path, copies: Copies, assignment: Assignment, language: str) -> None:
    """Write copies.html, copies.json and copies.csv below `out`."""
    write_atomically(out / RECORD, msgspec.json.format(msgspec.json.encode(copies)))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["student", "other", "earlier_year", "of_threshold", "in_common", "questions"])
    for pair in copies.pairs:
        times = f"{pair.score / copies.threshold:.2f}" if copies.threshold else ""
        questions = " ".join(q.question or "-" for q in pair.questions)
        row = [label(pair.a, "en"), ", ".join(pair.b.students), "yes" if pair.b.earlier else "no"]
        writer.writerow([*map(harmless, row), times, f"{pair.share:.3f}", harmless(questions)])
    write_atomically(out / TABLE, text.getvalue())
    write_atomically(out / PAGE, render_copies(copies_page(copies, assignment, language)))


def read_copies(out: Path) -> Copies | None:
    """The likely copies that were found last; None before `grade copies`, or after a change of their format."""
    try:
        return msgspec.json.decode((out / RECORD).read_bytes(), type=Copies)
    except (OSError, msgspec.MsgspecError):
        return None
