"""The holdings of a submission's processes, as process 1 sees them."""

from __future__ import annotations

import os
import socket

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
