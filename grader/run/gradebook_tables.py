"""The tables of a gradebook in SQLite, and how those of earlier versions become the present ones."""

from __future__ import annotations

import json
import secrets
import sqlite3
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from ..errors import UsageError
from ..results import SubmissionResult, brief, from_json
from .marks import Event

SCHEMA_VERSION = 5  # in PRAGMA user_version; a newer one was written by a newer grader
# `turn` orders the results of one slug by when they last counted: the highest is the current one. `result` is JSON in
# the format of zlib. `brief` is the same without what only the student's page shows: most of it need not be decoded.
RESULTS = """
CREATE TABLE results (
    slug TEXT NOT NULL, key TEXT NOT NULL, turn INTEGER NOT NULL, brief BLOB NOT NULL, result BLOB NOT NULL,
    PRIMARY KEY (slug, key)
) STRICT;
CREATE UNIQUE INDEX results_by_turn ON results (slug, turn);
"""
ROW = "INTO results (slug, key, turn, brief, result) VALUES (?, ?, ?, ?, ?)"
# `people` has each trace by which a student was known, such as a platform's name and number, and the last names here.
PEOPLE = """
CREATE TABLE people (trace TEXT PRIMARY KEY, student TEXT NOT NULL, slug TEXT NOT NULL) STRICT;
"""
TABLES = f"""
{RESULTS}
{PEOPLE}
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, started TEXT NOT NULL, finished TEXT, command TEXT NOT NULL,
    sandbox TEXT NOT NULL, salt TEXT NOT NULL, counts TEXT NOT NULL
) STRICT;
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""
# Marks are events: rows are added, and SQLite itself refuses to change one. Only `student`, the name by which its
# student is known now, follows a new name. A rubric is kept as marks use it.
EVENTS = (
    """CREATE TABLE events (
        id INTEGER PRIMARY KEY, student TEXT NOT NULL, question TEXT NOT NULL, token TEXT NOT NULL UNIQUE,
        event BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX events_by_student ON events (student)",
    """CREATE TRIGGER events_stay BEFORE UPDATE OF id, question, token, event ON events
    BEGIN SELECT raise(ABORT, 'a mark is never changed'); END""",
    "CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT raise(ABORT, 'a mark is never deleted'); END",
    """CREATE TABLE rubrics (
        id INTEGER PRIMARY KEY, question TEXT NOT NULL, marker TEXT NOT NULL, at TEXT NOT NULL, items BLOB NOT NULL
    ) STRICT""",
)
# In version 1 the result's field `grade` was called `note`. A line break and one blank come before the fields of a
# result and before nothing else: fields within it have more blanks, and line breaks in texts are escaped.
FROM_1 = """
UPDATE results SET result = CAST(
    replace(CAST(result AS TEXT), char(10) || ' "note": ', char(10) || ' "grade": ')
AS BLOB)
"""
# In version 2 a key belonged to one student. In version 4 results were plain JSON and had no `brief`.
FROM_4 = f"""
DROP INDEX results_by_turn;
ALTER TABLE results RENAME TO earlier;
{RESULTS}
"""


def prepare(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new gradebook, or those of an earlier version the present ones; UsageError for a newer one.

    All of it belongs to the caller's transaction.
    """
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise UsageError(f"{path} was written by a newer version of the grader: update this one")
    if version == 0:
        _execute(db, TABLES)
    if version == 1:
        db.execute(FROM_1)
    if version in (1, 2, 3, 4):
        _results_of_version_4(db)
    if version in (1, 2):
        _execute(db, PEOPLE)
    if version < 4:
        for statement in EVENTS:
            db.execute(statement)
    if version in (1, 2, 3):
        _marks_to_events(db)
    if version < SCHEMA_VERSION:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _marks_to_events(db: sqlite3.Connection) -> None:
    """Make events of the marks of version 2, which kept the last one of each question."""
    for student, question, points, comment, changed in db.execute("SELECT * FROM marks").fetchall():
        exact = None if points is None else Decimal(str(points))
        act = secrets.token_hex(8)
        add_event(db, Event(student, question, points=exact, comment=comment, at=changed, act=act))
    db.execute("DROP TABLE marks")


def _results_of_version_4(db: sqlite3.Connection) -> None:
    """Fill the present table of results from that of an earlier version."""
    _execute(db, FROM_4)
    for slug, key, turn, data in db.execute("SELECT slug, key, turn, result FROM earlier"):
        with suppress(msgspec.DecodeError):  # otherwise only another version could read it
            db.execute(f"INSERT {ROW}", (slug, key, turn, *columns(from_json(data))))
    db.execute("DROP TABLE earlier")


def add_event(db: sqlite3.Connection, event: Event) -> None:
    """Add an event, unless its act is there already."""
    token = json.dumps([event.act, event.student, event.question])
    row = (event.student, event.question, token, msgspec.json.encode(event))
    db.execute("INSERT OR IGNORE INTO events VALUES (NULL, ?, ?, ?, ?)", row)


def _execute(db: sqlite3.Connection, statements: str) -> None:
    """Execute them within a transaction, which `executescript` would end."""
    for statement in statements.split(";"):
        db.execute(statement)


def columns(result: SubmissionResult) -> tuple[bytes, bytes]:
    """The columns `brief` and `result`."""
    brief_data, data = (zlib.compress(msgspec.json.encode(one), 1) for one in (brief(result), result))
    return brief_data, data


def now() -> str:
    """The time as the gradebook keeps it: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
