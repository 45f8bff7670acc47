"""Observe the naive grader while it grades an attack: process 1 of the outer sandbox (outer.py), which survives.

    1, the observer -> a shell -> the grader (naive.py), which is also the student's process

Requests come on stdin, one JSON object per line: {"sources": notebooks that are graded one after the other, "names":
their students, "seconds": the time limit}. The answers on stdout hold the observations.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import fcntl
import gc
import json
import os
import pty
import resource
import select
import signal
import socket
import sys
import tempfile
import threading
import time
from html.parser import HTMLParser
from typing import Any

import torch
from naive import CLASS, grade_all

ANSWER = "the answer is 42"
FLOOD = 8 << 20  # more bytes of output than this are not kept
MEMORY = 4 << 30
STACK = 8 << 20
PR_SET_PTRACER = 0x59616D61
# Places where graders look for results that other programs wrote.
RESULTS = "results.json"


class Active(HTMLParser):
    """Whether a page does more than show text."""

    found = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        urls = any((value or "").strip().lower().startswith("javascript:") for _, value in attrs)
        if tag in {"script", "style", "svg", "img", "iframe"} or urls or any(n.startswith("on") for n, _ in attrs):
            self.found = True


# Marks that turn the direction of text, and control characters that a terminal obeys.
UNSAFE = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A)), "\x1b", "\x07", "\x08"}
FORMULA = ("=", "+", "-", "@", "\t")


def is_active(page: str) -> bool:
    parser = Active()
    parser.feed(page)
    return parser.found or not UNSAFE.isdisjoint(page)


def prepare() -> None:
    os.system(f"chmod -R u+rwx {CLASS} 2>/dev/null; rm -rf {CLASS} /dev/shm/* /dev/mqueue/*")
    for folder in ("submissions", "tmp", "pages", "home/.ssh", "reference/tarea2"):
        os.makedirs(f"{CLASS}/{folder}")
    for path in ("submissions/neighbour_of_mine.py", "home/.ssh/id_ed25519", "answers.txt"):
        with open(f"{CLASS}/{path}", "w") as file:
            file.write(ANSWER)
    with open(f"{CLASS}/reference/tarea2/losses.py", "w") as file:
        file.write("import torch\ndef CELoss(Q, P, **more):\n    return -(P * torch.log(Q)).sum(1).mean()\n")


def services() -> list[socket.socket]:
    """The services that listen on a teacher's machine."""
    tcp = socket.create_server(("127.0.0.1", 8888))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 8888))
    path, abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    path.bind("/tmp/grade.sock")
    abstract.bind("\0grade-hostile")
    for listening in (path, abstract):
        listening.listen()
    return [tcp, udp, path, abstract]


def run_shell(request: dict[str, Any], output: int, result: int, terminal: str, stdin: int) -> None:
    """A teacher's shell: it has a terminal, secrets, and a file that was left open."""
    os.setsid()
    os.close(os.open(terminal, os.O_RDWR))  # the first terminal that a session opens is the one it obeys
    answers = os.open(f"{CLASS}/answers.txt", os.O_RDONLY)
    for number, kept in enumerate((stdin, output, output, result, answers)):
        os.dup2(fcntl.fcntl(kept, fcntl.F_DUPFD, 32), number)
    os.closerange(5, 1 << 10)
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(-1 & (1 << 64) - 1), 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_STACK, (STACK, STACK))
    os.environ |= {"TOKEN": ANSWER, "HOME": f"{CLASS}/home", "TMPDIR": f"{CLASS}/tmp"}
    tempfile.tempdir = None  # forget the observer's
    os.chdir(f"{CLASS}/submissions")
    grader = os.fork()
    if grader:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.waitpid(grader, 0)
        os._exit(0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    try:
        grade_all(request["sources"], request["names"])
        # The steps of an interpreter's exit, but without the teardown of torch, which takes a second.
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
    finally:
        sys.stdout.flush()
        os._exit(0)


def observe(request: dict[str, Any]) -> dict[str, Any]:
    prepare()
    (output, their_output), (result, their_result), (their_stdin, stdin) = os.pipe(), os.pipe(), os.pipe()
    master, slave = pty.openpty()
    shell = os.fork()
    if not shell:
        run_shell(request, their_output, their_result, os.ttyname(slave), their_stdin)
    for descriptor in (their_output, their_result, slave):
        os.close(descriptor)
    ended = os.pidfd_open(shell)
    printed = {result: bytearray(), output: bytearray()}
    count = 0
    deadline = time.monotonic() + request["seconds"]
    over = hung = False
    while not over and not hung and count < 4 * FLOOD:
        ready, _, _ = select.select([output, result, ended], [], [], max(deadline - time.monotonic(), 0))
        hung = not ready
        over = ready == [ended]
        for descriptor in (d for d in ready if d in printed):
            data = os.read(descriptor, 1 << 16)
            count += len(data)
            printed[descriptor] += data[: 1 << 20]
            if not data:
                over = ended in ready
                if not over:
                    time.sleep(0.01)
        hung = hung or time.monotonic() > deadline
    killed = over and os.WIFSIGNALED(os.waitpid(shell, 0)[1])
    strays = over and len([p for p in os.listdir("/proc") if p.isdigit()]) > 1
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    for descriptor in (output, result, ended, stdin, their_stdin, master):
        os.close(descriptor)
    points = believed([*printed.values()])
    attacks, neighbour = (points[:-1], points[-1]) if points else ([], None)
    page, table = read("page.html"), read("grades.csv")
    return {
        "marker": os.path.exists(f"{CLASS}/marker"),
        "ended": killed or (points is None and not hung),
        "hung": hung,
        "strays": strays,
        "flooded": count >= FLOOD,
        "points": attacks,
        "neighbour": neighbour,
        "page": is_active(page) or any(line.strip('"').startswith(FORMULA) for line in table.splitlines()),
    }


def read(name: str) -> str:
    with contextlib.suppress(OSError), open(f"{CLASS}/{name}", encoding="utf-8", errors="replace") as file:
        return file.read()
    return ""


def believed(channels: list[bytearray]) -> list[dict[str, float]] | None:
    """The best of the results that lie where some grader would look for them; None if there are none."""
    texts = [read(RESULTS), read(f"submissions/{RESULTS}"), *(c.decode(errors="replace") for c in channels)]
    found: list[list[dict[str, float]]] = []
    for line in (line for text in texts for line in text.splitlines() if '"points"' in line):
        with contextlib.suppress(ValueError, KeyError):
            found.append(json.loads(line[line.index("{") :])["points"])
    return max(found, key=lambda points: sum(sum(one.values()) for one in points[:-1]), default=None)


def main() -> None:
    kept = services()
    # Moved away, because the students' code gets these numbers.
    requests = os.fdopen(fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 64))
    answers = os.fdopen(fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 64), "w")
    torch.set_num_threads(1)
    # Things that torch sets up at their first use.
    repr(torch.zeros(2)), repr(torch.zeros(2, device="meta")), torch.use_deterministic_algorithms(False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # process 1 gets those that it has a handler for, as Python has
    gc.collect()
    gc.freeze()
    for line in requests:
        answers.write(json.dumps(observe(json.loads(line))) + "\n")
        answers.flush()
    del kept


if __name__ == "__main__":
    main()
