"""Disturbances of a run: a full disk, missing rights, a clock that jumps, a second ^C."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
from datetime import datetime, tzinfo
from pathlib import Path

import pytest

from .grader.runs import alive, judged, times_kept, wait_until_gone
from .tiny import (
    DOUBLE,
    ENDLESS,
    GRADE,
    HALF,
    NEGATE,
    ROOT,
    grade,
    grades,
    notebook,
    records,
    running,
    temporary,
    write_assignment,
    write_class,
)

pytestmark = pytest.mark.bwrap

Capture = pytest.CaptureFixture[str]

RIGHT = notebook(DOUBLE, NEGATE)


# The disk -------------------------------------------------------------------------------------------------------

# Runs inside a small disk of its own: `grade` again and again, each time with so much room left, at last with enough.
# Each run is a fork, which has torch already.
SMALL_DISK = """
import os, shutil, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from grader import cli
from grader.run import class_run

out, kept = Path(sys.argv[1]), Path(sys.argv[2])
for room in (None if word == "all" else int(word) for word in sys.argv[3].split(",")):
    filler = out / "filler"
    if room is None:
        filler.unlink()
    else:
        with filler.open("ab", buffering=0) as stream:
            try:
                while True:
                    stream.write(bytes(4096))
            except OSError:
                os.truncate(filler, max(filler.stat().st_size - room, 0))
    sys.stdout.flush()
    if (pid := os.fork()) == 0:
        os.dup2(1, 2)
        sys.argv = ["grade", *sys.argv[4:]]
        try:
            cli.main()
        except SystemExit as ended:
            sys.stdout.flush()
            os._exit(ended.code)
    print("status", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), "\\n=====", flush=True)
shutil.copytree(out, kept)
"""


FULL = "(database or disk is full|disk I/O error|No space left on device)"


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """With too little room: one sentence and status 2. With enough room the same command finishes the run."""
    folder = write_class(tmp_path / "class", a=RIGHT, b=notebook(DOUBLE, HALF), c=b"no notebook", d=RIGHT, e=RIGHT)
    out, kept = tmp_path / "out", tmp_path / "kept"
    out.mkdir()
    rooms = ("0", "30000", "90000", "200000", "all")
    table = write_assignment(tmp_path / "table")
    argv = (folder, "--assignment", table, "--out", out, "--lanes", "1", "--lang", "en")
    ran = subprocess.run(
        ["bwrap", "--dev-bind", "/", "/", "--size", str(4 * 2**20), "--tmpfs", out, "--chdir", ROOT, "--",
         sys.executable, "-c", SMALL_DISK, out, kept, ",".join(rooms), *argv],
        env=os.environ | {"TMPDIR": str(temporary(folder))}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    *full, last = ran.stdout.split("=====")[: len(rooms)]
    for said in full:
        assert "status 2" in said, ran.stdout
        assert re.search(rf"^grade: cannot (use|write) \S+ \({FULL}\): make room on the disk", said, re.MULTILINE), said
        assert "Traceback" not in said
    assert "status 1" in last
    assert any(re.search(r"^\[[2-5]/5\]", said, re.MULTILINE) for said in full), "no run came to its middle"
    assert [row["total"] for row in grades(kept).values()] == ["5", "2", "", "5", "5"]
    assert set(times_kept(kept).values()) == {1}
    assert not [file for file in kept.rglob(".*") if file.is_file()]


@pytest.mark.parametrize("what", ["out", "out/students", "room/out"])
def test_a_read_only_folder_is_said(capsys: Capture, tmp_path: Path, what: str) -> None:
    """A read-only folder, before or after the first run: one sentence that names it, status 2, nothing changed."""
    folder = write_class(tmp_path / "class", a=b"no notebook")
    (tmp_path / "room").mkdir()
    out = tmp_path / ("room/out" if "room" in what else "out")
    argv = [folder, "--assignment", write_assignment(tmp_path / "table"), "--out", out]
    before: dict[Path, bytes] = {}
    closed = tmp_path / "room"
    if "room" not in what:
        assert grade(capsys, *argv).status == 1
        before = {file: file.read_bytes() for file in (out / "students").iterdir()}
        write_class(folder, a=b"", b=b"")
        closed = tmp_path / what
    ran = subprocess.run(
        ["bwrap", "--dev-bind", "/", "/", "--ro-bind", closed, closed, "--", GRADE, *argv],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 2
    said = ran.stderr.strip()
    assert re.fullmatch(r"grade: cannot (use|write) \S+ \(.*\): make its folder writable or choose another --out", said)
    assert str(closed) in said
    assert {file: file.read_bytes() for file in before} == before


# The clock ------------------------------------------------------------------------------------------------------


class Jumping(datetime):
    """A wall clock that shows an unrelated time at each call."""

    rng = random.Random(1)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.fromtimestamp(cls.rng.choice([0, 2**31, 4e9, 1.7e9]), tz)


def test_a_clock_that_jumps_changes_nothing(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1970 after 2096: the last graded result counts, unchanged results are kept, and no limit is reached."""
    for module in ("run.class_run", "judging.submission", "run.gradebook_tables"):
        monkeypatch.setattr(f"grader.{module}.datetime", Jumping)
    monkeypatch.setattr("time.time", lambda: Jumping.now().timestamp())
    folder = write_class(tmp_path / "class", a=RIGHT, b=RIGHT)
    out = tmp_path / "out"
    run = (folder, "--assignment", write_assignment(tmp_path / "table"), "--out", out, "--lanes", "1")
    assert judged(grade(capsys, *run).out) == 2
    write_class(folder, a=notebook(DOUBLE, HALF))
    assert judged(grade(capsys, *run).out) == 1
    assert judged(grade(capsys, *run).out) == 0
    assert {name: row["total"] for name, row in grades(out).items()} == {"a": "2", "b": "5"}
    assert {str(record["graded_at"])[:4] for record in records(out).values()} <= {"1970", "2023", "2038", "2096"}


def test_limits_do_not_look_at_the_wall_clock() -> None:
    """The grader reads the time of day only to write it down."""
    sources = {file: file.read_text() for file in (ROOT / "grader").rglob("*.py")}
    assert [file.name for file, text in sources.items() if re.search(r"\btime\.time\(|from time ", text)] == []
    now = {file.name for file, source in sources.items() if "datetime.now" in source or "utcnow" in source}
    assert now == {"class_run.py", "submission.py", "gradebook_tables.py", "in_terminal.py", "export.py"}


# Being stopped --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signals", [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGINT)])
def test_a_second_stop_does_not_wait(tmp_path: Path, signals: tuple[int, int]) -> None:
    """After the first ^C the run waits for a silent judge. A second ^C ends the run: one sentence, status 130."""
    folder = write_class(tmp_path / "class", a=notebook(ENDLESS), b=RIGHT, c=notebook(DOUBLE, HALF))
    out = tmp_path / "out"
    argv = (folder, "--assignment", write_assignment(tmp_path / "table"), "--out", out, "--lanes", "2", "--lang", "en")
    with running(*argv) as process:
        process.until("[2/3]")
        deaf, other = process.judges()
        os.kill(deaf, signal.SIGSTOP)
        os.kill(process.process.pid, signals[0])
        while alive(other):  # it ends while the main process is stopping and waits for the judge that does not answer
            pass
        os.kill(process.process.pid, signals[1])
        said = process.end()
        wait_until_gone([deaf, other])
    assert said.status == 130
    assert said.out.count("Stopped. Finished results are kept; run the same command again to continue.") == 1
    assert "Traceback" not in said.out
    assert set(times_kept(out)) == {"b", "c"}
