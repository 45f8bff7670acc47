"""Lanes that outlive a check, and `grade check` in this process: the start of a lane takes longer than most checks."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from grader import cli
from grader.sandbox.lane import Lane
from grader.self_check import check
from grader.self_check.recorded_assignment import Released

Check = Callable[..., "CompletedProcess[str]"]


@dataclass
class Kept:
    """A lane that stays open when a check ends."""

    lane: Lane

    def __getattr__(self, name: str) -> Any:
        return getattr(self.lane, name)

    def close(self) -> None:
        self.lane.end()


@pytest.fixture(scope="module")
def lanes() -> Iterator[dict[object, Kept]]:
    found: dict[object, Kept] = {}
    yield found
    for kept in found.values():
        kept.lane.close()


@pytest.fixture
def kept_lanes(lanes: dict[object, Kept], monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks with the same level, limits and files share a lane."""

    def lane(found: Released, warm: bool, fork: bool) -> Kept:
        a = found.assignment
        key = check.strongest(), a.limits, a.preload, a.data_files
        if key not in lanes:
            sources = found.judge().sources()
            lanes[key] = Kept(Lane(*key[:2], preload=a.preload, sources=sources, files=a.data_files))
        return lanes[key]

    monkeypatch.setattr(check, "_lane", lane)


@pytest.fixture
def check_here(
    kept_lanes: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Check:
    """`grade check` in the notebook's folder, in this process: its status and output."""

    def run(notebook: Path, *arguments: str, **environment: str) -> CompletedProcess[str]:
        before = signal.getsignal(signal.SIGTERM)
        with monkeypatch.context() as patch:
            patch.chdir(notebook.parent)
            patch.setattr("sys.argv", ["grade", "check", notebook.name, *arguments])
            for name, value in {"LC_ALL": "C.UTF-8", "COLUMNS": "80", **environment}.items():
                patch.setenv(name, value)
            capsys.readouterr()
            try:
                with pytest.raises(SystemExit) as ended:
                    cli.main()
            finally:
                signal.signal(signal.SIGTERM, before)
        said = capsys.readouterr()
        return CompletedProcess([], ended.value.code, said.out, said.err)

    return run
