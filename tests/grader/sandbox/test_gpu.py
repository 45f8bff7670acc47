"""What a GPU run changes about the sandbox, as far as that shows without a GPU; tests/test_cuda.py has the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from grader.errors import OutOfMemory, StudentRaised, WorkerDied
from grader.sandbox import levels
from grader.sandbox.inside.wire import Handle, encode
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level, available, command, restrictions
from grader.sandbox.limits import Limits
from grader.sandbox.remote import RemoteImplementation

from .programs import SHORT, Program, cells, started
from .test_fuzz import LIMITS, LyingLane, lying


@pytest.fixture
def nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A /dev with the nodes of a GPU, and what is none."""
    for name in ("nvidia0", "nvidiactl", "nvidia-uvm", "sda", "kvm"):
        (tmp_path / name).touch()
    (tmp_path / "nvidia-caps").mkdir()
    monkeypatch.setattr(levels, "DEVICE_FOLDER", tmp_path)
    return [str(tmp_path / name) for name in ("nvidia-caps", "nvidia-uvm", "nvidia0", "nvidiactl")]


def test_device_nodes_are_bound_for_the_gpu_alone(nodes: list[str], tmp_path: Path) -> None:
    """bubblewrap gets the nodes of NVIDIA's driver and no other device; on the CPU it gets none."""
    argv = command(Level.BWRAP, 5, Limits(), folder=tmp_path, device="cuda")
    assert [argv[i + 1] for i, flag in enumerate(argv) if flag == "--dev-bind"] == nodes
    assert "--dev-bind" not in command(Level.BWRAP, 5, Limits(), folder=tmp_path, device="cpu")


def test_landlock_grants_the_same_nodes(nodes: list[str], tmp_path: Path) -> None:
    """They may be written to, the driver's own description read, and nothing else is added."""
    cpu, cuda = (restrictions(Level.LANDLOCK, tmp_path, device=device) for device in ("cpu", "cuda"))
    assert cuda["write"] == [str(tmp_path), *nodes]
    assert cpu["write"] == [str(tmp_path)]
    assert set(cuda["read"]) - set(cpu["read"]) == {"/proc/driver/nvidia"}


@pytest.mark.parametrize("level", [Level.BWRAP, Level.LANDLOCK])
def test_memory_is_watched_where_it_cannot_be_limited(level: Level) -> None:
    """For any device but the CPU no address-space limit is set; a hog is ended for what it holds, its worker stays."""
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
    # "meta" is no CPU to the sandbox, and torch has it everywhere.
    with Lane(level, SHORT, device="meta") as lane:
        remote = started(lane, source)
        assert remote.call("limits") == [-1, -1]
        assert remote.call("reserve") == 8 << 30
        worker = lane._process
        with pytest.raises(OutOfMemory):
            remote.call("hog")
        assert remote.call("limits") == [-1, -1]
        assert lane._process is worker


def test_on_the_cpu_memory_is_limited(any_lane: Lane) -> None:
    """There RLIMIT_DATA holds, which a program meets as an exception before anything is ended."""
    source = "import resource\ndef limit(): return resource.getrlimit(resource.RLIMIT_DATA)[0]"
    limit = started(any_lane, source).call("limit")
    assert SHORT.memory_mb << 20 <= limit < (SHORT.memory_mb << 20) + (4 << 30)


RAISED = {"kind": "AcceleratorError", "text": "device-side assert triggered", "frames": []}


def test_a_lost_gpu_is_one_error_and_a_fresh_start() -> None:
    """The call that broke the context raises, objects of before are lost, the next call has a process of its own."""
    answers = [encode({"raised": RAISED, "lost": True}), encode({"value": []}), encode({"value": 7})]
    remote = lying(encode({"value": Handle(0, "Net")}), *answers)
    net = remote.new("Net")
    with pytest.raises(StudentRaised, match="device-side assert"):
        remote.call("f", torch.zeros(1))
    with pytest.raises(WorkerDied, match="lost"):
        remote.invoke(net, "forward")
    assert remote.call("f") == 7
    assert remote._lane.lives == 2  # type: ignore[attr-defined]


def test_an_error_that_leaves_the_gpu_usable_starts_nothing() -> None:
    """An ordinary exception, or a lie about it that is no `True`, ends no life."""
    remote = lying(
        encode({"raised": RAISED, "lost": False}), encode({"raised": RAISED, "lost": "yes"}), encode({"value": 7})
    )
    for _ in range(2):
        with pytest.raises(StudentRaised):
            remote.call("f")
    assert remote.call("f") == 7
    assert remote._lane.lives == 1  # type: ignore[attr-defined]


def test_a_statement_that_loses_the_gpu_is_left_out() -> None:
    """The program is started without it, and says so of that statement alone."""
    lost, fine = encode({"raised": RAISED, "lost": True}), encode({"value": None})
    together, without = lost, encode({"value": None})
    lane = LyingLane([together, fine, lost, without, fine])
    remote = RemoteImplementation(lane, Program(cells("a = 1", "b = 2", "c = 3")), LIMITS)  # type: ignore[arg-type]
    remote.start()
    assert [(statement.source, str(error)) for statement, error in remote.load_errors] == [
        ("b = 2", "AcceleratorError: device-side assert triggered")
    ]
    assert lane.lives == 3
