"""Each level, attacked by the current user and by an ordinary one; the attacks succeed without isolation."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.errors import StudentRaised
from grader.sandbox import self_attack
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level, available
from grader.sandbox.remote import RemoteProgram

from .ordinary import NOBODY, ROOT, run_as_ordinary, why_not
from .programs import started

# Everything that a careless user may pass on, and the state that student code then finds.
SCRIPT = """
import ctypes, json, os, signal, sys, tempfile
os.umask(0)
os.environ.update(TOKEN="secret", TZ="Asia/Tokyo", LC_ALL="es_CL.UTF-8", PYTHONSTARTUP="/tmp/x", LD_PRELOAD="")
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR1})
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
secret = tempfile.TemporaryFile()
os.set_inheritable(secret.fileno(), True)

LOOK = '''
import datetime, locale, os, resource, signal, stat, sys, tempfile, time
def look():
    def kind(fd):
        mode = os.fstat(fd).st_mode
        return next(n for n in ("CHR", "FIFO", "SOCK", "REG", "DIR") if getattr(stat, f"S_IS{n}")(mode))
    def opened(fd):
        try:
            return bool(os.fstat(fd))
        except OSError:
            return False  # the one with which the folder was listed
    numbers = [fd for fd in map(int, os.listdir("/proc/self/fd")) if opened(fd)]
    mask = os.umask(0)
    open("made", "w").close()
    os.unlink("made")
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        terminal = None
    return {
        "uid": os.getuid(),
        "environment": dict(os.environ),
        "descriptors": {str(n): kind(n) for n in sorted(numbers)},
        "null": os.fstat(0).st_rdev == os.stat("/dev/null").st_rdev,
        "umask": mask,
        "leads its session": os.getsid(0) == os.getpid() == os.getpgid(0),
        "terminal": terminal,
        "cwd": os.getcwd(),
        "temporary": tempfile.gettempdir(),
        "there": os.listdir("."),
        "blocked": [int(s) for s in signal.pthread_sigmask(signal.SIG_BLOCK, ())],
        "interrupt": signal.getsignal(signal.SIGINT) == signal.SIG_DFL,
        "zone": list(time.tzname),
        "locale": locale.setlocale(locale.LC_ALL, ""),
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
    }
'''

from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level, available
from grader.sandbox.remote import RemoteProgram
from grader.sandbox.self_attack import called, trial, _Program, _Statement

found = {"uid": os.getuid()}
for level in map(Level, sys.argv[1:]):
    if not available(level).works:
        found[level] = available(level).reason
        continue
    with Lane(level) as lane:
        remote = RemoteProgram(lane, _Program((_Statement(LOOK),)))
        remote.start()
        seen = called(remote, "look")
    found[level] = {"seen": seen, "attempts": [[a.what, a.held, a.seen] for a in trial(level)]}
flag = ctypes.c_int(1)
ctypes.CDLL(None).prctl(37, ctypes.byref(flag), 0, 0, 0)  # PR_GET_CHILD_SUBREAPER
found["inherits"] = flag.value
print(json.dumps(found))
"""
LEVELS = (Level.BWRAP, Level.LANDLOCK)


@pytest.fixture(scope="module", params=["as we are", "as an ordinary user"])
def found(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    """The results of the script at each level."""
    if request.param == "as we are":
        argv = [sys.executable, "-c", SCRIPT, *LEVELS]
        said = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    else:
        if os.geteuid() != 0:
            pytest.skip("who runs the tests is an ordinary user already")
        if reason := why_not():
            pytest.skip(reason)
        said = run_as_ordinary(SCRIPT, *LEVELS)
    assert said.returncode == 0, said.stderr
    result: Mapping[str, Any] = json.loads(said.stdout)
    assert result["uid"] == (os.getuid() if request.param == "as we are" else NOBODY)
    return result


def at(found: Mapping[str, Any], level: Level) -> Mapping[str, Any]:
    result = found[level]
    if isinstance(result, str):
        pytest.skip(result)
    assert isinstance(result, dict)
    return result


@pytest.mark.parametrize("level", LEVELS)
def test_every_attack_is_held(found: Mapping[str, Any], level: Level) -> None:
    """A planted file, a listener, a process and the next submission are out of reach."""
    attempts = at(found, level)["attempts"]
    assert len(attempts) == 10
    assert [what for what, held, _ in attempts if not held] == []


def test_strays_are_inherited_during_the_trial_only(found: Mapping[str, Any]) -> None:
    """The command goes on as it was started."""
    assert found["inherits"] == 0


@pytest.mark.parametrize("level", LEVELS)
def test_student_code_starts_fresh(found: Mapping[str, Any], level: Level) -> None:
    """Environment, descriptors, umask, session, folder, signals, locale and time zone are not the grader's."""
    seen = dict(at(found, level)["seen"])
    environment = seen.pop("environment")
    home = environment["HOME"]
    for name in ("CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "LC_CTYPE"):  # Python itself sets the last one
        environment.pop(name, None)
    assert set(environment) == {
        "PATH", "HOME", "TMPDIR", "USER", "LANG", "TZ", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED",
        "PYTORCH_JIT", "PYTHONHASHSEED", "OMP_NUM_THREADS", "MKL_NUM_THREADS",
    } | ({"PWD"} if level is Level.BWRAP else set())  # fmt: skip
    assert str(ROOT) not in environment["PYTHONPATH"].split(os.pathsep)
    seen.pop("uid")
    assert seen == {
        "descriptors": {"0": "CHR", "1": "FIFO", "2": "FIFO", "3": "SOCK"},
        "null": True,
        "umask": 0o077,
        "leads its session": True,
        "terminal": None,
        "cwd": home,
        "temporary": home,
        "there": [],
        "blocked": [],
        "interrupt": True,
        "zone": ["UTC", "UTC"],
        "locale": "C.UTF-8",
        "core": 1,
    }


def test_without_isolation_the_attacks_succeed() -> None:
    """Without isolation all attacks but the last two succeed: a submission's processes are ended there too."""
    bwrap = shutil.which("bwrap")
    if bwrap is None or not available(Level.BWRAP).works:
        pytest.skip("bubblewrap is what keeps this test's own attacks in")
    source = "from grader.sandbox.self_attack import *; print('\\n'.join(a.what for a in trial(Level.NONE) if a.held))"
    argv = [
        *(bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--cap-add", "CAP_SYS_PTRACE"),
        *("--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/var/tmp", "--chdir", str(ROOT)),
        *("--setenv", "TMPDIR", "/var/tmp", "--", sys.executable, "-c", source),
    ]
    said = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert said.stdout == "outlive the submission\noutlive the sandbox\n"


def test_a_process_that_outlives_its_submission_is_seen(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trial finds a process that nothing ended after its submission."""
    remote = started(lane, self_attack.ATTACKS)
    with monkeypatch.context() as patched:
        patched.setattr(remote, "end", lambda: None)
        attempt = self_attack._on_the_next(remote)
    assert (attempt.held, attempt.seen) == (False, "")
    monkeypatch.setattr(self_attack, "called", lambda *_: None)
    attempt = self_attack._on_the_next(remote)
    assert (attempt.held, attempt.seen) == (False, "could not be tried")


def test_an_attempt_that_got_through_is_not_held(lane: Lane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The view from outside decides, whatever the student's code reports."""
    file = tmp_path / "planted"
    remote = started(lane)
    monkeypatch.setattr(self_attack, "called", lambda remote, attack, path: Path(path).read_text())
    read, _ = self_attack._on_a_file(remote, file)
    assert not read.held

    def change(remote: RemoteProgram, attack: str, path: str) -> None:
        Path(path).chmod(0o644)
        raise StudentRaised("PermissionError", "it says")

    monkeypatch.setattr(self_attack, "called", change)
    _, changed = self_attack._on_a_file(remote, file)
    assert (changed.held, changed.seen) == (False, "PermissionError")
