"""The gradebook keeps every saved result, even after crashes."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from grader.errors import UsageError
from grader.messages import say
from grader.results import Finding, QuestionResult, Status, SubmissionResult, Text, Verdict, brief, to_json
from grader.run import gradebook_tables
from grader.run.gradebook import Gradebook, Known, grader_fingerprint, key
from grader.run.marks import Event, Mark

ROOT = Path(__file__).parents[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "reports" / "gradebook.sqlite"


@pytest.fixture
def book(path: Path) -> Iterator[Gradebook]:
    with Gradebook(path) as opened:
        yield opened


def result(key: str, student: str = "Ana", total: float = 1.0) -> SubmissionResult:
    finding = Finding(Verdict.FAILED, say("off by {gap}", gap=0.5), compared=3, result="dL_dU")
    question = QuestionResult("1b", Text(es="Pérdida"), 0.5, 1.25, findings=(finding,))
    return SubmissionResult(student, "a.ipynb", Status.GRADED, "tarea2", "es", (question,), total, key=key)


def grade_elsewhere(path: Path, code: str) -> subprocess.Popen[str]:
    """Another process that has this gradebook as `book`, past its first printed line."""
    source = "from pathlib import Path; from grader.run.gradebook import Gradebook\n"
    source += f"book = Gradebook(Path({str(path)!r}))"
    process = subprocess.Popen(
        [sys.executable, "-c", f"{source}\n{code}"],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_result_is_found_by_its_key(book: Gradebook) -> None:
    """A saved result comes back equal; another key finds nothing."""
    book.save("ana", result("k1"))
    assert book.load("ana", "k1") == result("k1")
    assert book.load("ana", "k2") is None


def test_a_result_without_a_key_is_a_mistake(book: Gradebook) -> None:
    """A result without a key could never be found again."""
    with pytest.raises(ValueError, match="ana has no key"):
        book.save("ana", result(""))


def test_a_result_that_cannot_be_read_back_is_a_mistake(book: Gradebook) -> None:
    """Such a result is refused when it is saved, and not lost when it is loaded."""
    odd = replace(result("k1"), student=None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="ana cannot be read back"):
        book.save("ana", odd)
    assert book.all() == {}


def test_the_last_result_of_a_student_is_current(book: Gradebook) -> None:
    """A new attempt replaces the old one and no other student's."""
    book.save("ana", result("k1"))
    book.save("beto", result("k2", "Beto"))
    book.save("ana", result("k3", total=2.0))
    assert {slug: r.key for slug, r in book.all().items()} == {"ana": "k3", "beto": "k2"}
    assert list(book.current(["beto", "nobody", "ana"])) == ["beto", "ana"]


def test_going_back_makes_the_old_result_current(book: Gradebook) -> None:
    """A student who hands in the first version again has the first result again."""
    for k in ("k1", "k2", "k3"):
        book.save("ana", result(k))
    assert book.load("ana", "k1") == result("k1")
    assert book.all()["ana"].key == "k1"
    book.load("ana", "k1")
    book.load("ana", "k3")
    assert book.all()["ana"].key == "k3"


def test_saving_again_replaces(book: Gradebook) -> None:
    """The second result of a key counts."""
    book.save("ana", result("k1", total=1.0))
    book.save("ana", result("k1", total=2.0))
    assert book.all() == {"ana": result("k1", total=2.0)}


def test_marks_survive_forgotten_results(book: Gradebook) -> None:
    """Starting over forgets results; marks and comments of people stay."""
    book.save("ana", result("k1"))
    book.mark("Ana", "1a", 0.25, "buena derivación")
    book.mark("Ana", "4d", None, "¿y los gráficos?")
    book.mark("Ana", "1a", 0.2, "revisado")
    book.forget_results()
    assert book.load("ana", "k1") is None
    assert book.all() == {}
    marks = book.marks("Ana")
    assert (marks["1a"].points, marks["1a"].comment) == (0.2, "revisado")
    assert (marks["4d"].points, marks["4d"].comment) == (None, "¿y los gráficos?")
    assert book.marks("Beto") == {}


def test_marks_are_added_and_never_changed(book: Gradebook) -> None:
    """Every event stays, in order; SQLite refuses to change or delete one; an act that arrives twice counts once."""
    book.record([Event("Ana", "1a", marker="Eva", points=Decimal("0.1"), act="x")])
    book.record([Event("Ana", "1a", marker="Eva", points=Decimal("0.1"), act="x")])
    book.record([Event("Ana", "1a", marker="Leo", points=Decimal("0.2"))])
    assert [(e.marker, str(e.points)) for e in book.events()] == [("Eva", "0.1"), ("Leo", "0.2")]
    assert all(e.at for e in book.events())
    for change in ("UPDATE events SET question = '1b'", "UPDATE events SET event = x'00'", "DELETE FROM events"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            book._db.execute(change)


def known(student: str, *traces: str) -> Known:
    return Known(student, student.lower(), frozenset(traces))


def test_what_is_recorded_follows_a_student_to_a_new_name(book: Gradebook) -> None:
    """A roster that joins two names gets what is recorded under both; the newer mark of a question counts."""
    assert book.meet([known("ana", "canvas 1"), known("arojas", "github arojas"), known("Beto", "b")]) == []
    for slug in ("ana", "arojas", "beto"):
        book.save(slug, result(f"k-{slug}", slug.replace("b", "B")))
        book.mark(slug.replace("b", "B"), "1a", 0.5, slug)
    book.mark("ana", "4d", 1.0)
    names = [known("Ana", "canvas 1", "github arojas", "id 7"), known("Beto", "b")]
    assert book.meet(names) == ["arojas"]
    assert {q: m.points for q, m in book.marks("Ana").items()} == {"1a": 0.5, "4d": 1.0}
    assert book.marks("arojas") == book.marks("ana") == {}
    assert {r.student for r in book.all().values()} == {"Ana", "Beto"}
    assert book.load("ana", "k-arojas") == replace(result("k-arojas", "Ana"), slug="ana")
    assert book.meet(names) == []
    assert book.meet([known("Ana R", "id 7")]) == ["ana"]  # a name that was corrected
    assert set(book.marks("Ana R")) == {"1a", "4d"}
    assert set(book.marks("Beto")) == {"1a"}


def test_students_who_change_places_keep_their_own_marks(book: Gradebook) -> None:
    """The name that one student had may be another's now; a stranger of that name gets nothing."""
    book.meet([known("Ana", "1"), known("Beto", "2"), known("Carla", "3")])
    book.mark("Ana", "1a", 0.1)
    book.mark("Beto", "1a", 0.2)
    book.mark("Carla", "1a", 0.3)
    book.meet([known("Beto", "1"), known("Ana", "2"), known("Carla P", "3"), known("Carla", "4")])
    found = {name: [m.points for m in book.marks(name).values()] for name in ("Ana", "Beto", "Carla", "Carla P")}
    assert found == {"Ana": [0.2], "Beto": [0.1], "Carla": [], "Carla P": [0.3]}


def test_the_salt_is_drawn_once(path: Path, tmp_path: Path) -> None:
    """A gradebook keeps its salt even when its results are forgotten; another gradebook has another salt."""
    with Gradebook(path) as book:
        salt = book.salt()
        book.forget_results()
    with Gradebook(path) as again, Gradebook(tmp_path / "other.sqlite") as other:
        assert again.salt() == salt
        assert other.salt() != salt
    assert len(salt) == 32


def test_runs_are_logged(book: Gradebook, path: Path) -> None:
    """A run that was killed has no end, and the next one is not confused by it."""
    book.start_run("grade a/", "bwrap", "s")
    book.finish_run(book.start_run("grade b/", "landlock", "s"), {"graded": 3, "unreadable": 1})
    with contextlib.closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT command, sandbox, started, finished, counts FROM runs ORDER BY id").fetchall()
    assert [row[:2] for row in rows] == [("grade a/", "bwrap"), ("grade b/", "landlock")]
    assert [(bool(started), bool(finished)) for *_, started, finished, _ in rows] == [(True, False), (True, True)]
    assert [json.loads(counts) for *_, counts in rows] == [{}, {"graded": 3, "unreadable": 1}]


def test_the_key_depends_on_each_part() -> None:
    """A change of any part changes the key; the order of settings does not."""
    base = ("s", "a", "g", {"only": ["1b"], "device": "cpu"})
    keys = [
        key(*base),
        *(key(*base[:i], "x", *base[i + 1 :]) for i in range(3)),
        key(*base[:3], {"only": []}),
    ]
    assert len(set(keys)) == len(keys)
    assert key(*base) == key("s", "a", "g", {"device": "cpu", "only": ["1b"]})
    assert key("ab", "c", "g", {}) != key("a", "bc", "g", {})


def test_the_fingerprint_names_the_versions() -> None:
    """The fingerprint is readable and stays the same within a process."""
    assert "torch2." in grader_fingerprint()
    assert grader_fingerprint() is grader_fingerprint()


def test_a_gradebook_is_made_whole_or_not_at_all(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If making it fails half-way, the next attempt finds an empty file and completes it."""
    with monkeypatch.context() as patched:
        patched.setattr(gradebook_tables, "TABLES", gradebook_tables.TABLES + "CREATE NONSENSE")
        with pytest.raises(UsageError):
            Gradebook(path)
    with Gradebook(path) as book:
        assert book.all() == {}


def test_a_newer_gradebook_is_refused(path: Path) -> None:
    """A file of a newer schema stays unchanged, and a sentence says why."""
    Gradebook(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(UsageError, match="newer version of the grader: update"):
        Gradebook(path)


def test_a_gradebook_of_an_earlier_version_keeps_its_grades(path: Path) -> None:
    """Version 1 called the grade `note`; remarks with that word in them stay as they are."""
    remark = say('line "x": "note": {said}', said='\n "note": 1')
    kept = replace(result("k1"), grade=5.5, notes=(remark,))
    with Gradebook(path) as book:
        book.save("ana", kept)
        book.save("beto", replace(result("k2", "Beto"), grade=None))
    as_version_1(path)
    with Gradebook(path) as book:
        assert book.current(["ana"]) == {"ana": kept}
        assert book.load("ana", "k1") == kept
        assert book.all()["beto"].grade is None
        assert book.marks("Ana")["1b"] == Mark(0.5, "bien", "2026-01-01T00:00:00+00:00")
        book.save("ana", result("k3"))
    with Gradebook(path) as again:
        assert again.load("ana", "k1") == kept


def test_results_of_version_4_are_read_whole_and_in_brief(path: Path) -> None:
    """Version 4 kept plain JSON, and no brief results for the tables of a class."""
    passed = Finding(Verdict.PASSED, say("right"), compared=3)
    question = QuestionResult("1a", Text("A"), 1.0, 1.0, findings=(passed, replace(passed, verdict=Verdict.FAILED)))
    kept = replace(result("k1"), questions=(question,), output="printed")
    with Gradebook(path) as book:
        book.save("ana", kept)
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE results DROP COLUMN brief")
        db.execute("UPDATE results SET result = ?", (to_json(kept),))
        db.execute("PRAGMA user_version = 4")
    db.close()
    with Gradebook(path) as book:
        assert book.newest("ana") == book.load("ana", "k1") == kept
        assert book.newest("ana", whole=False) == book.load("ana", "k1", whole=False) == brief(kept) != kept


def as_version_1(path: Path) -> None:
    """Write the results as version 1 did."""
    with sqlite3.connect(path) as db:
        for key, data in db.execute("SELECT key, result FROM results").fetchall():
            data = msgspec.json.format(zlib.decompress(data), indent=1)
            assert data.count(b'\n "grade": ') == 1
            db.execute("UPDATE results SET result = ? WHERE key = ?", (data.replace(b' "grade": ', b' "note": '), key))
        db.execute("CREATE TABLE marks (student TEXT, question TEXT, points REAL, comment TEXT, changed TEXT)")
        db.execute("INSERT INTO marks VALUES ('Ana', '1b', 0.5, 'bien', '2026-01-01T00:00:00+00:00')")
        db.execute("DROP TABLE events")
        db.execute("DROP TABLE rubrics")


        db.execute("DROP INDEX results_by_turn")
        db.execute("ALTER TABLE results RENAME TO newer")
        db.execute(
            "CREATE TABLE results (key TEXT PRIMARY KEY, slug TEXT NOT NULL, turn INTEGER NOT NULL, "
            "result BLOB NOT NULL) STRICT"
        )
        db.execute("CREATE UNIQUE INDEX results_by_turn ON results (slug, turn)")
        db.execute("INSERT INTO results SELECT key, slug, turn, result FROM newer")
        db.execute("DROP TABLE newer")
        db.execute("DROP TABLE people")
        db.execute("PRAGMA user_version = 1")
    db.close()


@pytest.mark.parametrize("content", [b"neither empty nor a database" * 30, b"SQLite format 3\0" * 99])
def test_a_file_that_is_no_gradebook_is_refused(path: Path, content: bytes) -> None:
    """The sentence names the file, and the file is not overwritten."""
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(UsageError, match="damaged or not a gradebook; move it away"):
        Gradebook(path)
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_wrong_usage(tmp_path: Path) -> None:
    """One sentence names the file that is in place of the output folder."""
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="choose another --out"):
        Gradebook(tmp_path / "out" / "gradebook.sqlite")


@pytest.mark.parametrize("already_there", [False, True])
def test_a_read_only_folder_is_wrong_usage(already_there: bool) -> None:
    """A user without permission is told so. Permissions do not bind root, so as root the test becomes another user."""
    # Not below tmp_path, which only its owner may enter.
    with tempfile.TemporaryDirectory() as folder:
        if already_there:
            Gradebook(Path(folder) / "gradebook.sqlite").close()
        os.chmod(folder, 0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            with pytest.raises(UsageError, match=r"gradebook.sqlite .*choose another --out"):
                Gradebook(Path(folder) / "gradebook.sqlite")
        finally:
            os.seteuid(user)
            os.chmod(folder, 0o755)


def test_a_full_disk_is_wrong_usage_and_loses_nothing(book: Gradebook) -> None:
    """Earlier results stay, and saving works again once there is room."""
    book.save("ana", result("k1"))
    pages = book._db.execute("PRAGMA page_count").fetchone()[0]
    book._db.execute(f"PRAGMA max_page_count = {pages}")
    large = replace(result("k2"), output=secrets.token_hex(50_000))  # which no compression makes small
    with pytest.raises(UsageError, match=r"full.*make room on the disk"):
        book.save("beto", large)
    assert book.load("ana", "k1") == result("k1")
    book._db.execute("PRAGMA max_page_count = 100000")
    book.save("beto", large)
    assert book.load("beto", "k2") == large


def test_a_failed_save_changes_nothing(book: Gradebook, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception inside a transaction undoes it and leaves the book usable."""
    book.save("ana", result("k1"))
    with pytest.raises(TypeError):
        book.save("ana", result("k2", total=object()))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        book.record([Event("Ana", "1a"), Event("Beto", "1a", points=object())])  # type: ignore[arg-type]
    assert book.events() == []
    assert list(book.all()) == ["ana"]
    book.save("ana", result("k3"))
    assert book.all()["ana"].key == "k3"


def test_what_another_version_wrote_is_made_again(book: Gradebook) -> None:
    """A result that this version cannot read is neither loaded nor listed."""
    book.save("ana", result("k1"))
    book._db.execute("UPDATE results SET result = ?", (b'{"future": true}',))
    assert book.load("ana", "k1") is None
    assert book.all() == {}


def test_a_second_grade_is_told_to_wait(path: Path) -> None:
    """While one process works on a gradebook, another is refused with the first one's number; afterwards it is not."""
    first = grade_elsewhere(path, "with book.exclusive(): print('ready', flush=True); input()")
    try:
        with Gradebook(path) as book:
            told = rf"another grade command is using .*reports \(process {first.pid}\)"
            with pytest.raises(UsageError, match=told):
                book.exclusive().__enter__()
            first.communicate("done\n")
            with book.exclusive():
                pass
    finally:
        end(first)


def test_the_lock_dies_with_its_process(path: Path) -> None:
    """A killed grade leaves no lock, even if a process that it forked lives on."""
    code = """
import os, time
with book.exclusive():
    child = os.fork()
    if child:
        print("ready", flush=True); print(child, flush=True)
    time.sleep(600)
"""
    first = grade_elsewhere(path, code)
    assert first.stdout is not None
    child = int(first.stdout.readline())
    try:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        os.kill(child, 0)  # it lives
        with Gradebook(path) as book, book.exclusive():
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        end(first)


def test_a_kill_between_saves_loses_nothing(path: Path) -> None:
    """Everything that was reported as saved is there after kill -9, whole; nothing else is."""
    code = """
import sys
from grader.results import Status, SubmissionResult
print("ready", flush=True)
for i in range(10**9):
    book.save(f"s{i}", SubmissionResult("Ana", "x" * 5000, Status.GRADED, "t", "es", key=f"k{i}"))
    print(i, flush=True)
"""
    process = grade_elsewhere(path, code)
    assert process.stdout is not None
    saved = [int(process.stdout.readline()) for _ in range(40)]
    process.kill()
    saved += [int(line) for line in process.communicate()[0].splitlines()]
    with Gradebook(path) as book:
        kept = book.all()
        assert kept.keys() >= {f"s{i}" for i in saved}
        assert len(kept) <= len(saved) + 1
        assert all(len(r.file) == 5000 for r in kept.values())
        assert book._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
