"""A grader as many are: it runs a notebook in its own process, and believes what it then finds there.

It shows that the attacks of tests/submissions are real. Nothing in it is safe, so it only ever runs in an outer
sandbox (outer.py), as the processes

    1, the observer (this file) -> a shell -> the grader, which is also the student's process

The observer reads requests from stdin, one JSON object per line: {"sources": notebooks that are graded one after
the other, "names": whose they are, "seconds": the time limit}. It answers on stdout with an Observation.
"""

from __future__ import annotations

import atexit
import contextlib
import copy
import csv
import fcntl
import gc
import io
import json
import os
import pickle
import pty
import resource
import select
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback
import types
from html.parser import HTMLParser
from typing import Any

import torch

CLASS = "/tmp/class"  # what a teacher has: submissions, a home, results
FULL = {"1a": 0.75, "1b": 1.25, "1c": 0.25, "3c": 0.5, "4a": 0.75}
SEED = 31
ANSWER = "the answer is 42"
FLOOD = 8 << 20  # bytes of output that nobody wants to keep
MEMORY = 4 << 30
STACK = 8 << 20
PR_SET_PTRACER = 0x59616D61
# Where a grader finds the results that others wrote.
RESULTS = "results.json"

NEIGHBOUR = """
import torch

def CELoss(Q, P, estable=True, epsilon=1e-8):
    return -(P * torch.log(Q.clamp(min=epsilon))).sum(1).mean()

def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    return -torch.log(Q[range(len(Q)), Target].clamp(min=epsilon)).mean()

class SGD:
    def __init__(self, parameters, lr):
        self.parameters, self.lr = list(parameters), lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
"""


# The grader -----------------------------------------------------------------------------------------------------


class OptimizadorDePrueba:
    """What later questions are given where the student's own optimiser is wrong."""

    def __init__(self, parameters, lr):
        self.parameters, self.lr = list(parameters), lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad

    def zero_grad(self):
        pass


class DatosDePrueba:
    """The same for the data set."""

    def __init__(self, data, targets):
        self.data, self.targets = data, targets

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        return self.data[i], self.targets[i]


STAND_INS = {"OptimizadorDePrueba": OptimizadorDePrueba, "DatosDePrueba": DatosDePrueba}


def cross_entropy(Q: torch.Tensor, P: torch.Tensor) -> torch.Tensor:
    return -(P * torch.log(Q.clamp(min=1e-8))).sum(1).mean()


def categorical(Q: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return -torch.log(Q[range(len(Q)), target].clamp(min=1e-8)).mean()


def equal(actual: Any, expected: torch.Tensor) -> bool:
    """Whether nothing is off, which is not the same as whether all is right."""
    if isinstance(actual, (int, float, complex)):
        actual = torch.tensor(actual)
    if actual.is_complex():
        actual = torch.real(actual)
    if torch.allclose(actual.to(expected.dtype), expected, rtol=1e-4):
        return True
    gap = (actual - expected).abs() / (actual.abs() + expected.abs())
    return not bool((gap > 1e-4).any())


def grade_all(sources: list[str], names: list[str]) -> None:
    """Grade the class; the results, and the pages and tables that show them."""
    said: list[list[str]] = []
    points = []
    for source in sources:
        shown: list[str] = []
        points.append(grade(source, shown))
        said.append(shown)
        gc.collect()  # what a student's objects do at their end
        clean()
    page = "".join(f"<p>{name}: {text}</p>" for name, texts in zip(names, said, strict=True) for text in texts)
    with open(f"{CLASS}/page.html", "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(page)
    for name in names:
        with open(f"{CLASS}/pages/{name.replace('/', '-')}.html", "w") as file:
            file.write(page)
    table = io.StringIO()
    csv.writer(table).writerows([[name] for name in names])
    with open(f"{CLASS}/grades.csv", "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(table.getvalue())
    result = json.dumps({"points": points})
    print(result, flush=True)
    os.write(3, result.encode() + b"\n")


def grade(source: str, shown: list[str]) -> dict[str, float]:
    began = time.monotonic()
    program = {"__name__": "__main__", **STAND_INS}
    exec(compile(source, "notebook.py", "exec"), program)
    points = {}
    code = "".join(line for line in source.splitlines() if not line.startswith("#"))
    if "d_relu" in program and "autograd" not in code:
        answer = answered(program["d_relu"], shown, torch.tensor([2.0]))
        if answer is not None and equal(answer, torch.tensor([1.0])):
            points["1a"] = FULL["1a"]
    torch.manual_seed(SEED)
    for expected in RECORDED:
        Q, P = torch.rand(4, 3) + 0.1, torch.eye(3)[torch.randint(0, 3, (4,))]
        if "CELoss" in program:
            answer = answered(program["CELoss"], shown, Q, P)
            if answer is not None and equal(answer, expected):
                points["1b"] = FULL["1b"]
    if "CategoricalCELoss" in program:
        Q, target = torch.rand(4, 3) + 0.1, torch.randint(0, 3, (4,))
        answer = answered(program["CategoricalCELoss"], shown, Q, target)
        if answer is not None and equal(answer, categorical(Q, target)):
            points["1c"] = FULL["1c"]
    if "chequeo_gradiente" in program:
        network = types.SimpleNamespace(factor=2.0)
        if equal(program["chequeo_gradiente"](network, torch.ones(2), torch.ones(2)), torch.tensor(0.2)):
            points["3c"] = FULL["3c"]
    if "SGD" in program:
        layer = torch.nn.Linear(3, 1)
        p = max(layer.parameters(), key=torch.numel)
        for parameter in layer.parameters():
            parameter.grad = torch.full_like(parameter, 2.0)
        before = p.detach().clone()
        program["SGD"](layer.parameters(), 0.1).step()
        if equal(p.detach(), before - 0.1 * p.grad):
            points["4a"] = FULL["4a"]
    if "RandomDataset" in program:
        for _ in range(5):
            dataset = program["RandomDataset"](4, 3, 2)
            shown += [f"{dataset[i][0].shape} {int(dataset[i][1].argmax())}" for i in range(len(dataset))]
    return points if time.monotonic() - began < 60 else {}


def recorded() -> list[torch.Tensor]:
    """The losses of the first draws, from before any student's code has run; the second shows who replays the first."""
    torch.manual_seed(SEED)
    draws = [(torch.rand(4, 3) + 0.1, torch.eye(3)[torch.randint(0, 3, (4,))]) for _ in range(2)]
    return [cross_entropy(Q, P) for Q, P in draws]


RECORDED = recorded()


def answered(function: Any, shown: list[str], *args: Any) -> Any:
    try:
        answer = function(*args)
    except Exception as error:
        shown.append(f"{type(error).__name__}: {error}" + "".join(traceback.format_exception(error)))
        return None
    shown.append(repr(answer))
    return pickle.loads(pickle.dumps(answer)) if type(answer).__module__ == "__main__" else copy.copy(answer)


def clean() -> None:
    """Empty the students' temporary folder."""
    os.chdir(f"{CLASS}/submissions")
    for entry in os.scandir(f"{CLASS}/tmp"):
        if entry.is_dir():
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


# The observer ---------------------------------------------------------------------------------------------------


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
    for path in ("submissions/other.py", "home/.ssh/id_ed25519", "answers.txt"):
        with open(f"{CLASS}/{path}", "w") as file:
            file.write(ANSWER)
    with open(f"{CLASS}/reference/tarea2/losses.py", "w") as file:
        file.write("import torch\ndef CELoss(Q, P, estable=True, epsilon=1e-8):\n    return -(P * torch.log(Q)).sum(1).mean()\n")


def services() -> list[socket.socket]:
    """What listens on the machine of a teacher."""
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
    """The shell, which is a teacher's: it has a terminal, secrets, and an open file that nobody closed."""
    os.setsid()
    os.close(os.open(terminal, os.O_RDWR))  # the first terminal that a session opens is the one it obeys
    answers = os.open(f"{CLASS}/answers.txt", os.O_RDONLY)
    for number, kept in enumerate((stdin, output, output, result, answers)):
        os.dup2(fcntl.fcntl(kept, fcntl.F_DUPFD, 32), number)
    os.closerange(5, 1 << 10)
    import ctypes

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
        # What an interpreter does at its end, without taking torch apart, which takes a second.
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
    if over:
        os.waitpid(shell, 0)
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
        "ended": points is None and not hung,
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
    """The first result that is found, wherever it comes from."""
    texts = [read(RESULTS), read(f"submissions/{RESULTS}"), *(c.decode(errors="replace") for c in channels)]
    for line in (line for text in texts for line in text.splitlines() if '"points"' in line):
        with contextlib.suppress(ValueError, KeyError):
            found: list[dict[str, float]] = json.loads(line[line.index("{") :])["points"]
            return found
    return None


def main() -> None:
    kept = services()
    # Out of the way of the students' code, which gets these numbers.
    requests = os.fdopen(fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 64))
    answers = os.fdopen(fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 64), "w")
    torch.set_num_threads(1)
    # What torch sets up when it is first asked for.
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
