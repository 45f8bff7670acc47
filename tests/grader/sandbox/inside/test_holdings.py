"""The holdings of a submission's processes, as process 1 sees them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from grader.sandbox.inside import holdings
from grader.sandbox.levels import Level, available

from ..ordinary import run_as_ordinary, why_not


def test_each_pipe_and_socket_counts_once() -> None:
    """Also if two processes hold it."""
    first, second = socket.socketpair()
    with first, second:
        states = [os.fstat(first.fileno()), os.fstat(second.fileno()), os.fstat(first.fileno())]
    assert holdings.in_buffers(states) == 2 * holdings.SOCKET


TCP = """
import socket
from grader.sandbox.inside.holdings import TCP_SOCKET, in_tcp
def count():
    return in_tcp() // TCP_SOCKET
seen = [count()]
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
other, _ = server.accept()
seen.append(count())
client.setblocking(False)
try:
    while client.send(bytes(1 << 16)):
        pass
except BlockingIOError:
    client.close()
seen.append(count())
other.close()
seen.append(count())
print(seen)
"""


@pytest.mark.bwrap
def test_tcp_sockets_count_as_long_as_the_kernel_keeps_them() -> None:
    """A listener and two ends count. An end that is closed with data to send counts until the other end is gone."""
    inside = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", sys.executable, "-c"]
    said = subprocess.run([*inside, TCP], capture_output=True, text=True, check=False)
    assert said.stdout == "[0, 3, 3, 1]\n", said.stderr


HIDES = """
import ctypes, json, os, sys, time
from grader.errors import WorkerError
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level
from tests.grader.sandbox.programs import SHORT, called, started
hide = """ + repr('''
def hide():
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
    for k in range(8):
        kept.append(open("f", "wb")); kept[-1].write(b"x" * (1 << 20)); kept[-1].flush(); os.unlink("f")
    time.sleep(60)
''') + """
with Lane(Level.LANDLOCK, SHORT) as lane:
    remote = started(lane, "import ctypes, os, time; kept = []", hide, "def leave(): os.fork() or os._exit(0)\\n")
    assert remote.load_errors == ()
    called(remote, "leave")
    try:
        called(remote, "hide")
    except WorkerError as error:
        print(error)
"""


def test_a_process_that_hides_its_descriptors_is_ended() -> None:
    """Root sees them all the same; for others it may hold removed files open. A process that ends may hide them."""
    if not available(Level.LANDLOCK).works:
        pytest.skip("no Landlock here")
    if reason := why_not():
        pytest.skip(reason)
    said = run_as_ordinary(HIDES)
    assert said.stdout == "the code wrote more than 4 MB of files\n", said.stderr
