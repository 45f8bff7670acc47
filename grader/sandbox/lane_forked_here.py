"""A lane without namespaces whose worker is forked from this process: torch is loaded once, not twice. Linux only."""

from __future__ import annotations

import io
import os
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from .inside import worker
from .lane import Lane, Process
from .levels import Level, environment
from .limits import Limits

CONTROL = 3


class ForkedLane(Lane):
    """A lane for students' own code, in a process of the grader that has one thread and does nothing else.

    Only its first worker is forked. The fork must come before autograd runs here: autograd refuses to run in later
    forks.
    """

    def __init__(
        self,
        level: Level,
        limits: Limits | None = None,
        *,
        forbidden: Sequence[str] = (),
        preload: Sequence[str] = (),
        sources: Sequence[str] = (),
        files: Sequence[Path] = (),
    ) -> None:
        super().__init__(level, limits, forbidden=forbidden, preload=preload, sources=sources, files=files)
        self._first = True

    def _launch(self, control: socket.socket) -> Process:
        if not self._first:
            return super()._launch(control)
        self._first = False
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            try:
                self._become_worker(control)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        return _Fork(pid)

    def _become_worker(self, control: socket.socket) -> None:
        """Give up everything that the process had before, except its modules."""
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (self._errors.fileno(), 1), (self._errors.fileno(), 2)):
            os.dup2(source, target)
        if control.fileno() != CONTROL:
            os.dup2(control.fileno(), CONTROL)
        os.closerange(CONTROL + 1, 1 << 20)  # also the other end of `control`: the parent must hold the only one
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 (as long as the process)
        for name, number in (("stdout", 1), ("stderr", 2)):
            raw = io.FileIO(number, "w", closefd=False)
            setattr(sys, name, io.TextIOWrapper(raw, "utf-8", "backslashreplace", write_through=True))
        sys.argv = [""]
        sys.dont_write_bytecode = True
        os.environ.clear()
        os.environ.update(environment(self.level, self._folder))
        time.tzset()
        tempfile.tempdir = None
        os.chdir(self._folder)
        worker.work(socket.socket(fileno=CONTROL), [str(self._folder)], owns_namespace=False)


class _Fork:
    """A child of this process, with the methods that a lane calls."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._ended: int | None = None

    def poll(self) -> int | None:
        if self._ended is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._ended = os.waitstatus_to_exitcode(status) if pid else None
        return self._ended

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        if self._ended is None:
            self._ended = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._ended
