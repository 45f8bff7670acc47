"""The gradebook, a record in SQLite that survives: results of submissions, marks of people, runs."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import json
import os
import platform
import secrets
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Self

import msgspec

from .. import __version__
from ..errors import UsageError
from ..results import Status, SubmissionResult, from_json
from .disk_failures import advice, reason
from .gradebook_tables import ROW, add_event, columns, now, prepare
from .marks import Event, Item, Mark, mark_of, standings

EXPORTED = "exported "  # begins the name of a fact; a salt follows


@dataclass(frozen=True)
class Known:
    """A student of a run: the names here, and the traces by which another run knows the student again."""

    student: str
    slug: str
    traces: frozenset[str] = frozenset()


class Kept(msgspec.Struct, frozen=True):
    """The fields that decide whether a result still holds; the rest of it is not decoded."""

    status: Status
    packages: tuple[str, ...] = ()


class Results(Mapping[str, SubmissionResult]):
    """Current results by slug, as long as the gradebook is open. One is read at a time: a class may be large."""

    def __init__(self, book: Gradebook, slugs: Iterable[str], *, whole: bool) -> None:
        self._book, self._whole = book, whole
        self._slugs = dict.fromkeys(slugs)
        self._next: tuple[str, SubmissionResult] | None = None  # read by an iteration, and asked for next

    def __getitem__(self, slug: str) -> SubmissionResult:
        following, self._next = self._next, None
        if following is not None and following[0] == slug:
            return following[1]
        result = self._book.newest(slug, whole=self._whole) if slug in self._slugs else None
        if result is None:
            raise KeyError(slug)
        return result

    def __iter__(self) -> Iterator[str]:
        for slug in self._slugs:
            if (result := self._book.newest(slug, whole=self._whole)) is not None:
                self._next = (slug, result)
                yield slug

    def __len__(self) -> int:
        return sum(self._book.newest(slug, whole=False) is not None for slug in self._slugs)


@cache
def grader_fingerprint() -> str:
    """Versions of the grader, Python and torch, and a hash of the grader's code: a grade may depend on each."""
    digest = hashlib.sha256()
    folder = Path(__file__).parents[1]
    for file in sorted(folder.rglob("*.py")):
        code = file.read_bytes()
        digest.update(f"{file.relative_to(folder).as_posix()}:{len(code)}:".encode())
        digest.update(code)
    torch = importlib.metadata.version("torch")
    return f"{__version__}-{digest.hexdigest()[:16]}-python{platform.python_version()}-torch{torch}"


def key(submission: str, assignment: str, grader: str, settings: Mapping[str, object]) -> str:
    """Hex sha256 of everything that a result depends on: two digests, a fingerprint, and settings as JSON values."""
    facts = json.dumps([submission, assignment, grader, settings], sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()


class Gradebook:
    """The record of one output folder. Each method is one transaction, so that a kill leaves no half-written change.

    Every failure of the disk or the file is a UsageError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=10.0, isolation_level=None)  # we begin transactions
            try:
                self._open()
            except BaseException:
                self._db.close()
                raise

    @classmethod
    def of_report(cls, out: Path) -> Self:
        """The gradebook in the folder of a report; UsageError if there is none."""
        path = out / "gradebook.sqlite"
        if not path.is_file():
            raise UsageError(
                f"{out} contains no gradebook: run grade first, or name the folder of the report with --out"
            )
        return cls(path)

    def _open(self) -> None:
        # Readers (a page that takes marks) and one writer do not wait for each other.
        self._db.execute("PRAGMA journal_mode = WAL")
        # FULL: a finished submission survives a power cut too, for one fsync each.
        self._db.execute("PRAGMA synchronous = FULL")
        with self._transaction() as db:
            prepare(db, self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self._explained():
            self._db.close()

    def save(self, slug: str, result: SubmissionResult) -> None:
        """Keep a result under its `key`; from now on this is the current result of its slug."""
        if not result.key:
            raise ValueError(f"the result of {slug} has no key")
        data = columns(result)
        if _decoded(data[1]) is None:  # JSON has no inf, say
            raise ValueError(f"the result of {slug} cannot be read back")
        with self._transaction() as db:
            db.execute(f"INSERT OR REPLACE {ROW}", (slug, result.key, self._next_turn(slug), *data))

    def load(self, slug: str, key: str, *, whole: bool = True) -> SubmissionResult | None:
        """The slug's result of this key, from now on its current one; None if it must be computed.

        Where it need not be `whole`, it is as `results.brief` leaves it.
        """
        with self._explained():
            asked = f"SELECT turn, {_column(whole)} FROM results WHERE slug = ? AND key = ?"
            row = self._db.execute(asked, (slug, key)).fetchone()
            if row is None:
                return None
            turn, data = row
            # A student went back to an earlier version, or the settings were changed back.
            earlier = turn + 1 < self._next_turn(slug)
        if earlier:
            with self._transaction() as db:
                changed = "UPDATE results SET turn = ? WHERE slug = ? AND key = ?"
                db.execute(changed, (self._next_turn(slug), slug, key))
        return _decoded(data)

    def kept(self, slug: str, key: str) -> Kept | None:
        """What decides whether the slug's result of this key must be computed again; None if there is none."""
        with self._explained():
            row = self._db.execute("SELECT brief FROM results WHERE slug = ? AND key = ?", (slug, key)).fetchone()
        with suppress(msgspec.DecodeError, zlib.error):
            return msgspec.json.decode(zlib.decompress(row[0]), type=Kept) if row else None
        return None

    def newest(self, slug: str, *, whole: bool = True) -> SubmissionResult | None:
        """The current result of a slug; None if there is none that this version can read. `whole` is as for `load`."""
        with self._explained():
            newest = f"SELECT {_column(whole)} FROM results WHERE slug = ? ORDER BY turn DESC LIMIT 1"
            row = self._db.execute(newest, (slug,)).fetchone()
        return _decoded(row[0]) if row else None

    def current(self, slugs: Iterable[str], *, whole: bool = True) -> Results:
        """The current result of each slug that has one, in the order of `slugs`. `whole` is as for `load`."""
        recorded = set(self.slugs())
        return Results(self, (slug for slug in slugs if slug in recorded), whole=whole)

    def all(self, *, whole: bool = True) -> Results:
        """The current result of every slug, by slug; results that only another version can read are left out."""
        return Results(self, self.slugs(), whole=whole)

    def slugs(self) -> list[str]:
        """Every slug that has a result, sorted."""
        with self._explained():
            return [slug for (slug,) in self._db.execute("SELECT DISTINCT slug FROM results ORDER BY slug")]

    def history(self, slug: str) -> list[SubmissionResult]:
        """All results of a slug that are kept, the one that counts first."""
        with self._explained():
            rows = self._db.execute("SELECT result FROM results WHERE slug = ? ORDER BY turn DESC", (slug,))
            return [result for (data,) in rows if (result := _decoded(data)) is not None]

    def forget_results(self, slugs: Iterable[str] | None = None) -> None:
        """Forget the results of these slugs, or of all slugs for None; marks of people and the log of runs stay."""
        with self._transaction() as db:
            if slugs is None:
                db.execute("DELETE FROM results")
            else:
                db.executemany("DELETE FROM results WHERE slug = ?", [(slug,) for slug in slugs])

    def meet(self, people: Iterable[Known]) -> list[str]:
        """Learn who is who: marks and results of a student who has another name now are kept under that name.

        Returns the slugs that nobody has any longer.
        """
        with self._transaction() as db:
            before = {trace: (student, slug) for trace, student, slug in db.execute("SELECT * FROM people")}
            now = list(people)
            earlier = {one: {before[t] for t in one.traces if t in before} for one in now}
            # Who kept their names keeps what is recorded under them.
            stay = {(one.student, one.slug) for one, names in earlier.items() if (one.student, one.slug) in names}
            gone = {name for names in earlier.values() for name in names} - stay
            moved = [(one, *self._recorded(student, slug))
                     for one, names in earlier.items() for student, slug in sorted(names)
                     if (student, slug) != (one.student, one.slug)]  # fmt: skip
            for _, slug in gone:
                db.execute("DELETE FROM results WHERE slug = ?", (slug,))
            left = {id for student, _ in gone for id in self._events_of(student)}  # a name that others may have now
            for one, events, results in moved:
                for id in events:
                    if id in left:
                        db.execute("UPDATE events SET student = ? WHERE id = ?", (one.student, id))
                        left.discard(id)
                    else:  # that student stays, and this one was known by the same name
                        (data,) = db.execute("SELECT event FROM events WHERE id = ?", (id,)).fetchone()
                        add_event(db, replace(msgspec.json.decode(data, type=Event), student=one.student))
                for key, data in results:
                    if (result := _decoded(data)) is not None:
                        data = columns(replace(result, student=one.student, slug=one.slug))
                        db.execute(f"INSERT OR IGNORE {ROW}", (one.slug, key, self._next_turn(one.slug), *data))
            # Of somebody who is not here, what another one's name says is known no longer.
            db.executemany("DELETE FROM people WHERE student = ? OR slug = ?", [(one.student, one.slug) for one in now])
            rows = [(trace, one.student, one.slug) for one in now for trace in one.traces]
            db.executemany("INSERT OR REPLACE INTO people VALUES (?, ?, ?)", rows)
        taken = {one.slug.lower() for one in now}
        return sorted(slug for _, slug in gone if slug.lower() not in taken)

    def _recorded(self, student: str, slug: str) -> tuple[list[int], list[tuple[str, bytes]]]:
        """The events and results under these names, each in their order."""
        results = self._db.execute("SELECT key, result FROM results WHERE slug = ? ORDER BY turn", (slug,))
        return self._events_of(student), results.fetchall()

    def _events_of(self, student: str) -> list[int]:
        rows = self._db.execute("SELECT id FROM events WHERE student = ? ORDER BY id", (student,))
        return [id for (id,) in rows]

    def mark(self, student: str, question: str, points: Decimal | float | None, comment: str = "") -> None:
        """Keep a person's mark; marks survive every regrade."""
        exact = None if points is None else Decimal(str(points))
        self.record([Event(student, question, points=exact, comment=comment)])

    def record(self, events: Iterable[Event]) -> None:
        """Keep the events of one act; those of an act that was kept before are left out."""
        at, act = now(), secrets.token_hex(8)
        with self._transaction() as db:
            for event in events:
                told = replace(event, at=at, act=event.act or act, id=0)
                add_event(db, told)

    def events(self, student: str | None = None) -> list[Event]:
        """All events, or those about one student, in their order."""
        where, values = ("", ()) if student is None else (" WHERE student = ?", (student,))
        with self._explained():
            rows = self._db.execute(f"SELECT id, student, event FROM events{where} ORDER BY id", values)
            return [replace(msgspec.json.decode(data, type=Event), id=id, student=name) for id, name, data in rows]

    def marks(self, student: str) -> dict[str, Mark]:
        """The marks that count for a student, by question."""
        events = self.events(student)
        rubrics = self.rubrics() if events else {}
        found = {q: mark_of(standing, rubrics.get(q, ())) for (_, q), standing in standings(events).items()}
        return {question: mark for question, mark in sorted(found.items()) if mark is not None}

    def rubrics(self) -> dict[str, tuple[Item, ...]]:
        """The rubric items of each question as marks use them."""
        with self._explained():
            rows = self._db.execute("SELECT question, items, max(id) FROM rubrics GROUP BY question")
            return {question: msgspec.json.decode(data, type=tuple[Item, ...]) for question, data, _ in rows}

    def use_rubric(self, question: str, items: Iterable[Item], marker: str = "") -> None:
        """From now on marks of this question use these items; earlier rubrics stay in the record."""
        row = (question, marker, now(), msgspec.json.encode(tuple(items)))
        with self._transaction() as db:
            db.execute("INSERT INTO rubrics VALUES (NULL, ?, ?, ?, ?)", row)

    def remember(self, name: str, value: str) -> None:
        """Keep a fact about the last run."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def remembered(self, name: str) -> str:
        """A fact that was kept; "" if there is none."""
        with self._explained():
            row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
            return str(row[0]) if row else ""

    def salt(self) -> str:
        """The secret of the hidden cases, drawn once per gradebook, so that a second run leads to the same grades."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO facts VALUES ('salt', ?)", (secrets.token_hex(16),))
            return str(db.execute("SELECT value FROM facts WHERE name = 'salt'").fetchone()[0])

    def draw_salt(self) -> str:
        """Draw a new secret for the next round of attempts; results that are kept stay with theirs."""
        return self.set_salt(secrets.token_hex(16))

    def set_salt(self, salt: str) -> str:
        """Take this secret from now on."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO facts VALUES ('salt', ?)", (salt,))
        return self.salt()

    def salts(self) -> tuple[str, ...]:
        """The salts of earlier runs, the newest first."""
        with self._explained():
            rows = self._db.execute("SELECT salt FROM runs GROUP BY salt ORDER BY max(id) DESC")
            return tuple(salt for (salt,) in rows)

    def record_export(self, salts: Iterable[str]) -> None:
        """Record that pages of results with these salts were exported for students, who now know these cases."""
        with self._transaction() as db:
            db.executemany("INSERT OR IGNORE INTO facts VALUES (?, ?)", [(EXPORTED + salt, now()) for salt in salts])

    def exported(self, salt: str) -> str:
        """The time when pages with this salt were first exported (ISO 8601, UTC); "" if they were not."""
        with self._explained():
            row = self._db.execute("SELECT value FROM facts WHERE name = ?", (EXPORTED + salt,)).fetchone()
            return str(row[0]) if row else ""

    def start_run(self, command: str, sandbox: str, salt: str) -> int:
        """Record that a run begins; returns its number."""
        with self._transaction() as db:
            new = "INSERT INTO runs VALUES (NULL, ?, NULL, ?, ?, ?, '{}') RETURNING id"
            return int(db.execute(new, (now(), command, sandbox, salt)).fetchone()[0])

    def finish_run(self, id: int, counts: Mapping[str, int]) -> None:
        """Record that a run has ended, and the number of submissions by status."""
        with self._transaction() as db:
            facts = (now(), json.dumps(dict(counts)), id)
            db.execute("UPDATE runs SET finished = ?, counts = ? WHERE id = ?", facts)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Be the only `grade` on this gradebook; raises UsageError if another one is running."""
        with self._explained():
            lock = os.open(self.path.with_name(self.path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o666)
        try:
            with self._explained():
                self._take(lock)
            yield
        finally:
            os.close(lock)

    def _take(self, lock: int) -> None:
        try:
            # lockf and not flock: the lock dies with this process, even if its forked workers live on.
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as busy:
            who = os.read(lock, 20).decode("ascii", "replace").strip() or "unknown"
            where = f"another grade command is using {self.path.parent} (process {who})"
            raise UsageError(f"{where}: wait for it or choose another --out") from busy
        os.ftruncate(lock, 0)
        os.pwrite(lock, b"%d\n" % os.getpid(), 0)

    def _next_turn(self, slug: str) -> int:
        turns = self._db.execute("SELECT coalesce(max(turn), 0) + 1 FROM results WHERE slug = ?", (slug,))
        return int(turns.fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                # A full disk may have rolled back already.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn failures of the disk and of the file into one sentence that says what to do."""
        try:
            yield
        except sqlite3.ProgrammingError:
            raise  # a mistake in this file, or a gradebook used after `close`
        except (OSError, sqlite3.Error) as error:
            raise UsageError(f"cannot use {self.path} ({reason(error)}): {advice(error, self.path)}") from error


def _column(whole: bool) -> str:
    return "result" if whole else "brief"


def _decoded(data: bytes) -> SubmissionResult | None:
    """A result in one of these columns; None if this version cannot read it."""
    try:
        return from_json(zlib.decompress(data))
    except (msgspec.DecodeError, zlib.error):
        return None
