"""The levels report whether they work, and each one's command is correct."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from grader.errors import SandboxUnavailable
from grader.sandbox import levels
from grader.sandbox.inside import landlock
from grader.sandbox.lane import Lane
from grader.sandbox.levels import OWN_FOLDER, Level, available, choose, command, environment, readable
from grader.sandbox.limits import Limits

from .programs import SHORT, called, started


@pytest.fixture
def without_bwrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels.shutil, "which", lambda name: None)


@pytest.fixture
def without_landlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "version", lambda: 0)


@pytest.mark.usefixtures("without_bwrap")
def test_a_missing_bubblewrap_is_named_with_its_remedy() -> None:
    """Without the program, the level does not work, and the reason names the command that installs it."""
    found = available(Level.BWRAP)
    assert (found.works, found.remedy) == (False, "apt-get install bubblewrap")


def test_a_bubblewrap_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is bubblewrap's own message when it may not make namespaces."""
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: no permission' >&2\nexit 1\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(levels.shutil, "which", lambda name: str(fake))
    found = available(Level.BWRAP)
    assert not found.works
    assert "bwrap: no permission" in found.reason


@pytest.mark.usefixtures("without_bwrap")
def test_the_strongest_level_that_works_is_chosen() -> None:
    """Without bubblewrap the strongest level is Landlock, where the kernel has it."""
    if not available(Level.LANDLOCK).works:
        pytest.skip("no Landlock here")
    assert choose() is Level.LANDLOCK
    assert choose(Level.NONE) is Level.NONE


@pytest.mark.usefixtures("without_bwrap", "without_landlock")
def test_without_any_level_there_is_one_sentence() -> None:
    """The sentence names the reasons, the command that helps, and the way to run without isolation."""
    with pytest.raises(
        SandboxUnavailable, match=r"(?s)bubblewrap.*Landlock.*apt-get install bubblewrap.*--sandbox none"
    ):
        choose()
    with pytest.raises(SandboxUnavailable):
        choose(Level.LANDLOCK)


def test_only_python_and_the_system_are_readable() -> None:
    """Neither the project nor home is bound, nor any folder that contains them."""
    project = OWN_FOLDER.parents[1]
    for path in readable():
        assert not project.is_relative_to(path), path
        assert not Path.home().is_relative_to(path), path
    assert any(Path(sys.prefix).is_relative_to(path) for path in readable())


def test_nothing_of_ours_is_in_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The worker's environment is built from scratch, not inherited."""
    monkeypatch.setenv("TOKEN", "secret")
    for level in Level:
        assert "secret" not in environment(level, tmp_path).values()


def test_bwrap_gets_every_flag_that_was_needed(tmp_path: Path) -> None:
    """Each of these flags has stopped an attack; none may get lost."""
    argv = command(Level.BWRAP, 5, Limits(), folder=tmp_path)
    flags = ["--unshare-all", "--disable-userns", "--as-pid-1", "--die-with-parent", "--new-session"]
    assert set(flags) <= set(argv)
    assert argv[argv.index("--cap-drop") + 1] == "ALL"


def test_a_worker_that_does_not_start_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's last line is in the error."""
    monkeypatch.setattr(
        "grader.sandbox.lane.command", lambda *a, **k: [sys.executable, "-c", "raise SystemExit('no torch')"]
    )
    with Lane(Level.NONE) as lane, pytest.raises(SandboxUnavailable, match="no torch"):
        lane.wait_ready()


@pytest.mark.bwrap
def test_an_interpreter_below_tmp_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout in a temporary folder works: its files are there, and students write to another folder."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder, "marker").write_text("seen")
        found = [*levels.readable(), Path(folder)]
        monkeypatch.setattr(levels, "readable", lambda: found)
        marker = f"{folder}/marker"
        writes = "import tempfile\ndef look():\n    open(tempfile.mkstemp()[1], 'w').write('x')\n"
        source = f"{writes}    return open({marker!r}).read()"
        with Lane(Level.BWRAP, SHORT) as lane:
            for _ in range(2):
                assert called(started(lane, source), "look") == "seen"
            assert lane.end().cpu_s > 0


STARTS = """
import sys
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level, available
from grader.sandbox.lane_without_fork import OwnLane

def started(lane):
    with lane:
        lane.begin()

for level in Level:
    if available(level).works:
        started(Lane(level))
        print(level)
started(OwnLane())
print("own")
"""


def test_a_relative_path_to_python_is_enough(tmp_path: Path) -> None:
    """Inside a sandbox the folder that the path is relative to does not exist."""
    relative = os.path.relpath(sys.executable, tmp_path)
    ran = subprocess.run([relative, "-c", STARTS], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == [*(level for level in Level if available(level).works), "own"]


def test_the_link_of_a_virtual_environment_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The link leads to the Python that made the environment, which knows none of the environment's packages."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setattr("sys.executable", f"{tmp_path}/elsewhere/../bin/python")
    for level in Level:
        assert f"{tmp_path}/bin/python" in command(level, 5, Limits(), folder=tmp_path)
