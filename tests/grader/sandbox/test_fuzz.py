"""No bytes from the worker crash, hang or inflate the trusted side: random bytes, and the worst known ones."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import socket
import struct
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import WireError, WorkerDied, WorkerError
from grader.judging.checks.failures import describe
from grader.sandbox.connection import Connection, ended, heard
from grader.sandbox.inside.wire import (
    DTYPES,
    HEADER,
    LENGTH,
    MAX_JSON,
    MAX_PAYLOAD,
    Kind,
    Malformed,
    decode,
    encode,
    frame_length,
    framed,
)
from grader.sandbox.lane import Lane, ResourceUsage
from grader.sandbox.levels import Level
from grader.sandbox.limits import Limits
from grader.sandbox.remote import MAX_SENT, RemoteProgram
from grader.sandbox.test_runs import MOST_NAMES, Came, TestRun, TestSources

from .hostile import OF_A_RUN, PAYLOADS, REPLIES, TREES, VALUES, many, payload
from .programs import Program, SnippetProgram, Statement

LIMITS = Limits(call_s=5.0, output_kb=1)
KINDS = (type(None), bool, int, float, str, torch.Tensor, torch.dtype, torch.device, Kind, list, tuple, dict)


def parts(value: Any) -> Iterator[Any]:
    yield value
    if type(value) in (list, tuple):
        for item in value:
            yield from parts(item)
    elif type(value) is dict:
        yield from parts(list(value.values()))


@many
@given(PAYLOADS)
def test_a_payload_is_a_plain_value_or_malformed(raw: bytes) -> None:
    """A decoded value has few harmless types, its tensors are no larger than the bytes, and nothing else is raised."""
    try:
        value = decode(raw)
    except Malformed:
        return
    found = list(parts(value))
    assert all(type(part) in KINDS for part in found)
    tensors = [part for part in found if type(part) is torch.Tensor]
    assert sum(t.numel() * t.element_size() for t in tensors) <= len(raw)
    assert all(t.dtype in DTYPES.values() and t.device.type == "cpu" for t in tensors)
    json.dumps([part for part in found if type(part) is str]).encode()


@many
@given(st.binary(min_size=LENGTH.size, max_size=LENGTH.size))
def test_an_announced_length_is_small_or_malformed(prefix: bytes) -> None:
    """No prefix makes the trusted side wait for more than the largest payload."""
    with contextlib.suppress(Malformed):
        assert HEADER.size <= frame_length(prefix) <= MAX_PAYLOAD


class Bomb:
    """A pickle that writes a file when it is loaded."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (str(self.marker), "w")


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_is_not_loaded(tmp_path: Path, protocol: int) -> None:
    """A pickle, bare, framed, as a text or as a tensor's bytes, is never executed; the test would see its execution."""
    marker = tmp_path / "marker"
    bomb = pickle.dumps(Bomb(marker), protocol)
    for raw in (
        bomb,
        payload({}, bomb),
        payload({"tensor": ["uint8", [len(bomb)]]}, bomb),
        payload(bomb.decode("latin-1")),
    ):
        with contextlib.suppress(Malformed):
            decode(raw)
    assert not marker.exists()
    pickle.loads(bomb).close()
    assert marker.exists()


WORST = {
    "empty lists": b"[" + b"[]," * 1_300_000 + b"[]]",
    "empty objects": b"[" + b"{}," * 1_300_000 + b"{}]",
    "zeros": b"[" + b"0," * 2_000_000 + b"0]",
    "nested": b"[" * 2_000_000 + b"]" * 2_000_000,
    "nested objects": b'{"a":' * 800_000 + b"0" + b"}" * 100,
    "one number": b"9" * 4_000_000,
    "one float": b"0." + b"9" * 4_000_000,
    "one exponent": b"1e" + b"9" * 4_000_000,
    "one text": b'"' + b"x" * 4_000_000 + b'"',
    "quotes": b'"' * 4_000_000,
    "escaped": b'"' + b"\\" * 4_000_000 + b'"',
    "commas": b'["' + b"," * 4_000_000 + b'"]',
    "same keys": b"{" + b'"a":0,' * 600_000 + b'"a":0}',
    "spaces": b" " * 4_000_000,
    "lists as many as allowed": b"[" + b"[]," * 199_000 + b"[]]",
    "objects as many as allowed": b"[" + b'{"a":0},' * 199_000 + b"0]",
    "keys as many as allowed": b"{" + b",".join(b'"%d":0' % i for i in range(399_000)) + b"}",
}


@pytest.mark.parametrize("kind", WORST)
def test_the_worst_json_costs_little_memory(kind: str) -> None:
    """For any header of the largest size, reading takes less memory than the largest payload."""
    text = WORST[kind]
    raw = bytearray(HEADER.pack(len(text)) + text)
    tracemalloc.start()
    try:
        with contextlib.suppress(Malformed):
            decode(raw)
        assert tracemalloc.get_traced_memory()[1] < MAX_PAYLOAD
    finally:
        tracemalloc.stop()


def test_a_text_full_of_commas_is_refused_on_both_sides() -> None:
    """Parts are counted, also within strings; the sender and the receiver come to the same result."""
    text = "a,b," * 210_000
    with pytest.raises(Malformed, match="too many parts"):
        decode(payload(text))
    with pytest.raises(Malformed, match="too many parts"):
        encode(text)
    assert decode(encode(text[:700_000])) == text[:700_000]


class Peer:
    """A connection whose other ends belong to the test: the child's socket, its output, and process 1."""

    def __init__(self) -> None:
        ours, self.control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        channel, self.channel = socket.socketpair()
        output, self.output = os.pipe()
        self._ours = ours
        self.connection = Connection(ours, channel, output, LIMITS)

    def hang_up(self) -> None:
        self.channel.close()
        self.control.close()
        os.close(self.output)
        self.output = -1

    def close(self) -> None:
        self.connection.close()
        self._ours.close()
        self.channel.close()
        self.control.close()
        if self.output >= 0:
            os.close(self.output)


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.close()


PACKETS = (
    st.just(b"")
    | st.binary(min_size=1, max_size=60)
    | TREES.map(lambda tree: json.dumps(tree).encode())
    | st.builds(
        lambda why, status: json.dumps({"why": why, "exited": status}).encode(),
        st.sampled_from(["", "memory", "processes", "x"]) | TREES,
        st.integers(-2, 70_000) | TREES,
    )
)
STREAMS = st.lists(
    st.binary(max_size=40) | PAYLOADS.map(framed) | (REPLIES | OF_A_RUN).map(lambda tree: framed(payload(tree))),
    max_size=3,
).map(b"".join)


@many
@given(stream=STREAMS, packet=PACKETS, printed=st.binary(max_size=3000))
def test_a_hostile_peer_gets_an_answer_or_an_error(stream: bytes, packet: bytes, printed: bytes) -> None:
    """For any bytes on the three channels when the peer hangs up, `ask` returns a value or raises a WorkerError."""
    peer = Peer()
    try:
        peer.channel.sendall(stream)
        os.write(peer.output, printed)
        if packet:
            peer.control.send(packet)
        peer.hang_up()
        for _ in range(3):
            with contextlib.suppress(WorkerError):
                peer.connection.ask({"do": "run_all", "statements": []}, LIMITS.call_s)
            with contextlib.suppress(WorkerError):
                peer.connection.tell({"do": "tests"})
                assert isinstance(peer.connection.hear(LIMITS.call_s), dict)
        assert len(peer.connection._inbox) <= len(stream)
        assert len(peer.connection.output) < 2 * 1024
    finally:
        peer.close()


@many
@given(PACKETS)
def test_whatever_process_1_says_is_an_end(packet: bytes) -> None:
    """A packet that is not JSON or not an object, or that holds unexpected content, is still an error of the worker."""
    assert isinstance(ended(heard(packet), LIMITS), WorkerError)


@pytest.mark.parametrize(
    ("packet", "words"),
    [
        (b'{"why": "", "exited": 9}', "SIGKILL"),
        (b'{"why": "", "exited": 1792}', "status 7"),
        (b'{"why": "", "exited": 63}', "signal 63"),
        (b'{"why": "", "exited": 127}', "the sandbox ended"),  # a stopped process has not ended
        (b'{"why": "", "exited": 1e400}', "the sandbox ended"),
        (b'{"why": "", "exited": 99999999999999}', "the sandbox ended"),
        (b'{"why": "", "exited": "9"}', "the sandbox ended"),
        (b'{"exited": -1}', "the sandbox ended"),
        (b"[]", "the sandbox ended"),
        (b"\xff\xfe", "the sandbox ended"),
        (b"[" * 60_000, "the sandbox ended"),
        (b"9" * 60_000, "the sandbox ended"),
    ],
)
def test_how_the_child_ended_is_said_in_words(packet: bytes, words: str) -> None:
    """The message names the status or the signal; for anything else it says that the sandbox ended."""
    error = ended(heard(packet), LIMITS)
    assert isinstance(error, WorkerDied)
    assert words in str(error)


@many
@given(st.lists(PACKETS.filter(bool), max_size=4))
def test_usage_from_a_lying_process_1_is_a_number_or_none(packets: list[bytes]) -> None:
    """Process 1 may send anything at the end of a submission: the usage is finite numbers, and nothing is raised."""
    peer, lane = Peer(), Lane(Level.NONE, LIMITS)
    try:
        for packet in packets:
            peer.control.send(packet)
        peer.control.shutdown(socket.SHUT_WR)
        lane._control, lane._connection = peer._ours, peer.connection
        used = lane.end()
        assert 0 <= used.cpu_s < float("inf")
        assert 0 <= used.rss_mb < float("inf")
    finally:
        peer.close()


@pytest.mark.parametrize("cpu_s", ["NaN", "-1", "1e999", "9" * 400, "[]", '"1"', "null"])
def test_a_usage_that_is_no_number_is_dropped(peer: Peer, cpu_s: str) -> None:
    """NaN, negative, infinite and huge numbers do not enter the record."""
    lane = Lane(Level.NONE, LIMITS)
    peer.control.send(b'{"done": {"cpu_s": %s, "rss_mb": 1}}' % cpu_s.encode())
    lane._control, lane._connection = peer._ours, peer.connection
    assert lane.end() == ResourceUsage()


def test_a_process_1_that_never_stops_talking_is_left(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless stream of packets does not stop the run."""
    monkeypatch.setattr("grader.sandbox.lane.END_S", 0.05)
    lane = Lane(Level.NONE, LIMITS)
    monkeypatch.setattr(lane, "_hear", lambda seconds: {"exited": 0})
    lane._control, lane._connection = peer._ours, peer.connection
    assert lane.end() == ResourceUsage()


class Liar(Connection):
    """A connection with the answers that the test gives."""

    def __init__(self, answers: list[bytes]) -> None:
        self.answers = answers
        self.tripped = ()
        self._reset()

    def _exchange(self, request: bytes, seconds: float) -> bytearray:
        answer = self.answers.pop(0) if self.answers else encode({"value": None})
        self.received += len(answer)
        return bytearray(answer)


class LyingLane:
    """A lane with such connections."""

    limits = LIMITS

    def __init__(self, answers: list[bytes]) -> None:
        self.answers = answers
        self.connection: Liar | None = None
        self.lives = 0

    def begin(self, files: object = (), first: int = 0) -> Liar:
        self.lives += 1
        self.connection = Liar(self.answers)
        return self.connection

    def end(self) -> ResourceUsage:
        connection, self.connection = self.connection, None
        return ResourceUsage(received=connection.received if connection else 0)


LOADED = encode({"value": []})  # the answer of a program without statements


def lying(*answers: bytes) -> RemoteProgram:
    """A program that has started and that then gives these answers."""
    program = Program((), {"s": SnippetProgram({"a": (Statement("a = 1"),), "b": (Statement("b = 1"),)})})
    return RemoteProgram(LyingLane([LOADED, *answers]), program, LIMITS)  # type: ignore[arg-type]


def piece(name: str, value: Any, run: int = 0) -> bytes:
    """One piece of evidence as an honest worker sends it."""
    return encode({"run": run, "name": name, "value": value, "must": False})


def end(run: int = 0, error: Any = None, **more: Any) -> bytes:
    """The end of a run as an honest worker sends it."""
    return encode({"run": run, "end": error, "mutated": [], "tripped": [], "lost": False, "cpu": 0.1, **more})


LONG = "x" * 20_000
RUN = TestRun("def test(d): return {}", {}, 0, 5.0)
SOURCES = TestSources(asked=("f",), snippet="s")


def evidence(remote: RemoteProgram, runs: int = 1) -> list[Came]:
    return list(remote.run_tests(SOURCES, [RUN] * runs))


ANSWERS = (
    (REPLIES | OF_A_RUN).map(payload)
    | st.builds(lambda value, run: encode({"run": run, "name": "x", "value": value}), VALUES, st.integers(0, 2))
    | st.builds(lambda mutated, run: end(run, mutated=mutated), VALUES, st.integers(0, 2))
    | st.builds(end, st.integers(0, 2))
)


@many
@given(st.lists(ANSWERS, min_size=1, max_size=12))
def test_lying_answers_are_evidence_or_errors(answers: list[bytes]) -> None:
    """Each run gets evidence by name or a WorkerError, whatever is sent; the next request still works."""
    remote = lying(*answers)
    for _ in range(2):
        found = evidence(remote, 3)
        assert len(found) == 3
        for came in found:
            assert all(type(name) is str for name in came.values)
            assert came.musts <= came.values.keys()
            assert all(type(name) is str for name in came.mutated)
            assert came.error is None or isinstance(came.error, WorkerError)
            json.dumps(str(came.error)).encode()
        for seen in remote.take_tripped():
            assert (type(seen.name), isinstance(seen.cell, int), isinstance(seen.line, int)) == (str, True, True)


def test_an_honest_worker_is_believed() -> None:
    """The answers that the tests here falsify are evidence as they are."""
    first, second = evidence(lying(piece("a", 1), piece("b", 2), end(mutated=["t"]), piece("a", 3, 1), end(1)), 2)
    assert (first.values, first.error, first.mutated) == ({"a": 1, "b": 2}, None, ("t",))
    assert (second.values, second.error) == ({"a": 3}, None)


def test_evidence_for_another_run_is_an_error() -> None:
    """A worker that answers out of turn loses the run; the next run gets a fresh process."""
    remote = lying(piece("a", 1), piece("b", 2, run=1), LOADED, piece("a", 3, run=1), end(1))
    first, second = evidence(remote, 2)
    assert first.values == {"a": 1}
    assert isinstance(first.error, WireError)
    assert (second.values, second.error) == ({"a": 3}, None)


@pytest.mark.parametrize(
    "error",
    [
        {"origin": "student"},
        {"origin": "missing", "name": LONG},
        {"origin": "odd", "odd": {"name": LONG, "shape": LONG, "parameters": "", "found": LONG}},
        {"origin": "odd", "odd": {"name": LONG, "shape": LONG, "parameters": LONG, "found": LONG}},
        {"origin": "odd", "odd": None},
        {"origin": "call"},
        {"origin": "test"},
    ],
)
def test_what_people_read_of_a_process_is_short(error: dict[str, Any]) -> None:
    """No text, name or list of names fills a page, whatever the process sends."""
    frames = [{"cell": 1, "line": 1, "function": LONG}] * 50
    told = {"kind": LONG, "text": LONG, "frames": frames, "line": 1, "last": LONG, **error}
    remote = lying(
        end(error=told, mutated=[LONG, *map(str, range(900))], tripped=[{"name": LONG, "cell": 1, "line": 1}])
    )
    (came,) = evidence(remote)
    said = [describe(came.error)[1].render("en"), *came.mutated, *(call.name for call in remote.take_tripped())]
    said += [frame.function for frame in getattr(came.error, "frames", ())]
    assert "x" * 100 in said[0]
    assert sum(map(len, said)) < 10_000


def test_names_without_end_are_an_error() -> None:
    """No run can fill the memory with names."""
    (came,) = evidence(lying(*(piece(str(k), None) for k in range(MOST_NAMES + 5))))
    assert len(came.values) == MOST_NAMES
    assert isinstance(came.error, WireError)


def test_what_a_submission_may_send_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit holds over all lives; later runs are refused without another start."""
    monkeypatch.setattr("grader.sandbox.remote.MAX_SENT", 10_000)
    large = piece("a", "x" * 4_000)
    remote = lying(large, end(), large, b"no answer", LOADED, large, large, large, end())
    assert evidence(remote)[0].error is None
    assert isinstance(evidence(remote)[0].error, WireError)  # starts afresh
    for came in [*evidence(remote), *evidence(remote, 5)]:
        assert isinstance(came.error, WireError)
        assert "more than a submission may" in str(came.error)
    assert remote._lane.lives == 2  # type: ignore[attr-defined]
    assert MAX_SENT >= 4 * MAX_PAYLOAD


def test_a_start_that_is_over_the_bound_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements are not tried one by one when the submission may not send any more."""
    monkeypatch.setattr("grader.sandbox.remote.MAX_SENT", 10)
    program = Program(tuple(Statement(f"x{i} = 1", i) for i in range(50)))
    lane = LyingLane([encode({"value": []})] * 60)
    with pytest.raises(WireError):
        RemoteProgram(lane, program, LIMITS).start()  # type: ignore[arg-type]
    assert lane.lives < 4


def test_the_largest_answer_is_decoded_without_many_copies() -> None:
    """A tensor that fills a payload arrives whole; one byte more is refused by its length alone."""
    count = (MAX_PAYLOAD - MAX_JSON) // 4
    assert decode(encode(torch.zeros(count))).shape == (count,)
    with pytest.raises(Malformed):
        frame_length(struct.pack(">Q", MAX_PAYLOAD + 1))
