"""After kill -9 of any process at any moment, the next run finishes the work and leaves no trace of the kill."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pkgutil
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from grader import cli
from grader.run.gradebook import Gradebook
from grader.run.marks import Mark

from .tiny import (
    DOUBLE,
    HALF,
    NEGATE,
    Running,
    Said,
    grade,
    notebook,
    records,
    running,
    write_assignment,
    write_class,
)

pytestmark = [pytest.mark.bwrap, pytest.mark.timeout(3600)]

KILLS = 51 if os.environ.get("GRADER_NIGHTLY") else 6
SEED = int(os.environ.get("GRADER_SEED", "1"))
# In each round one process of each kind is killed, in this order.
VICTIMS = ("worker", "judge", "main")
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
SALT = "0123456789abcdef"
TIMES = {"graded_at", "cpu_seconds"}
Capture = pytest.CaptureFixture[str]
GONE_S = 30  # ending takes milliseconds; a loaded machine is slow

RIGHT = notebook(DOUBLE, NEGATE)
SLIP = notebook(DOUBLE, HALF)
PRINTS = notebook("def double(t):\n    print('called')\n    return 2 * t\n", NEGATE)
CLASS = dict(a=RIGHT, b=SLIP, c=b"no notebook", d=PRINTS, e=RIGHT, f=notebook(DOUBLE), g=SLIP, h=RIGHT)


@dataclass(frozen=True)
class Room:
    """A class, its assignment, and the files of an undisturbed run."""

    folder: Path
    table: Path
    level: str
    expected: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0  # from the first line to the end

    def argv(self, out: Path, lanes: str = "2") -> tuple[str | Path, ...]:
        run = (self.folder, "--assignment", self.table, "--out", out, "--lanes", lanes)
        return (*run, "--lang", "en", "--sandbox", self.level)



@pytest.fixture(scope="module", params=["bwrap", pytest.param("landlock", marks=pytest.mark.nightly)])
def room(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Room:
    home = tmp_path_factory.mktemp("kills")
    folder, table = write_class(home / "class", **CLASS), write_assignment(home / "table")
    out = prepared(home / "undisturbed")
    with running(*Room(folder, table, request.param).argv(out)) as process:
        process.until(" submissions")
        began = time.monotonic()
        assert process.end().status == 1  # c cannot be read
    return Room(folder, table, request.param, left_in(out), time.monotonic() - began)


def prepared(out: Path) -> Path:
    """An output folder in which a person has written and the salt is known, before anything is graded."""
    with Gradebook(out / "gradebook.sqlite") as book:
        book.mark("a", "2a", 1.0, "well said")
    with sqlite3.connect(out / "gradebook.sqlite") as db:
        db.execute("INSERT INTO facts VALUES ('salt', ?)", (SALT,))
    return out


def left_in(out: Path) -> dict[str, Any]:
    """All results of a run, without times: the rows, the JSON, and how often each submission was graded."""
    for file in (out / "results").iterdir():
        assert (out / "students" / f"{file.stem}.html").is_file()
    assert not [file for file in out.rglob(".*") if file.is_file()]
    with sqlite3.connect(out / "gradebook.sqlite") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        graded = dict(db.execute("SELECT slug, count(*) FROM results GROUP BY slug"))
    assert set(graded.values()) == {1}
    return {
        "rows": (out / "grades.csv").read_text(),
        "graded": graded,
        "results": {who: {k: v for k, v in r.items() if k not in TIMES} for who, r in records(out).items()},
    }


# Processes ------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def adopted() -> Iterator[None]:
    """A process that loses its parent becomes a child of this process, so that it cannot hide."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    before = set(children(os.getpid()))
    yield
    strays = set(children(os.getpid())) - before
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    for pid in strays:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def children(pid: int) -> list[int]:
    try:
        return [int(c) for task in Path(f"/proc/{pid}/task").iterdir() for c in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def below(pid: int) -> list[int]:
    """All processes below this one."""
    found = children(pid)
    return found + [deeper for child in found for deeper in below(child)]


def no_stray_stays(known: set[int]) -> None:
    """Return when only the known processes are below this one; fail after a while."""
    deadline = time.monotonic() + GONE_S
    while left := set(children(os.getpid())) - known:
        for pid in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        assert time.monotonic() < deadline, {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in left}


def victim(process: Running, kind: str, rng: random.Random) -> int | None:
    """The main process, one of its judges, or a process below a judge: a sandbox or what runs in it."""
    main = process.process.pid
    judges = children(main)
    choice = {"main": [main], "judge": judges, "worker": [pid for judge in judges for pid in below(judge)]}[kind]
    return rng.choice(choice) if choice else None


def kill(process: Running, kind: str, rng: random.Random) -> bool:
    """Whether there was one to kill."""
    pid = victim(process, kind, rng)
    if pid is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


# At random moments ----------------------------------------------------------------------------------------------


def test_kills_at_random_moments(room: Room, tmp_path: Path, capsys: Capture) -> None:
    """A worker, a judge and the main process of a run are killed. The next run leaves no trace of that."""
    rng = random.Random(SEED)
    killed: Counter[str] = Counter()
    rounds = 0  # on a slow machine a run may end before anything was killed
    while killed.total() < KILLS:
        rounds += 1
        out = prepared(tmp_path / f"out{rounds}")
        known = set(children(os.getpid()))
        moments = sorted(rng.uniform(0, room.seconds) for _ in VICTIMS)
        with running(*room.argv(out)) as process:
            process.until(" submissions")
            began = time.monotonic()
            for moment, kind in zip(moments, VICTIMS, strict=True):
                time.sleep(max(began + moment - time.monotonic(), 0))
                if kind == "main":
                    with Gradebook(out / "gradebook.sqlite") as book:
                        book.mark("b", "2a", 0.5, f"written in round {rounds}")
                while process.process.poll() is None:
                    if kill(process, kind, rng):
                        killed[kind] += 1
                        break
                    time.sleep(0.001)  # there is none yet, or none left
            process.process.wait()
            no_stray_stays(known)
        said = grade(capsys, *room.argv(out))
        assert said.status == 1, said.out
        assert "Traceback" not in said.out + said.err
        check(room, out, f"written in round {rounds}", said)
        no_stray_stays(known)
    with capsys.disabled():
        print(f"\n{room.level}: killed {dict(killed)} with seed {SEED}; the work of a run takes {room.seconds:.1f} s")


def check(room: Room, out: Path, comment: str, said: Said) -> None:
    """The files equal those of the undisturbed run, except for the mark that a person gave in between."""
    with Gradebook(out / "gradebook.sqlite") as book:
        assert book.marks("a")["2a"] == Mark(1.0, "well said", book.marks("a")["2a"].changed)
        assert book.marks("b")["2a"] == Mark(0.5, comment, book.marks("b")["2a"].changed)
    found, expected = left_in(out), room.expected
    assert found["graded"] == expected["graded"]
    for who, result in found["results"].items():
        if who == "b":
            assert result["questions"][1]["comment"] == comment
            assert result["total"] == expected["results"]["b"]["total"] + 0.5
        else:
            assert result == expected["results"][who], said.out


# In the middle of writing ---------------------------------------------------------------------------------------

# Each is a place in the grader's code. The main process kills itself when it first reaches that place.
PLACES = {
    "before a result is committed": ("grader.run.gradebook.Gradebook._next_turn", "after"),
    "after it is committed, before its page": ("grader.run.class_run.publish", "before"),
    "in the middle of a file": ("pathlib.Path.open", "half"),
    "before a file is put in its place": ("grader.files.os.replace", "before"),
    "between JSON and page": ("grader.run.outputs.render_student", "before"),
    "before the class page": ("grader.run.class_run.write_class", "before"),
    "before the run is closed": ("grader.run.gradebook.Gradebook.finish_run", "before"),
}


def half_written(stream: Any) -> Any:
    """A file to which only half a piece is written, if it is opened to write bytes."""

    def dies(piece: bytes) -> None:
        write(piece[: len(piece) // 2])
        stream.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    if stream.mode == "wb":
        write, stream.write = stream.write, dies
    return stream


def dies_at(where: str, when: str, argv: tuple[str | Path, ...]) -> int:
    """The wait status of a `grade` that ends itself there; a fork of this process, which has torch already."""
    pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1]
    try:
        owner, _, name = where.rpartition(".")
        place = pkgutil.resolve_name(owner)
        real = getattr(place, name)

        def dies(*args: Any, **kwargs: Any) -> Any:
            if when == "half":
                return half_written(real(*args, **kwargs))
            if when == "after":
                real(*args, **kwargs)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(place, name, dies)
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDWR), 1)
        sys.argv = ["grade", *map(str, argv)]
        cli.main()
    finally:
        os._exit(99)  # not reached


def test_kills_in_the_middle_of_writing(room: Room, tmp_path: Path, capsys: Capture) -> None:
    """In one folder each run dies at one of these places, and the last run finds no damage."""
    out = prepared(tmp_path / "out")
    known = set(children(os.getpid()))
    for place, (where, when) in PLACES.items():
        assert os.WTERMSIG(dies_at(where, when, room.argv(out, lanes="1"))) == signal.SIGKILL, place
        no_stray_stays(known)
    assert grade(capsys, *room.argv(out)).status == 1
    assert left_in(out) == room.expected
