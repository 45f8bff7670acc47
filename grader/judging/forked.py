"""A process forked from this one, with limits, at the other end of a socket."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import resource
import signal
import socket
import sys
import weakref
from collections.abc import Callable

from ..sandbox.inside.kernel_limits import MEBIBYTE, own_data

PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Forked:
    """A child process in which `serve` runs with its end of the socket; the child ends with its parent.

    `memory_mb`: what the child may take in addition to the memory that it begins with.
    """

    def __init__(self, serve: Callable[[socket.socket], None], memory_mb: int) -> None:
        self.channel, theirs = socket.socketpair()
        sys.stdout.flush()
        sys.stderr.flush()
        self._parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                _become(theirs, self._parent, serve, memory_mb)
            finally:
                os._exit(0)
        theirs.close()
        self._end = weakref.finalize(self, _end, self.channel, self.pid, self._parent)  # also when nobody closes it

    @property
    def is_ours(self) -> bool:
        """False in another process, which was forked from its maker."""
        return self._parent == os.getpid()

    def ended_by(self) -> int:
        """Wait for a child that has closed its end; the signal that ended it, 0 for none."""
        if not self._end.detach():
            return 0
        self.channel.close()
        status = os.waitpid(self.pid, 0)[1]
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0

    def close(self) -> None:
        """End the child."""
        self._end()


def _end(channel: socket.socket, pid: int, owner: int) -> None:
    if owner != os.getpid():
        channel.detach()  # a forked process has closed its copy, and the number may be another file's
        return
    channel.close()
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _become(channel: socket.socket, parent: int, serve: Callable[[socket.socket], None], memory_mb: int) -> None:
    for each in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(each, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a ^C is for the main process
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    with contextlib.suppress(OSError, AttributeError):  # Linux only; elsewhere the closed channel ends it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            return
    number = os.dup2(channel.fileno(), 3, inheritable=False) if channel.fileno() != 3 else 3
    os.closerange(4, 1 << 16)  # lanes and channels of the process that we were forked from
    with contextlib.suppress(OSError, ValueError):
        limit = own_data() + memory_mb * MEBIBYTE
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    gc.freeze()  # objects of the process that we were forked from must not be finalised here: their files are closed
    own = socket.socket(fileno=number)
    if own.fileno() != channel.fileno():
        channel.detach()
    serve(own)
