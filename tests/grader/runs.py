"""Helpers that read the output of a run of `grade` and the files that it leaves."""

from __future__ import annotations

import re
import sqlite3
import time
from pathlib import Path


def judged(out: str) -> int:
    """The number of submissions that a run says it judged."""
    found = re.search(r", (\d+) judged now", out)
    assert found is not None, out
    return int(found[1])


def times_kept(out: Path) -> dict[str, int]:
    """The number of results that the gradebook keeps of each slug."""
    with sqlite3.connect(out / "gradebook.sqlite") as book:
        return dict(book.execute("SELECT slug, count(*) FROM results GROUP BY slug"))


def alive(pid: int) -> bool:
    """Whether this process can still do anything; a process that has ended may wait for its parent to notice."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until_gone(pids: list[int]) -> None:
    """Return when none of these processes is alive; fail after half a minute."""
    deadline = time.monotonic() + 30
    while left := [pid for pid in pids if alive(pid)]:
        assert time.monotonic() < deadline, f"still there: {left}"
