"""Process 1 of a lane: it imports torch once, then forks a child for every submission.

It runs inside the sandbox. Protocol, over the control socket, one JSON object per packet:

    grader -> {"forbidden": [...], ...}          names whose calls a child may be told to note; modules to import
    grader -> "source"                           of a test, as many as announced: compiled once, before the forks
    worker -> {"ready": true}                    torch is loaded
    grader -> {"do": "begin", "limits": ...}     with two descriptors: the child's socket and its output pipe
    worker -> {"exited": status, "why": ...}     the child ended by itself, or was ended because it used too much
    grader -> {"do": "cpu"}                      the CPU time of the submission's processes is asked for
    worker -> {"cpu": seconds, "waited": seconds}    and how long its one process had no CPU although it could run
    grader -> {"do": "end"}
    worker -> {"done": {"cpu_s", "waited_s", "rss_mb"}}    all processes and files of the submission are gone

The grader talks to the child through the child's own socket (see child.py). The worker ends when it does not
understand a packet or cannot remove a trace of a submission; the grader then starts another worker.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
import torch.utils.data

from . import disk, holdings, kernel_limits, landlock, seccomp
from .child import Child
from .processes import cpu_seconds, descendants, parents, status_line, waited_seconds
from .recorders import MoveRecorder, Tripwires
from .warmup import prepare

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36
# Seconds between two looks at the memory of a submission: a core takes about half a second to fill 2 GB.
WATCH_S = 0.1
# Process 1 must be able to count and end processes however many a submission has started.
NICENESS = 5
CHILD_SOCKET = 3
# An order lists the paths that may be read: some hundred where the grader is installed among Python's packages.
MAX_PACKET = 1 << 18


class Worker:
    """The state of process 1: the writable folders, whether it has its own process namespace, and the child."""

    def __init__(
        self,
        control: socket.socket,
        folders: list[str],
        *,
        owns_namespace: bool,
        moves: MoveRecorder,
        tripwires: Tripwires,
    ) -> None:
        self.control = control
        self.folders = folders
        self.owns_namespace = owns_namespace
        self.moves = moves
        self.tripwires = tripwires
        self.child = 0
        self.pidfd = -1
        self.poll = select.poll()
        self.poll.register(control, select.POLLIN)
        self.limits: Mapping[str, float] = {}
        self.own_data = kernel_limits.own_data()
        self.own_memory = _memory(os.getpid())
        self.settings = _settings()
        self.cpu_s = self.waited_s = self.rss_mb = 0.0

    def serve(self) -> None:
        """Obey the control socket until it is closed."""
        while True:
            ready = dict(self.poll.poll(WATCH_S * 1000 if self.child else None))
            if self.child and self.control.fileno() not in ready:
                self.look()
                continue
            packet, descriptors, _, _ = socket.recv_fds(self.control, MAX_PACKET, 2)
            if not packet:
                self._kill_all()
                return
            order = json.loads(packet)
            if order["do"] == "begin":
                self.begin(order, *descriptors)
            elif order["do"] == "cpu":
                pids = self._others()
                self._note_waiting(pids)
                self._say(cpu=self.cpu_s + sum(map(cpu_seconds, pids)), waited=self.waited_s)
            else:
                self.end()

    def begin(self, order: Mapping[str, Any], child_socket: int, output: int) -> None:
        """Fork the child of a new submission."""
        self.limits = order["limits"]
        self.cpu_s = self.waited_s = self.rss_mb = 0.0
        self.child = os.fork()
        if self.child == 0:
            try:
                self.control.close()
                self.become_child(order, child_socket, output)
            except BaseException as error:
                print(f"worker: {type(error).__name__}: {error}", file=sys.stderr)
            finally:
                os._exit(0)
        os.close(child_socket)
        os.close(output)
        self.pidfd = os.pidfd_open(self.child)  # readable as soon as the child has ended
        self.poll.register(self.pidfd, select.POLLIN)

    def become_child(self, order: Mapping[str, Any], child_socket: int, output: int) -> None:
        os.setsid()
        os.nice(NICENESS)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.dup2(output, 1)
        os.dup2(output, 2)
        stdin = os.open(os.devnull, os.O_RDONLY)
        os.dup2(stdin, 0)
        if child_socket != CHILD_SOCKET:
            os.dup2(child_socket, CHILD_SOCKET, inheritable=False)
        os.closerange(CHILD_SOCKET + 1, 1 << 20)
        _prctl(PR_SET_DUMPABLE, 1)  # otherwise /proc/self is closed to it
        if not self.owns_namespace:
            _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            # When memory runs out, the kernel ends the child first, not process 1, which supervises it.
            with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
                file.write("1000")
        os.chdir(self.folders[0])
        kernel_limits.confine(order["limits"], own_data=self.own_data, cuda=order["device"] != "cpu")
        kernel_limits.limit_processes(int(order["limits"]["processes"]), alone=self.owns_namespace)
        restrict(order["restrictions"])
        self.moves.has_cuda = order["device"] != "cpu"
        child = Child(self.moves, self.tripwires, order["device"], order["files"])
        child.serve(socket.socket(fileno=CHILD_SOCKET), order["own"])

    def look(self) -> None:
        """Report the end of the child, and end it when its processes exceed the limits."""
        status = self._reap()
        if status is not None:
            self._forget_child()
            self._say(exited=status, why="")
            return
        pids = self._others()
        self._note_waiting(pids)
        descriptors = self._opened(pids)
        memory = sum(max(_memory(pid) - self.own_memory, 0) for pid in pids)
        memory += holdings.in_buffers(descriptors or ()) + (holdings.in_tcp() if self.owns_namespace else 0)
        why = ""
        if memory > self.limits["memory_mb"] * kernel_limits.MEBIBYTE:
            why = "memory"
        elif sum(map(_tasks, pids)) > self.limits["processes"]:
            why = "processes"
        elif descriptors is None or self._on_disk(pids, descriptors) > self.limits["file_mb"] * kernel_limits.MEBIBYTE:
            why = "files"
        if why:
            # First, since the end of a large process takes a while, and the grader sees its socket close.
            self._say(exited=int(signal.SIGKILL), why=why)
            self._kill_all()
            self._forget_child()

    def _note_waiting(self, pids: Sequence[int]) -> None:
        """Note how long the child had no CPU; not if it competes with processes or threads of its own."""
        if self.child and sum(map(_tasks, pids)) == 1:
            self.waited_s = waited_seconds(self.child)

    def _opened(self, pids: Iterable[int]) -> list[os.stat_result] | None:
        """All descriptors of the submission; None when a process hides its own, and with them removed files."""
        found: list[os.stat_result] = []
        for pid in pids:
            try:
                found += holdings.opened(pid)
            except PermissionError:
                # So does a child before it is confined, as this process, and a process without memory, which ends.
                confined = status_line(pid, "Seccomp_filters") > status_line(os.getpid(), "Seccomp_filters")
                if confined and status_line(pid, "VmSize"):
                    return None
        return found

    def _on_disk(self, pids: Iterable[int], descriptors: Sequence[os.stat_result]) -> float:
        """Bytes in the fullest folder. With namespaces each folder has a fixed size, but no limit on its files."""
        mapped: dict[tuple[int, int], int] = {}
        if not self.owns_namespace:
            for pid in pids:
                mapped.update(holdings.mapped(pid, self.folders[0]))
        return max(disk.kept(folder, descriptors, mapped) for folder in self.folders)

    def end(self) -> None:
        """End all processes of the submission and remove all files that it wrote."""
        self._note_waiting(self._others())
        self._kill_all()
        self._forget_child()
        for folder in self.folders:
            disk.empty(folder)  # a file that cannot be removed ends the worker and its file systems
        if _settings() != self.settings:
            raise SystemExit("a submission changed the settings of the worker")
        self._say(done={"cpu_s": self.cpu_s, "waited_s": self.waited_s, "rss_mb": self.rss_mb})

    def _forget_child(self) -> None:
        if self.child:
            self.poll.unregister(self.pidfd)
            os.close(self.pidfd)
        self.child = 0

    def _kill_all(self) -> None:
        if self.owns_namespace:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
            self._reap(wait=True)
            return
        # Without its own namespace, the worker is the subreaper of processes that lost their parent, and kills them
        # one by one.
        while pids := self._others():
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._reap()
            time.sleep(0.001)

    def _reap(self, *, wait: bool = False) -> int | None:
        """Collect ended processes, or wait until all have ended; the child's status when it was among them."""
        status = None
        while True:
            try:
                pid, ended, usage = os.wait4(-1, 0 if wait else os.WNOHANG)
            except ChildProcessError:
                return status
            if pid == 0:
                return status
            self.cpu_s += usage.ru_utime + usage.ru_stime
            self.rss_mb = max(self.rss_mb, usage.ru_maxrss / 1024)
            if pid == self.child:
                status = ended

    def _others(self) -> list[int]:
        """Every process of the submission: all others in the worker's own namespace, or all its descendants."""
        own = os.getpid()
        return [pid for pid in parents() if pid != own] if self.owns_namespace else descendants(own)

    def _say(self, **message: Any) -> None:
        self.control.send(json.dumps(message).encode())


def restrict(restrictions: Mapping[str, Any]) -> None:
    """Apply to this process what levels.restrictions asks for; the filter comes last, since it refuses much."""
    if not restrictions:
        return
    seccomp.renounce()
    if "read" in restrictions:
        read = [*restrictions["read"], "/proc/self", "/proc/cpuinfo", "/proc/meminfo"]
        landlock.restrict_files(restrictions["list"], read, restrictions["write"])
        without_loader_processes()
    if restrictions["filter"]:
        seccomp.load_filter(bytes.fromhex(restrictions["filter"]))


def without_loader_processes() -> None:
    """Make a DataLoader work in the child itself: its workers would need memory shared with everyone."""
    original = torch.utils.data.DataLoader.__init__

    @functools.wraps(original)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        for name in (
            "num_workers",
            "prefetch_factor",
            "persistent_workers",
            "multiprocessing_context",
            "timeout",
        ):
            kwargs.pop(name, None)
        original(self, *args, **kwargs)

    torch.utils.data.DataLoader.__init__ = init  # type: ignore[method-assign]


def _tasks(pid: int) -> int:
    """The number of threads of a process, 0 when it is gone."""
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0


# Lines of /proc/PID/status: memory that no file backs, and the kernel's tables for it.
COUNTED = ("RssAnon:", "RssShmem:", "VmSwap:", "HugetlbPages:", "VmPTE:")


def _memory(pid: int) -> int:
    """Bytes of a process's memory that no file backs, with its page tables; 0 when the process is gone."""
    try:
        with open(f"/proc/{pid}/status") as status:
            sizes = dict(line.split(":", 1) for line in status if line.startswith(COUNTED))
        return 1024 * sum(int(size.split()[0]) for size in sizes.values())
    except (OSError, ValueError):
        return 0


def _settings() -> tuple[object, ...]:
    """The settings of this process that a submission could change, and its traces in the kernel for a later one."""
    kinds = [getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_")]
    left = []
    for path in ("/proc/self/oom_score_adj", "/proc/sysvipc/shm", "/proc/sysvipc/msg", "/proc/sysvipc/sem"):
        try:
            with open(path) as file:
                left.append(file.read())
        except OSError:
            left.append("")
    return (
        [resource.getrlimit(kind) for kind in kinds],
        os.getpriority(os.PRIO_PROCESS, 0),
        os.sched_getaffinity(0),
        os.sched_getscheduler(0),
        left,
    )


def _prctl(option: int, value: int) -> None:
    with contextlib.suppress(OSError, AttributeError):  # Linux only
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def work(control: socket.socket, folders: list[str], *, owns_namespace: bool) -> None:
    """Prepare this process and obey `control` until it is closed."""
    control.set_inheritable(False)
    # A child could send SIGINT to process 1, and Python's own handler would raise in it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The process that started the grader may have blocked some signals.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.umask(0o077)
    _prctl(PR_SET_DUMPABLE, 0)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    sys.path[0] = folders[0]  # like a notebook's folder; the child must not see where the grader's files are
    torch.set_num_threads(1)  # threads do not survive a fork
    # Empty when the grader has ended meanwhile; `serve` then sees the same.
    settings = json.loads(control.recv(MAX_PACKET) or b'{"forbidden": [], "preload": [], "sources": 0, "files": ""}')
    sources = [json.loads(control.recv(MAX_PACKET) or b'""') for _ in range(settings["sources"])]
    moves, tripwires = prepare(settings["forbidden"], settings["preload"], sources)
    gc.collect()
    gc.freeze()  # or the first collection in each child would copy every page
    worker = Worker(control, folders, owns_namespace=owns_namespace, moves=moves, tripwires=tripwires)
    control.send(json.dumps({"ready": True, "cuda": torch.version.cuda or ""}).encode())
    worker.serve()


def main() -> None:
    """Arguments: the control socket's number, "own" or "shared" for the process namespace, the writable folders."""
    number, namespace, *folders = sys.argv[1:]
    work(socket.socket(fileno=int(number)), folders, owns_namespace=namespace == "own")


if __name__ == "__main__":
    main()
