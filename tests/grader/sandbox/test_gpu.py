"""The sandbox in a GPU run, as far as a machine without a GPU can show it; tests/test_cuda.py has the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import OutOfMemory, StudentRaised
from grader.sandbox import levels
from grader.sandbox.inside.wire import encode
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level, available, command, restrictions
from grader.sandbox.limits import Limits
from grader.sandbox.remote import RemoteProgram

from .programs import SHORT, Program, called, cells, started
from .test_fuzz import LIMITS, LOADED, LyingLane, end, evidence, lying, piece


@pytest.fixture
def nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A /dev with the nodes of a GPU, and with other files."""
    for name in ("nvidia0", "nvidiactl", "nvidia-uvm", "sda", "kvm"):
        (tmp_path / name).touch()
    (tmp_path / "nvidia-caps").mkdir()
    monkeypatch.setattr(levels, "DEVICE_FOLDER", tmp_path)
    return [str(tmp_path / name) for name in ("nvidia-caps", "nvidia-uvm", "nvidia0", "nvidiactl")]


def test_device_nodes_are_bound_for_the_gpu_alone(nodes: list[str], tmp_path: Path) -> None:
    """bubblewrap binds the nodes of NVIDIA's driver and no other device; on the CPU it binds none."""
    argv = command(Level.BWRAP, 5, Limits(), folder=tmp_path, device="cuda")
    assert [argv[i + 1] for i, flag in enumerate(argv) if flag == "--dev-bind"] == nodes
    assert "--dev-bind" not in command(Level.BWRAP, 5, Limits(), folder=tmp_path, device="cpu")


def test_landlock_grants_the_same_nodes(nodes: list[str], tmp_path: Path) -> None:
    """Landlock lets a child write to the nodes and read the driver's description, and adds nothing else."""
    cpu, cuda = (restrictions(Level.LANDLOCK, tmp_path, device=device) for device in ("cpu", "cuda"))
    assert cuda["write"] == [str(tmp_path), *nodes]
    assert cpu["write"] == [str(tmp_path)]
    assert set(cuda["read"]) - set(cpu["read"]) == {"/proc/driver/nvidia"}


@pytest.mark.parametrize("level", [Level.BWRAP, Level.LANDLOCK])
def test_memory_is_watched_where_it_cannot_be_limited(level: Level) -> None:
    """For devices other than the CPU there is no address-space limit; a hog is ended for its use, its worker stays."""
    found = available(level)
    if not found.works:
        pytest.skip(found.reason)
    source = """
        import resource
        MAP_NORESERVE = 0x4000
        def limits(): return [resource.getrlimit(k)[0] for k in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
        def reserve():
            import mmap
            return len(mmap.mmap(-1, 8 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE))
        def hog():
            kept = []
            while True: kept.append(b"x" * (20 << 20))
    """
    # "meta" is not a CPU to the sandbox, and every torch has it.
    with Lane(level, SHORT, device="meta") as lane:
        remote = started(lane, source)
        assert called(remote, "limits") == [-1, -1]
        assert called(remote, "reserve") == 8 << 30
        worker = lane._process
        with pytest.raises(OutOfMemory):
            called(remote, "hog")
        assert called(remote, "limits") == [-1, -1]
        assert lane._process is worker


def test_on_the_cpu_memory_is_limited(any_lane: Lane) -> None:
    """On the CPU, RLIMIT_DATA holds: a program gets an exception before it is ended."""
    source = "import resource\ndef limit(): return resource.getrlimit(resource.RLIMIT_DATA)[0]"
    limit = called(started(any_lane, source), "limit")
    assert SHORT.memory_mb << 20 <= limit < (SHORT.memory_mb << 20) + (4 << 30)


RAISED = {"kind": "AcceleratorError", "text": "device-side assert triggered", "frames": []}
ENDED = {**RAISED, "origin": "student", "line": 1, "last": "f"}


def test_a_lost_gpu_is_one_error_and_a_fresh_start() -> None:
    """The run that broke the context ends with the exception, and the next run gets its own process."""
    remote = lying(piece("a", 1), end(error=ENDED, lost=True), LOADED, piece("a", 7, run=1), end(1))
    first, second = evidence(remote, 2)
    assert first.values == {"a": 1}
    assert isinstance(first.error, StudentRaised)
    assert "device-side assert" in str(first.error)
    assert (second.values, second.error) == ({"a": 7}, None)
    assert remote._lane.lives == 2  # type: ignore[attr-defined]


def test_an_error_that_leaves_the_gpu_usable_starts_nothing() -> None:
    """An ordinary exception, or a false claim of loss that is not `True`, does not end a life."""
    remote = lying(end(error=ENDED), end(1, error=ENDED, lost="yes"), piece("a", 7, run=2), end(2))
    *raised, last = evidence(remote, 3)
    assert all(isinstance(came.error, StudentRaised) for came in raised)
    assert last.values == {"a": 7}
    assert remote._lane.lives == 1  # type: ignore[attr-defined]


def test_a_statement_that_loses_the_gpu_is_left_out() -> None:
    """The program starts without the statement, and only this statement has an error."""
    lost, fine = encode({"raised": RAISED, "lost": True}), encode({"value": None})
    together, without = lost, encode({"value": None})
    lane = LyingLane([together, fine, lost, without, fine])
    remote = RemoteProgram(lane, Program(cells("a = 1", "b = 2", "c = 3")), LIMITS)  # type: ignore[arg-type]
    remote.start()
    assert [(statement.source, str(error)) for statement, error in remote.load_errors] == [
        ("b = 2", "AcceleratorError: device-side assert triggered")
    ]
    assert lane.lives == 3
