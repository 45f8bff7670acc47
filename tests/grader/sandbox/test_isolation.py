"""Attacks of hostile code, tried from inside: they fail in a sandbox and succeed where nothing stops them."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from grader.errors import OutOfMemory, StudentRaised, WireError, WorkerDied, WorkerError
from grader.sandbox import levels
from grader.sandbox.inside.processes import descendants
from grader.sandbox.lane import Lane
from grader.sandbox.levels import OWN_FOLDER, Level

from .programs import HASTY, SHORT, called, started

PROJECT = OWN_FOLDER.parents[1]

TMP = levels.writable()  # /tmp, unless this checkout lies below it

LOOK = """
    import os
    def exists(path): return os.path.exists(path)
    def listed(path): return sorted(os.listdir(path))
    def write(path):
        try:
            with open(path, 'w') as f: f.write('x')
        except OSError as e:
            return type(e).__name__
        return 'written'
    def environment(): return dict(os.environ)
    def processes(): return sorted(int(p) for p in os.listdir('/proc') if p.isdigit())
    def own(): return os.getpid()
    def descriptors(): return sorted(int(f) for f in os.listdir('/proc/self/fd'))
    def reach(host, port):
        import socket
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError as e:
            return type(e).__name__
        return 'connected'
"""


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("the reference")
    return path


def test_files_of_this_machine_are_not_there(lane: Lane, secret: Path) -> None:
    """Neither the project, nor home, nor a file in another temporary folder exists inside."""
    remote = started(lane, LOOK)
    for path in (
        secret,
        PROJECT / "grader" / "compare.py",
        PROJECT / "reference",
        OWN_FOLDER,
        Path("/etc/passwd"),
        Path("/var"),
    ):
        assert called(remote, "exists", str(path)) is False, path


def test_the_probe_for_files_can_fail(open_lane: Lane, secret: Path) -> None:
    """Without isolation the same probe finds the file."""
    assert called(started(open_lane, LOOK), "exists", str(secret)) is True


def test_files_cannot_be_read(any_lane: Lane, open_lane: Lane, secret: Path) -> None:
    """No level lets code read a file outside; without isolation it can."""
    source = "def read(path): return open(path).read()"
    with pytest.raises(StudentRaised, match=r"FileNotFoundError|PermissionError"):
        called(started(any_lane, source), "read", str(secret))
    assert called(started(open_lane, source), "read", str(secret)) == "the reference"


def test_only_the_temporary_folders_can_be_written(lane: Lane) -> None:
    """Everything except /tmp and /dev/shm is read-only, above all the interpreter and our own files."""
    remote = started(lane, LOOK)
    for folder in (
        "/",
        "/run",
        "/run/grader/sandbox",
        "/dev",
        "/usr/lib",
        os.path.dirname(os.__file__),
        "/proc/sys/kernel",
        "/proc",
    ):
        assert called(remote, "write", f"{folder}/x") != "written", folder
    assert called(remote, "write", f"{TMP}/x") == "written"
    assert called(remote, "write", "/dev/shm/x") == "written"


def test_proc_is_read_only(lane: Lane) -> None:
    """Not even the process's own entries can be written, whoever owns them."""
    remote = started(lane, LOOK)
    for name in ("self/oom_score_adj", "self/comm", "self/coredump_filter"):
        assert called(remote, "write", f"/proc/{name}") == "OSError", name


def test_a_submission_finds_nothing_of_the_former_one(lane: Lane) -> None:
    """The files, self-locking folders and processes of a submission are gone when the next one begins."""
    started(
        lane,
        LOOK,
        """
        import contextlib
        os.makedirs('a/b/c'); open('a/b/c/f', 'w').close(); os.symlink('/usr', 'link')
        open('/dev/shm/x', 'w').close()
        if os.fork() == 0:
            with contextlib.suppress(OSError): os.setsid()
            if os.fork() == 0:
                import time
                while True: time.sleep(1)
            os._exit(0)
        """,
    )
    before = lane._process
    remote = started(lane, LOOK)
    assert lane._process is before
    assert called(remote, "listed", TMP) == []
    assert called(remote, "listed", "/dev/shm") == []
    assert called(remote, "processes") == [1, called(remote, "own")]


DEEP = "for _ in range(1200):\n    os.mkdir('d'); os.chdir('d')\nopen('f', 'w').close()"
LOCKED = "os.makedirs('a/b/c'); open('a/b/f', 'w').close(); os.mkdir('a/b/g', 0); os.mkdir('0'); os.mkdir('h', 0)"
ODD = "[open(n, 'w').close() for n in (b'\\xff', b'-rf', b'\\n', b' ')]; os.symlink('/', 'l'); os.mkfifo('p')"


@pytest.mark.parametrize("tree", [DEEP, LOCKED, ODD], ids=["deep", "locked", "odd"])
def test_whatever_was_written_is_removed(any_lane: Lane, tree: str) -> None:
    """A tree deeper than any stack, folders without rights and odd names are gone, and the worker is the same."""
    started(any_lane, f"import os\n{tree}")
    before = any_lane._process
    look = "import os, tempfile\ndef left(): return os.listdir(tempfile.gettempdir())"
    assert called(started(any_lane, look), "left") == []
    assert any_lane._process is before


def test_a_lane_that_is_killed_removes_its_folder() -> None:
    """When no process inside can remove the folder, the grader does, and a deep tree does not break it."""
    with Lane(Level.NONE, SHORT) as lane:
        started(lane, f"import os\n{DEEP}")
        lane._kill()
        assert not lane._folder.exists()


def test_what_cannot_be_removed_ends_the_sandbox_not_the_run(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    """When process 1 is silent after the end of a submission, the next one gets a new worker."""
    remote = started(lane, "import os")
    before = lane._process
    with monkeypatch.context() as patch:
        patch.setattr(lane, "_hear", lambda seconds: {})
        remote.end()
    assert called(started(lane, LOOK), "listed", TMP) == []
    assert lane._process is not before


def test_changed_settings_of_process_1_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a filter that refuses it, a submission can change process 1; the next one then gets another."""
    monkeypatch.setattr(levels, "assembled", lambda *_: b"")
    change = "import resource\nresource.prlimit(1, resource.RLIMIT_NOFILE, (100, 100))"
    with Lane(Level.BWRAP, SHORT) as lane:
        assert started(lane, change).load_errors == ()
        before = lane._process
        assert called(started(lane, LOOK), "own") > 1
        assert lane._process is not before


def test_the_environment_and_descriptors_are_bare(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child has none of our variables, and no descriptors except the standard ones and the channel."""
    monkeypatch.setenv("TOKEN", "secret")
    remote = started(lane, LOOK)
    assert "TOKEN" not in called(remote, "environment")
    # The fourth is the folder that listdir itself opens.
    assert called(remote, "descriptors") == [0, 1, 2, 3, 4]


def test_there_is_no_network(any_lane: Lane, open_lane: Lane) -> None:
    """Not even this machine's own loopback can be reached."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert called(started(any_lane, LOOK), "reach", "127.0.0.1", port) != "connected"
        assert called(started(open_lane, LOOK), "reach", "127.0.0.1", port) == "connected"


def test_other_processes_are_out_of_reach(any_lane: Lane, open_lane: Lane) -> None:
    """Code inside can neither signal the grader or the worker nor look into them."""
    source = """
        import os, ctypes
        def signal(pid): os.kill(pid, 0)
        def trace(pid): return ctypes.CDLL(None).ptrace(16, pid, 0, 0)
        def look(pid): return open(f'/proc/{pid}/environ', 'rb').read()[:1]
    """
    remote = started(any_lane, source)
    for pid in (os.getpid(), os.getppid()):
        for attempt in ("signal", "look"):
            with pytest.raises(StudentRaised, match=r"ProcessLookupError|PermissionError|FileNotFoundError"):
                called(remote, attempt, pid)
        assert called(remote, "trace", pid) == -1
    assert called(started(open_lane, source), "signal", os.getpid()) is None


def test_what_is_left_behind_is_ended_and_removed(any_lane: Lane) -> None:
    """Processes that left their session, and files in the temporary folder, do not outlive the submission."""
    source = """
        import contextlib, os, time, tempfile
        read_end, write_end = os.pipe()
        if os.fork() == 0:
            with contextlib.suppress(OSError): os.setsid()
            if os.fork() == 0:
                os.write(write_end, str(os.getpid()).encode())
                while True: time.sleep(1)
            os._exit(0)
        left = int(os.read(read_end, 20))
        open(os.path.join(tempfile.gettempdir(), 'left'), 'w').close()
    """
    remote = started(any_lane, source, "def pid(): return left")
    pid = called(remote, "pid")
    assert remote.load_errors == ()
    remote.end()
    if any_lane.level is Level.LANDLOCK:  # bubblewrap numbers its processes separately
        assert not Path(f"/proc/{pid}").exists()
    look = "import os, tempfile\ndef left(): return os.listdir(tempfile.gettempdir())"
    assert called(started(any_lane, look), "left") == []


@pytest.mark.parametrize(
    "attempt",
    [
        "os.kill(1, 9)",
        "os.kill(1, 2)",
        "os.kill(-1, 15)",
        "os.killpg(0, 9)",
        "ctypes.CDLL(None).ptrace(16, 1, 0, 0) == 0 and stop()",
        "open('/proc/1/mem', 'rb+')",
        "os.listdir('/proc/1/fd')",
    ],
)
def test_process_1_is_out_of_reach(lane: Lane, attempt: str) -> None:
    """Signals, ptrace and /proc do not affect the worker: the same process 1 serves the next submission."""
    called(started(lane, LOOK), "own")
    before = lane._process
    remote = started(lane, "import os, ctypes", "def stop(): raise OSError", f"def attempt(): return {attempt}")
    with contextlib.suppress(WorkerError):
        called(remote, "attempt")
    assert called(started(lane, "def one(): return 1"), "one") == 1
    assert lane._process is before


def test_ptrace_and_proc_are_refused(lane: Lane) -> None:
    """The kernel itself refuses to let code read process 1."""
    remote = started(lane, "import os, ctypes", "def trace(): return ctypes.CDLL(None).ptrace(16, 1, 0, 0)")
    assert called(remote, "trace") == -1
    remote = started(lane, "def memory(): return open('/proc/1/mem', 'rb')")
    with pytest.raises(StudentRaised, match="PermissionError"):
        called(remote, "memory")


@pytest.mark.parametrize(
    "attempt",
    [
        "os.write(3, b'\\xff' * 16)",
        "os.write(3, (9).to_bytes(8, 'big') + b'\\0\\0\\0\\x05[NaN]')",
        "os.write(3, (6).to_bytes(8, 'big') + b'\\0\\0\\0\\x02[]')",
    ],
)
def test_a_forged_answer_is_refused(lane: Lane, attempt: str) -> None:
    """Bytes on the channel that are not an answer are a WireError, and the program can start afresh."""
    remote = started(lane, "import os", f"def forge():\n    {attempt}", "def one(): return 1")
    with pytest.raises(WireError):
        called(remote, "forge")
    assert called(remote, "one") == 1


def test_an_answer_that_never_ends_is_a_time_out(lane: Lane) -> None:
    """A worker that sends a byte at a time, announces more than it sends, or stops reading is ended."""
    remote = started(
        lane,
        "import os, time, torch",
        """
        def drip():
            os.write(3, (1000).to_bytes(8, 'big'))
            while True:
                os.write(3, b' ')
                time.sleep(0.01)
        """,
        "def stop():\n    import signal\n    os.kill(os.getpid(), signal.SIGSTOP)",
        "def flood():\n    while True: os.write(1, b'x' * 65536)",
        "def one(): return 1",
        limits=HASTY,
    )
    for name in ("drip", "stop", "flood"):
        with pytest.raises(WorkerError):
            called(remote, name)
        assert called(remote, "one") == 1


def test_a_closed_channel_is_an_end(lane: Lane) -> None:
    """A program that closes every descriptor, or exits, is WorkerDied at once, with the reason."""
    remote = started(
        lane,
        "import os, ctypes",
        "def close(): os.closerange(0, 100)",
        "def leave(): os._exit(0)",
        "def crash(): ctypes.string_at(1)",
        "def leave_a_child_behind():\n    if os.fork(): os._exit(7)\n    while True: pass",
    )
    for name, said in (
        ("close", "its connection|status 0"),
        ("leave", "status 0"),
        ("crash", "SIGSEGV"),
        ("leave_a_child_behind", "status 7"),
    ):
        with pytest.raises(WorkerDied, match=said):
            called(remote, name)


def test_processes_are_bounded(any_lane: Lane) -> None:
    """A fork bomb ends only its own submission, and none of its processes is left."""
    source = "def bomb():\n    while True:\n        os.fork()"
    remote = started(any_lane, "import os", source, "def one(): return 1", limits=replace(SHORT, call_s=5.0))
    before = any_lane._process
    assert before is not None
    with pytest.raises(WorkerDied, match="more than 20 processes"):
        called(remote, "bomb")
    assert called(remote, "one") == 1
    remote = started(any_lane, LOOK)
    if any_lane.level is Level.BWRAP:
        assert called(remote, "processes") == [1, called(remote, "own")]
    else:
        assert descendants(before.pid) == [called(remote, "own")]
    assert any_lane._process is before


def test_threads_count_as_processes(any_lane: Lane) -> None:
    """Threads with small stacks count too: no limit on memory, nor root's limit on processes, would stop them."""
    source = """
        def many():
            threading.stack_size(1 << 16)
            for _ in range(40):
                threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            time.sleep(60)
    """
    remote = started(any_lane, "import threading, time", source, "def one(): return 1")
    # An ordinary user's limit stops the threads sooner.
    with pytest.raises((WorkerDied, StudentRaised), match=r"more than 20 processes|can't start new thread"):
        called(remote, "many")
    assert called(remote, "one") == 1


def test_the_number_of_files_is_bounded(any_lane: Lane) -> None:
    """Empty files use memory of the kernel, which no size limit of a file system counts."""
    source = "def many():\n    for i in range(30000): os.mknod(f'{i}')\n    time.sleep(60)"
    remote = started(any_lane, "import os, time", source, "def one(): return 1")
    with pytest.raises(WorkerDied, match="files"):
        called(remote, "many")
    assert called(remote, "one") == 1


def test_memory_of_all_processes_together_is_bounded(lane: Lane) -> None:
    """Many processes, each within the limit, are ended when their sum exceeds it."""
    remote = started(
        lane,
        "import os, time",
        """
        def spread():
            for i in range(3):
                if os.fork() == 0:
                    break
            x = b'x' * (150 << 20)
            time.sleep(60)
        """,
    )
    with pytest.raises(OutOfMemory):
        called(remote, "spread")


def test_page_tables_count_as_memory(any_lane: Lane) -> None:
    """A page that is only read costs nothing, but the kernel's table for each 2 MB of addresses takes a page."""
    source = """
        def sparse():
            mapped = mmap.mmap(-1, 200_000 << 21, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, mmap.PROT_READ)
            mapped.madvise(mmap.MADV_NOHUGEPAGE)
            for position in range(0, len(mapped), 1 << 21):
                mapped[position]
            time.sleep(60)
    """
    with pytest.raises(OutOfMemory):
        called(started(any_lane, "import mmap, time", source), "sparse")


def test_buffers_count_as_memory(any_lane: Lane) -> None:
    """Data in sockets is memory of the kernel: what all sockets of a submission may hold is counted."""
    source = """
        def fill():
            for _ in range(8):
                if os.fork() == 0:
                    break
            kept = [end for _ in range(110) for end in socket.socketpair()]
            time.sleep(60)
    """
    with pytest.raises(OutOfMemory):
        called(started(any_lane, "import os, socket, time", source), "fill")


def test_files_are_bounded(lane: Lane) -> None:
    """Neither one large file nor many small ones can fill the memory."""
    remote = started(
        lane,
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)",
        "def large():\n    open('f', 'wb').write(b'x' * (5 << 20))",
        "def many():\n    for i in range(9):\n        open(f'{i}', 'wb').write(b'x' * (1 << 20))",
    )
    for name, said in (("large", "File too large"), ("many", "No space left")):
        with pytest.raises(StudentRaised, match=said):
            called(remote, name)


@pytest.mark.parametrize(
    "write",
    [
        "open(f'{i}', 'wb').write(b'x' * (1 << 20))",
        "f = open('x', 'wb'); f.write(b'x' * (1 << 20)); kept.append(f); os.unlink('x')",
        "[open(f'{i}-{j}', 'w').close() for j in range(1000)]",
        "[(os.mkdir('d'), os.chdir('d')) for _ in range(500)]",
        "f = os.open('x', os.O_RDWR | os.O_CREAT); os.write(f, b'x' * (1 << 20)); "
        "libc.mmap(None, 1 << 20, 1, 1, f, 0); os.unlink('x'); os.close(f)",
    ],
    ids=["many", "removed and open", "very many empty ones", "deeper than a path", "removed and mapped"],
)
def test_the_disk_is_bounded_without_namespaces(landlock_lane: Lane, write: str) -> None:
    """The submission's files are counted if the folder is on this machine's own disk."""
    fill = f"def fill():\n    for i in range(30): {write}\n    time.sleep(60)"
    imports = "import ctypes, os, time\nkept, libc = [], ctypes.CDLL(None)"
    remote = started(landlock_lane, imports, fill, "def one(): return 1")
    with pytest.raises(WorkerDied, match="wrote more than 4 MB of files"):
        called(remote, "fill")
    assert called(remote, "one") == 1


@pytest.mark.parametrize("level", [Level.BWRAP, Level.LANDLOCK])
def test_a_folder_among_the_packages_can_be_hidden(level: Level) -> None:
    """Student code cannot read a grader or an assignment that is installed as a package."""
    folder = Path(pytest.__file__).parent
    read = "def read(path): return len(open(path).read())"
    with Lane(level, SHORT, hide=[folder]) as lane:
        remote = started(lane, read)
        with pytest.raises(StudentRaised, match=r"FileNotFoundError|PermissionError"):
            called(remote, "read", str(folder / "__init__.py"))
        assert called(remote, "read", json.__file__) > 0
        assert called(remote, "read", torch.__file__) > 0
