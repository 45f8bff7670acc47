"""A program in the worker answers the verbs like one in this process."""

from __future__ import annotations

import pytest
import torch

from grader.errors import CallTimedOut, Frame, OutOfMemory, StudentRaised, WorkerDied
from grader.sandbox.inside.wire import Handle, Named
from grader.sandbox.lane import Lane
from grader.sandbox.remote import RemoteImplementation
from grader.sandbox.verbs import Implementation

from .programs import HASTY, SHORT, Program, SnippetProgram, Statement, cells, started

NETWORK = """
    import torch
    class Net(torch.nn.Module):
        def __init__(self, n):
            super().__init__()
            self.w = torch.nn.Parameter(torch.ones(n, 2))
            self.seen = []
        def forward(self, x):
            self.seen.append(x)
            return x @ self.w
        def backward(self, x):
            self.w.grad = x.sum(0)[:, None].expand(-1, 2).clone()
"""


def test_it_is_an_implementation(lane: Lane) -> None:
    """The type checker, too, accepts a RemoteImplementation where a probe wants an Implementation."""
    remote: Implementation = started(lane, "x = 1")
    assert remote.has("x")
    assert not remote.has("y")


def test_calls_pass_values_and_names(lane: Lane) -> None:
    """Positional and keyword arguments, the program's own functions, tuples and numbers arrive."""
    remote = started(lane, "def relu(t): return t.clamp(min=0)", "def apply(f, t, k=1): return f(t) * k, t.dim(), None")
    value, dim, nothing = remote.call("apply", Named("relu"), torch.tensor([-1.0, 2.0]), k=3)
    assert value.tolist() == [0.0, 6.0]
    assert (dim, nothing) == (1, None)


def test_objects_stay_and_are_used_through_handles(lane: Lane) -> None:
    """A module is made, called, read and assigned to, and its parameters are read and set."""
    remote = started(lane, NETWORK, "def width(net): return net.w.shape")
    net = remote.new("Net", 3)
    assert net.kind == "Net"
    remote.set_parameters(net, {"w": torch.full((3, 2), 2.0)})
    assert remote.invoke(net, "__call__", torch.ones(1, 3)).tolist() == [[6.0, 6.0]]
    (before,) = remote.parameters(net)
    assert (before.name, before.value.tolist(), before.grad) == ("w", [[2.0, 2.0]] * 3, None)
    remote.invoke(net, "backward", torch.ones(4, 3))
    (after,) = remote.parameters(net)
    assert after.grad is not None
    assert after.grad.tolist() == [[4.0, 4.0]] * 3
    remote.assign(net, "note", "text")
    assert remote.read(net, "note") == "text"
    assert remote.call("width", net) == (3, 2)


def test_one_object_has_one_handle(lane: Lane) -> None:
    """An object that is answered twice has the same handle."""
    remote = started(lane, "class A: pass", "a = A()", "def get(): return a, [a]")
    first, (second,) = remote.call("get")
    assert first == second
    assert isinstance(first, Handle)


def test_each_call_gets_fresh_arguments_and_changes_are_noted(lane: Lane) -> None:
    """An argument changed in place is named once, and the next call does not see the change."""
    remote = started(lane, "def f(T, other, *rest):\n    T -= 1\n    return T", "def g(l): l[0].data.mul_(2)")
    x = torch.ones(2)
    assert remote.call("f", x, x).tolist() == [0.0, 0.0]
    assert remote.call("f", x, other=x).tolist() == [0.0, 0.0]
    remote.call("g", [x])
    assert x.tolist() == [1.0, 1.0]
    assert remote.take_mutated() == ("T", "l")
    assert remote.take_mutated() == ()


def test_nan_in_an_unchanged_argument_is_no_change(lane: Lane) -> None:
    """NaN differs from itself, but its bytes do not change."""
    remote = started(lane, "def f(t): return t + 1")
    remote.call("f", torch.tensor([torch.nan]))
    assert remote.take_mutated() == ()


def test_an_error_carries_kind_text_and_cell_lines(lane: Lane) -> None:
    """A traceback has only the student's frames, with cells and lines."""
    source = "def outer(x):\n    return inner(x)"
    remote = RemoteImplementation(
        lane,
        Program((Statement(source, cell=12, line=4), Statement("def inner(x): return [][x]", cell=3))),
        SHORT,
    )
    with pytest.raises(StudentRaised) as caught:
        remote.call("outer", 5)
    assert (caught.value.kind, caught.value.text) == ("IndexError", "list index out of range")
    assert caught.value.frames == (Frame(12, 5, "outer"), Frame(3, 1, "inner"))


def test_an_error_whose_text_cannot_be_made_is_still_an_error(lane: Lane) -> None:
    """Exceptions with a raising __str__, SystemExit and endless recursion leave the program alive."""
    remote = started(
        lane,
        "class Odd(Exception):\n    def __str__(self): raise SystemExit\n    __repr__ = __str__",
        "def odd(): raise Odd",
        "def leave(): raise SystemExit(0)",
        "def recur(): recur()",
        "def long(): raise ValueError('x' * 10**6)",
    )
    kinds = []
    for name in ("odd", "leave", "recur", "long"):
        with pytest.raises(StudentRaised) as caught:
            remote.call(name)
        kinds.append(caught.value.kind)
        assert len(caught.value.text) <= 2000
    assert kinds == ["Odd", "SystemExit", "RecursionError", "ValueError"]


def test_statements_that_raise_are_noted_and_the_rest_runs(lane: Lane) -> None:
    """A failing import costs only its own statement; a name that is defined further down is found."""
    remote = started(lane, "import not_installed", "b = a + 1", "a = 1", "def f(:", "c = 3")
    assert [(s.cell, e.kind) for s, e in remote.load_errors] == [
        (1, "ModuleNotFoundError"),
        (4, "SyntaxError"),
    ]  # type: ignore[attr-defined]
    assert remote.has("b")
    assert remote.has("c")


def test_statements_that_hang_or_crash_are_left_out(lane: Lane) -> None:
    """The program starts afresh without these statements; the statements before and after them have run."""
    remote = started(lane, "a = 1", "import os; os._exit(3)", "b = 2", "while True: pass", "c = 3", limits=HASTY)
    assert [(s.cell, type(e)) for s, e in remote.load_errors] == [(2, WorkerDied), (4, CallTimedOut)]
    assert [remote.has(n) for n in "abc"] == [True, True, True]


def test_a_call_that_hangs_costs_itself_only(lane: Lane) -> None:
    """After a time-out the next verb starts the program afresh, without its earlier objects."""
    remote = started(lane, "class A: pass", "def hang():\n    while True: pass", "def one(): return 1", limits=HASTY)
    old = remote.new("A")
    with pytest.raises(CallTimedOut):
        remote.call("hang")
    assert remote.call("one") == 1
    with pytest.raises(WorkerDied, match="was restarted"):
        remote.read(old, "x")
    assert remote.call("one") == 1


def test_the_deadline_holds_for_every_verb(lane: Lane) -> None:
    """After the deadline that the judge set, no verb waits."""
    remote = started(lane, "def one(): return 1")
    remote.deadline = 0.0
    with pytest.raises(CallTimedOut):
        remote.call("one")
    assert remote.load_errors == ()
    remote.deadline = None
    assert remote.call("one") == 1


def test_memory_is_bounded(lane: Lane) -> None:
    """An allocation over the limit is refused, in Python and in torch, before the watch must end the process."""
    remote = started(
        lane,
        "import torch",
        "def in_python(): return len(bytearray(10**9))",
        "def in_torch(): return torch.ones(10**9).sum()",
    )
    for name, said in (("in_python", "^$"), ("in_torch", "can't allocate memory")):
        with pytest.raises(OutOfMemory, match=said):
            remote.call(name)


def test_a_program_that_was_not_loaded_in_time_is_loaded_later(lane: Lane) -> None:
    """A deadline during the start leaves no half of a program behind."""
    remote = RemoteImplementation(lane, Program(cells("a = 1", "b = 2")), SHORT)
    remote.deadline = 0.0
    with pytest.raises(CallTimedOut):
        remote.start()
    remote.deadline = None
    assert [remote.has("a"), remote.has("b"), remote.load_errors] == [True, True, ()]


def test_snippets_run_with_our_inputs_and_leave_no_trace(lane: Lane) -> None:
    """Each output is computed from our inputs by its own statements, whatever the namespace contains."""
    shared = cells("s = y + g()", "d = s * 2")
    snippets = {
        "2": SnippetProgram(
            {
                "d": shared,
                "s": shared,
                "e": cells("e_student = y - 1"),
                "raises": cells("raises = 1 / 0"),
                "unset": cells("other = 1"),
            },
            rename={"e": "e_student"},
        )
    }
    remote = RemoteImplementation(lane, Program(cells("y = 100", "unset = 5", "def g(): return y"), snippets), SHORT)
    found = remote.evaluate("2", {"y": torch.tensor(3.0)}, ["d", "s", "e", "raises", "unset", "unasked"])
    assert {name: value.item() for name, value in found.items()} == {"d": 12.0, "s": 6.0, "e": 2.0}
    assert {name: error.kind for name, error in remote.snippet_errors.items()} == {"raises": "ZeroDivisionError"}
    assert remote.call("g") == 100
    assert not remote.has("s")


def test_supplied_stand_ins_survive_a_fresh_start(lane: Lane) -> None:
    """A stand-in is defined next to the program, also after the program has started afresh."""
    remote = started(lane, "import os", "def die(): os._exit(1)", supplies={"two": "def two(): return 2"})
    remote.supply("two")
    with pytest.raises(WorkerDied):
        remote.call("die")
    assert remote.call("two") == 2


def test_output_is_kept_bounded_and_counted(lane: Lane) -> None:
    """The first kilobytes of output are captured over all lives, and output never disturbs an answer."""
    remote = started(
        lane, "print('hello')", "import sys", "def flood():\n    sys.stderr.write('x' * 10**6)\n    return 1"
    )
    assert remote.call("flood") == 1
    used = remote.end()
    assert used.output.startswith("hello\nxxx")
    assert used.output.endswith(f"[{6 + 10**6 - 8 * 1024} more bytes]")
    assert used.cpu_s > 0
    assert used.rss_mb > 0


def test_data_loader_workers_run(any_lane: Lane) -> None:
    """A DataLoader with its own processes works inside the limits."""
    remote = started(
        any_lane,
        "import torch\nfrom torch.utils.data import DataLoader",
        """
        def batches():
            return [b.sum().item() for b in DataLoader(torch.arange(6.0), batch_size=3, num_workers=2)]
        """,
    )
    assert remote.call("batches") == [3.0, 12.0]


def test_a_result_that_is_too_large_is_an_error_of_its_own(lane: Lane) -> None:
    """More parts than the wire carries are refused in the worker."""
    remote = started(lane, "def f(): return [0] * 10**6")
    with pytest.raises(StudentRaised) as caught:
        remote.call("f")
    assert caught.value.kind == "ResultTooLarge"


def test_patience_shortens_the_calls_that_follow(lane: Lane) -> None:
    """A judge that has waited once in vain can wait less from then on."""
    remote = started(lane, "def hang():\n    while True: pass")
    remote.patience = 0.2
    with pytest.raises(CallTimedOut) as caught:
        remote.call("hang")
    assert caught.value.seconds == 0.2


def test_what_a_verb_without_an_answer_raises_comes_with_the_next_answer(lane: Lane) -> None:
    """Parameters are set together with the following verb, which is not run when they do not fit."""
    remote = started(lane, NETWORK)
    net = remote.new("Net", 3)
    remote.set_parameters(net, {"w": torch.ones(5, 5)})
    with pytest.raises(StudentRaised, match="size of tensor"):
        remote.invoke(net, "forward", torch.ones(1, 3))
    assert remote.read(net, "seen") == []


def test_a_lost_object_is_reported_also_by_a_verb_without_an_answer(lane: Lane) -> None:
    """An object of an earlier life of the program cannot be given parameters."""
    remote = started(lane, NETWORK)
    net = remote.new("Net", 3)
    remote.start()
    with pytest.raises(WorkerDied, match="lost"):
        remote.set_parameters(net, {})
