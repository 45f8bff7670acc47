"""Calls of a GPU in a process that has none."""

from __future__ import annotations

import pytest

from grader.sandbox.lane import Lane

from ..programs import called, started


@pytest.mark.parametrize("device", ["cuda", "cuda:0", "mps"])
def test_a_missing_gpu_costs_nothing(lane: Lane, device: str) -> None:
    """Tensors and modules stay where they are."""
    remote = started(
        lane,
        f"import torch\nD = '{device}'",
        "a = [torch.ones(1).to(D), torch.zeros(1, device=D), torch.nn.Linear(1, 1, device=D).to(torch.device(D)).bias]",
        "torch.set_default_device(D)\nb = torch.ones(1).to(torch.ones(1, device=D))",
        "def result(): return [str(t.device) for t in (*a, b)]",
    )
    assert remote.load_errors == ()
    assert called(remote, "result") == ["cpu"] * 4


def test_calls_of_a_gpu_that_is_not_here(lane: Lane) -> None:
    """Events, streams, memory, amp and MPS do nothing and raise nothing."""
    remote = started(
        lane,
        "import torch\nstart, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)",
        "start.record(); end.record(); torch.cuda.synchronize(); ms = start.elapsed_time(end)",
        "with torch.cuda.stream(torch.cuda.Stream()), torch.cuda.device(0): torch.cuda.current_stream().synchronize()",
        "torch.cuda.set_device(0); torch.cuda.reset_peak_memory_stats(); torch.mps.synchronize()",
        "name = torch.cuda.get_device_name(0), torch.cuda.current_device(), torch.cuda.memory_summary()",
        "scaler = torch.amp.GradScaler('cuda'); x = torch.ones(2)",
        "with torch.autocast('cuda', dtype=torch.float16): y = x @ x",
        "g = torch.Generator(device='cuda'); torch.rand(1, generator=g); assert isinstance(g, torch.Generator)",
        "with torch.cuda.amp.autocast(): z = scaler.scale(y)",
        "w = torch.ones(1).pin_memory().type('torch.cuda.DoubleTensor').cuda(0, non_blocking=True)",
        "torch.set_default_tensor_type('torch.cuda.FloatTensor'); v = torch.cuda.LongTensor([1])",
        "def result(): return [ms >= 0, float(z), w.dtype == torch.float64, torch.cuda.is_available(), int(v)]",
    )
    assert remote.load_errors == ()
    assert called(remote, "result") == [True, 2.0, True, False, 1]
