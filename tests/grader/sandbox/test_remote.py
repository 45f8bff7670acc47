"""A program in a lane answers tests that travel to it; an error costs only the run that it ends."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import pytest
import torch

from grader.errors import (
    CallTimedOut,
    Frame,
    NotAnswered,
    OddAnswer,
    OutOfMemory,
    StudentRaised,
    WorkerDied,
    WorkerError,
)
from grader.sandbox.inside.wire import Kind
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level
from grader.sandbox.limits import OneTry, time_left
from grader.sandbox.remote import MOST_TIMEOUTS, SECOND_CHANCE_S, RemoteProgram
from grader.sandbox.test_runs import Came, GivenUp, TestFailed, TestSources, Uncallable

from .programs import (
    HASTY,
    SHORT,
    Program,
    SnippetProgram,
    Statement,
    called,
    cells,
    evidence,
    evidence_of,
    run_of,
    started,
)

NETWORK = """
    import torch
    class Net(torch.nn.Module):
        def __init__(self, n):
            super().__init__()
            self.w = torch.nn.Parameter(torch.ones(n, 2))
        def forward(self, x):
            return x @ self.w
        def backward(self, x):
            self.w.grad = x.sum(0)[:, None].expand(-1, 2).clone()
"""
# The second call in one process never ends.
ONCE = "calls = []", "def once():\n    calls.append(1)\n    while len(calls) > 1: pass\n    return 1"
HANG = "def hang():\n    while True: pass"


def outcome(came: Came) -> object:
    """The values of a run that came to its end, or the kind of its error."""
    return type(came.error) if came.error is not None else list(came.values.values())


# Evidence


def test_evidence_arrives_in_the_order_of_the_test(lane: Lane) -> None:
    """Tensors, tuples, numbers, texts and None arrive; an object that cannot travel arrives as its kind."""
    remote = started(lane, "def relu(t): return t.clamp(min=0)", "class A: pass")
    came = evidence(
        remote,
        """
        def test(d):
            yield "relu", relu(torch.tensor([-1.0, d.big]))
            yield "more", (1, "text", None, [True, {"a": math.inf}])
            yield "object", [A()]
        """,
        big=2.0,
    )
    assert came.error is None
    assert list(came.values) == ["relu", "more", "object"]
    assert came.values["relu"].tolist() == [0.0, 2.0]
    assert came.values["more"] == (1, "text", None, [True, {"a": torch.inf}])
    assert came.values["object"] == [Kind("A")]


def test_objects_live_as_long_as_their_test(lane: Lane) -> None:
    """A test makes a network, gives it values, calls it, and reads its gradients."""
    came = evidence(
        started(lane, NETWORK),
        """
        def test(d):
            net = d.fill(Net(3), {"W": (3, 2)})
            yield "out", net(torch.ones(1, 3)) - torch.ones(3) @ net.w
            net.backward(torch.ones(4, 3))
            yield from d.gradients(net)
        """,
    )
    assert came.error is None
    assert came.values["out"].tolist() == [[0.0, 0.0]]
    assert came.values["W.grad"].tolist() == [[4.0, 4.0]] * 3


def test_the_evidence_before_an_exception_counts(lane: Lane) -> None:
    """A test yields value after value: the exception, the crash and the time-out keep those that have arrived."""
    remote = started(lane, "import os", "def stop(): raise ValueError('no')", "def die(): os._exit(3)", HANG,
                     limits=HASTY)  # fmt: skip
    for function, error in (("stop", StudentRaised), ("die", WorkerDied), ("hang", CallTimedOut)):
        came = evidence(remote, f"def test(d):\n    yield 'first', 1\n    yield 'second', {function}()")
        assert came.values == {"first": 1}
        assert type(came.error) is error


def test_the_first_evidence_of_a_name_counts(lane: Lane) -> None:
    """A program that sends a name twice cannot change its evidence."""
    assert evidence(started(lane), "def test(d):\n    yield 'a', 1\n    yield 'a', 2").values == {"a": 1}


def test_evidence_that_can_only_take_points_away_is_marked(lane: Lane) -> None:
    """`d.unchanged` arrives as a bool and among the musts."""
    came = evidence(
        started(lane, "def spoil(t): t += 1", "def keep(t): return t + 1"),
        """
        def test(d):
            a, b = d.normal(3), d.normal(3)
            spoil(a), keep(b)
            return {"a": d.unchanged(a), "b": d.unchanged(b), "plain": True}
        """,
    )
    assert came.values == {"a": False, "b": True, "plain": True}
    assert came.musts == {"a", "b"}


def test_each_run_has_its_own_sizes_and_seed(lane: Lane) -> None:
    """Several runs travel in one request and come back in order."""
    source = "def test(d):\n    return {'x': d.normal(d.n), 'given': d.given}"
    runs = [replace(run_of(source, seed=s, n=n), given={"k": s}) for s, n in ((1, 2), (1, 2), (2, 2), (1, 3))]
    first, same, other, longer = (came.values for came in evidence_of(started(lane), *runs))
    assert first["x"].tolist() == same["x"].tolist() != other["x"].tolist()
    assert longer["x"].shape == (3,)
    assert other["given"] == {"k": 2}


def test_draws_travel_in_the_precision_of_the_run(lane: Lane) -> None:
    """`precision: float64` holds on the student's side too; recorded draws replace those of this torch."""
    plain = run_of("def test(d):\n    return {'x': d.normal(2)}")
    recorded = {"normal (2,) 1.0 #1": torch.tensor([5.0, 6.0])}
    single, double, known = evidence_of(
        started(lane), plain, replace(plain, precision="float64"), replace(plain, recorded=recorded)
    )
    assert (single.values["x"].dtype, double.values["x"].dtype) == (torch.float32, torch.float64)
    assert known.values["x"].tolist() == [5.0, 6.0]


# Names


def test_a_test_sees_nothing_of_the_students_other_names(lane: Lane) -> None:
    """A student who gives `sum` or `torch` another meaning changes no test; the asked names alone are the student's."""
    remote = started(lane, "def f(): return sum", "sum = len = 5", "torch = math = None")
    came = evidence_of(
        remote,
        run_of("def test(d):\n    return {'sum': sum([1, len([2])]), 'f': f(), 'pi': math.pi, 't': torch.ones(1)}"),
        sources=TestSources(asked=("f",)),
    )[0]
    assert came.error is None
    assert (came.values["sum"], came.values["f"]) == (2, 5)


def test_given_names_that_the_student_defines_are_the_students(lane: Lane) -> None:
    """The classes of the given code are the notebook's own objects; its other names are not replaced."""
    sources = TestSources(
        given=("class Base: k = 1\nclass Other: k = 1",),
        helpers=("def helper(): return Base.k + Other.k",),
        own=("Base", "Other"),
    )
    came = evidence_of(
        started(lane, "class Base: k = 10"), run_of("def test(d):\n    return {'k': helper()}"), sources=sources
    )[0]
    assert came.values == {"k": 11}


def test_what_a_test_changes_is_undone(lane: Lane) -> None:
    """The default dtype and the recording of gradients are the same for the next test."""
    remote = started(
        lane,
        "import torch",
        "def spoil():\n    torch.set_default_dtype(torch.float64)\n    torch.set_grad_enabled(False)",
    )
    _, after = evidence_of(
        remote,
        run_of("def test(d):\n    spoil()\n    return {}"),
        run_of("def test(d):\n    return {'now': (torch.get_default_dtype(), torch.is_grad_enabled())}"),
    )
    assert after.values == {"now": (torch.float32, True)}


# Arguments


def test_each_call_gets_copies_and_changes_are_noted(lane: Lane) -> None:
    """An argument changed in place is named once, also inside a list, and the next call does not see the change."""
    remote = started(lane, "def f(T, other, *rest):\n    T -= 1\n    return T", "def g(l): l[0].data.mul_(2)")
    came = evidence(
        remote,
        """
        def test(d):
            x = torch.ones(2)
            yield "positional", f(x, x)
            yield "keyword", f(x, other=x)
            g([x])
            yield "x", x
        """,
    )
    assert [value.tolist() for value in came.values.values()] == [[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]]
    assert tuple(dict.fromkeys(came.mutated)) == ("T", "l")


def test_arguments_that_are_to_change_are_passed_as_they_are(lane: Lane) -> None:
    """If the reference changes an argument, the change is the answer and not a slip."""
    remote = started(lane, "def step(w, g):\n    w -= g\n    g.zero_()")
    source = "def test(d):\n    w, g = torch.ones(2), torch.ones(2)\n    step(w, g)\n    return {'w': w, 'g': g}"
    came = evidence_of(remote, replace(run_of(source), in_place=("step.0",)))[0]
    assert (came.values["w"].tolist(), came.values["g"].tolist()) == ([0.0, 0.0], [1.0, 1.0])
    assert came.mutated == ("g",)


# Errors


def test_an_error_carries_kind_text_and_cell_lines(lane: Lane) -> None:
    """A traceback has only the student's frames, with cells and lines."""
    source = "def outer(x):\n    return inner(x)"
    remote = RemoteProgram(
        lane,
        Program((Statement(source, cell=12, line=4), Statement("def inner(x): return [][x]", cell=3))),
        SHORT,
    )
    with pytest.raises(StudentRaised) as caught:
        called(remote, "outer", 5)
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
            called(remote, name)
        kinds.append(caught.value.kind)
        assert len(caught.value.text) <= 2000
    assert kinds == ["Odd", "SystemExit", "RecursionError", "ValueError"]


ORIGINS = {
    "double()": (Uncallable, "double cannot be called as the task says: "),
    "double(1, t=2)": (Uncallable, "double cannot be called as the task says: "),
    "double(None)": (StudentRaised, "TypeError"),
    "nothing(1).shape": (TestFailed, "nothing returns nothing: is a return missing?"),
    "1 / 0": (TestFailed, "the test cannot use your code: ZeroDivisionError"),
    "absent(1)": (NotAnswered, "absent was not answered"),
    "A().absent": (NotAnswered, "A.absent was not answered"),
    "A.absent": (NotAnswered, "A.absent was not answered"),
    "d.name('A.absent')": (NotAnswered, "A.absent was not answered"),
    "d.tensor(nothing(1), 'nothing(x)')": (TestFailed, "nothing(x) returns nothing: is a return missing?"),
    "d.tensor(None, 'W')": (TestFailed, "W is None: nothing was computed"),
    "d.tensor(double(torch.ones(3)), 'W', shape=(2, None))": (
        TestFailed, "W should have the shape (2, *), but it is (3,)",
    ),
    "d.fill(torch.nn.Linear(2, 3), {'W': (7, 7)})": (NotAnswered, "Linear was not answered"),
}  # fmt: skip


def test_the_origin_of_an_error_decides_the_sentence(lane: Lane) -> None:
    """Student's code, a missing name, an odd form, arguments that do not fit, and a value that cannot be used."""
    remote = started(lane, "def double(t): return 2 * t", "def nothing(t): pass", "class A: pass")
    sources = TestSources(asked=("double", "nothing", "A", "absent"))
    runs = [run_of(f"def test(d):\n    return {{'value': {expression}}}") for expression in ORIGINS]
    found = evidence_of(remote, *runs, sources=sources)
    for expression, came in zip(ORIGINS, found, strict=True):
        kind, words = ORIGINS[expression]
        assert type(came.error) is kind, (expression, came.error)
        assert str(came.error).startswith(words), expression


def test_a_test_that_cannot_go_on_names_its_line(lane: Lane) -> None:
    """The line is the test's own, and the sentence names the function that was called last."""
    came = evidence(
        started(lane, "def f(n): return str(n)"), "def test(d):\n    return {'value': int(f(d.n) + 'x')}", n=7
    )
    assert isinstance(came.error, TestFailed)
    assert str(came.error).startswith("the test cannot go on with the value that f returned: ValueError")
    assert came.error.line == 2


def test_a_result_that_is_too_large_is_an_error_of_its_own(lane: Lane) -> None:
    """More parts than the wire carries are refused in the worker, and the next run is not affected."""
    remote = started(lane, "def f(): return [0] * 10**6", "def one(): return 1")
    large, one = evidence_of(
        remote, *(run_of(f"def test(d):\n    return {{'value': {name}()}}") for name in ("f", "one"))
    )
    assert isinstance(large.error, OddAnswer)
    assert "ResultTooLarge" in str(large.error)
    assert one.values == {"value": 1}


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
            called(remote, name)


# Loading


def test_statements_that_raise_are_noted_and_the_rest_runs(lane: Lane) -> None:
    """A failing import costs only its own statement; a name that is defined further down is found."""
    remote = started(lane, "import not_installed", "b = a + 1", "a = 1", "def f(:", "c = 3")
    assert [(s.cell, e.kind) for s, e in remote.load_errors] == [  # type: ignore[attr-defined]
        (1, "ModuleNotFoundError"),
        (4, "SyntaxError"),
    ]
    assert evidence(remote, "def test(d):\n    return {'b': b, 'c': c}").values == {"b": 2, "c": 3}


def test_statements_that_hang_or_crash_are_left_out(lane: Lane) -> None:
    """The program starts afresh without these statements; the statements before and after them have run."""
    remote = started(lane, "a = 1", "import os; os._exit(3)", "b = 2", "while True: pass", "c = 3", limits=HASTY)
    assert [(s.cell, type(e)) for s, e in remote.load_errors] == [(2, WorkerDied), (4, CallTimedOut)]
    assert evidence(remote, "def test(d):\n    return {'abc': [a, b, c]}").values == {"abc": [1, 2, 3]}


def test_a_statement_that_waits_costs_itself_only(lane: Lane) -> None:
    """By the clock it takes longer than its limit, and longer than all statements may: the rest runs all the same."""
    limits = replace(HASTY, load_s=1.4)
    remote = started(lane, "import time", "time.sleep(60)", "def one(): return 1", limits=limits)
    assert [(s.cell, type(e)) for s, e in remote.load_errors] == [(2, CallTimedOut)]
    assert called(remote, "one") == 1


def test_a_program_that_was_not_loaded_in_time_is_loaded_later(lane: Lane) -> None:
    """A deadline during the start leaves no half of a program behind."""
    remote = RemoteProgram(lane, Program(cells("def a(): return b", "b = 2")), SHORT)
    remote.allow(0.0)
    with pytest.raises(CallTimedOut):
        remote.start()
    remote.allow(math.inf)
    assert called(remote, "a") == 2
    assert remote.load_errors == ()


# Time and fresh starts


def test_a_run_that_hangs_costs_itself_only(lane: Lane) -> None:
    """The runs before it keep their evidence, and the next one is answered by a fresh process."""
    remote = started(lane, "import os", HANG, "def pid(): return os.getpid()", limits=HASTY)
    pid = run_of("def test(d):\n    return {'pid': pid()}")
    first, same, hung, after = evidence_of(remote, pid, pid, run_of("def test(d):\n    yield 'x', hang()"), pid)
    assert first.values == same.values != after.values
    assert isinstance(hung.error, CallTimedOut)


def test_a_run_that_timed_out_is_tried_once_more_alone(lane: Lane) -> None:
    """A fresh process may answer where a busy machine did not; each run gets this chance once."""
    once = run_of("def test(d):\n    return {'value': once()}")
    twice = run_of("def test(d):\n    return {'value': once() + once()}")
    remote = started(lane, *ONCE, limits=HASTY)
    assert [outcome(came) for came in evidence_of(remote, once, once, once, twice)] == [[1], [1], [1], CallTimedOut]
    assert remote.patience == min(HASTY.call_s, SECOND_CHANCE_S)


def test_with_limits_for_one_try_nothing_is_tried_twice(lane: Lane) -> None:
    """They are for answers that are known to use up their time."""
    once = run_of("def test(d):\n    return {'value': once()}")
    remote = started(lane, *ONCE, limits=OneTry(**asdict(HASTY)))
    assert [outcome(came) for came in evidence_of(remote, once, once, once)] == [[1], CallTimedOut, [1]]


def test_after_two_runs_without_an_answer_no_more_are_tried(lane: Lane) -> None:
    """The runs that are left out say so; the next question is tried again."""
    remote = started(lane, HANG, "def one(): return 1", limits=HASTY)
    hang, one = (run_of(f"def test(d):\n    return {{'value': {name}()}}") for name in ("hang", "one"))
    found = [outcome(came) for came in evidence_of(remote, hang, hang, hang, one)]
    assert found == [CallTimedOut] * MOST_TIMEOUTS + [GivenUp] * 2
    assert called(remote, "one") == 1


def test_the_limit_is_cpu_time(lane: Lane) -> None:
    """A run that waits may take up to three times its limit by the clock, and not more."""
    remote = started(lane, "import time", "def wait(s):\n    time.sleep(s)\n    return 1", limits=HASTY)
    assert called(remote, "wait", 0.9) == 1
    with pytest.raises(CallTimedOut):
        called(remote, "wait", 60.0)


def test_time_without_a_cpu_does_not_count() -> None:
    """A call that computes has its limit as CPU time; one that sleeps may take a few times as long by the clock."""
    assert time_left(5, cpu=1, wall=40, waited=39) > 0
    assert time_left(5, cpu=5, wall=5, waited=0) <= 0
    assert time_left(5, cpu=0, wall=14, waited=0) > 0
    assert time_left(5, cpu=0, wall=16, waited=0) <= 0
    assert time_left(5, cpu=1, wall=101, waited=100) <= 0


COUNT = """
    def count(cpu_s):
        import time
        began = time.process_time()
        while time.process_time() < began + cpu_s: pass
        return 1
"""


@pytest.fixture
def crowded() -> Iterator[None]:
    """Twelve busy processes on the one core that this process and what it starts may use."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    busy = [subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) for _ in range(12)]
    yield
    for process in busy:
        process.kill()
        process.wait()
    os.sched_setaffinity(0, cores)


@pytest.mark.nightly
@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize("level", [Level.BWRAP, Level.LANDLOCK])
def test_a_load_of_twelve_ends_nothing(level: Level) -> None:
    """Statements, calls and a whole submission may use most of their limits."""
    limits = replace(SHORT, call_s=0.5, load_s=1.0)
    with Lane(level, limits) as lane:
        remote = started(lane, COUNT, "a = count(0.3)", "b = count(0.3)", limits=limits)
        assert remote.load_errors == ()
        remote.allow(1.5)
        for _ in range(3):
            assert called(remote, "count", 0.3) == 1
        assert not remote.is_late


@pytest.mark.nightly
@pytest.mark.parametrize("level", [Level.BWRAP, Level.LANDLOCK])
def test_sixty_busy_processes_cost_their_own_submission_only(level: Level) -> None:
    """They are ended with it, and a neighbour that computes meanwhile answers in its time."""
    hog = """
        import contextlib, os
        def hog():
            for _ in range(60):
                if os.fork() == 0:
                    with contextlib.suppress(OSError): os.setsid()
                    while True: pass
            while True: pass
    """
    limits = replace(SHORT, call_s=2.0, processes=64)
    with Lane(level, limits) as first, Lane(level, limits) as second:
        greedy, neighbour = started(first, hog, limits=limits), started(second, COUNT, limits=limits)
        with ThreadPoolExecutor() as pool:
            hogging = pool.submit(evidence, greedy, "def test(d):\n    return {'value': hog()}")
            while not hogging.done():
                assert called(neighbour, "count", 0.2) == 1
        assert isinstance(hogging.result().error, CallTimedOut)


def test_a_test_has_its_own_limit(lane: Lane) -> None:
    """The limit of a run is the test's where that is shorter than the submission's patience."""
    remote = started(lane, HANG)
    found = evidence_of(remote, replace(run_of("def test(d):\n    yield 'x', hang()"), seconds=0.2))[0]
    assert isinstance(found.error, CallTimedOut)
    assert found.error.seconds == 0.2


def test_patience_shortens_the_runs_that_follow(lane: Lane) -> None:
    """A judge that has waited once in vain can wait less from then on."""
    remote = started(lane, HANG)
    remote.patience = 0.2
    with pytest.raises(CallTimedOut) as caught:
        called(remote, "hang")
    assert caught.value.seconds == 0.2


def test_the_deadline_holds_for_every_run(lane: Lane) -> None:
    """After the deadline that the judge set, no run waits."""
    remote = started(lane, "def one(): return 1")
    remote.allow(0.0)
    with pytest.raises(CallTimedOut):
        called(remote, "one")
    assert remote.load_errors == ()
    remote.allow(math.inf)
    assert called(remote, "one") == 1


def test_a_crash_costs_its_run_only(lane: Lane) -> None:
    """The runs after it are answered by a fresh process, in the same order."""
    remote = started(lane, "import os", "def die(): os._exit(1)", "def one(): return 1")
    die, one = (run_of(f"def test(d):\n    return {{'value': {name}()}}") for name in ("die", "one"))
    assert [outcome(came) for came in evidence_of(remote, one, die, one, die, one)] == [
        [1], WorkerDied, [1], WorkerDied, [1],
    ]  # fmt: skip


def test_what_one_run_leaves_behind_does_not_end_the_next(lane: Lane) -> None:
    """A run whose process ends after others ran in it is tried in a fresh process, also at the start of a request."""
    once = "def once():\n    calls.append(1)\n    if len(calls) > 1: os._exit(1)\n    return 1"
    remote = started(lane, "import os", "calls = []", once)
    run = run_of("def test(d):\n    return {'value': once()}")
    assert [outcome(came) for came in evidence_of(remote, run, run)] == [[1], [1]]
    assert [outcome(came) for came in evidence_of(remote, run)] == [[1]]


def test_another_program_may_run_between_two_runs(lane: Lane) -> None:
    """Runs that have not come yet are asked again when the program has had to start afresh meanwhile."""
    remote = started(lane, "def one(): return 1")
    one = run_of("def test(d):\n    return {'value': one()}")
    coming = remote.run_tests(TestSources(asked=("one",)), [one, one])
    assert next(coming).values == {"value": 1}
    with remote.instead(Program(cells("def one(): return 2"))) as other:
        assert called(other, "one") == 2
    assert next(coming).values == {"value": 1}


def test_evidence_that_nobody_waited_for_is_no_other_runs(lane: Lane) -> None:
    """Runs that are asked for while others still come are answered by a fresh process, and so are the others then."""
    remote = started(lane)
    first, second = (
        [run_of(f"def test(d):\n    return {{'value': {k} + d.k}}", k=j) for j in range(3)] for k in (0, 10)
    )
    coming = remote.run_tests(TestSources(), first)
    assert next(coming).values == {"value": 0}
    assert [came.values["value"] for came in evidence_of(remote, *second)] == [10, 11, 12]
    assert [came.values["value"] for came in coming] == [1, 2]
    next(remote.run_tests(TestSources(), first))
    assert remote._ask("run_all", statements=[]) == []


# Snippets and stand-ins


def test_snippets_run_with_our_inputs_and_leave_no_trace(lane: Lane) -> None:
    """Each output is computed from our inputs by its own statements, whatever the namespace contains."""
    shared = cells("s = y + g()", "d = s * 2")
    snippets = {
        "2": SnippetProgram(
            {
                "d": shared,
                "s": shared,
                "raises": cells("raises = 1 / 0"),
                "e": cells("e_student = y - 1"),
                "unset": cells("other = 1"),
            },
            rename={"e": "e_student"},
        )
    }
    remote = RemoteProgram(lane, Program(cells("y = 100", "unset = 5", "def g(): return y"), snippets), SHORT)
    run = run_of("def test(d):\n    yield from d.snippet(y=torch.tensor(3.0))")
    came = evidence_of(remote, run, sources=TestSources(snippet="2"))[0]
    assert {name: value.item() for name, value in came.values.items()} == {"d": 12.0, "s": 6.0, "e": 2.0}
    assert isinstance(came.error, StudentRaised)
    assert came.error.kind == "ZeroDivisionError"
    some = evidence_of(
        remote, run_of("def test(d):\n    yield from d.snippet(['s', 'e'], y=torch.tensor(3.0))"),
        sources=TestSources(snippet="2"),
    )[0]  # fmt: skip
    assert {name: value.item() for name, value in some.values.items()} == {"d": 12.0}  # and nothing raises
    assert called(remote, "g") == 100
    assert isinstance(evidence_of(remote, run_of("def test(d): d.name('s')"))[0].error, NotAnswered)


def test_a_snippet_that_is_too_long_is_an_odd_answer(lane: Lane) -> None:
    """Statements that no request can hold cost the runs of their question; the program stays."""
    long = SnippetProgram({"a": (Statement(f"a = '{'x' * (2 << 20)}'"),)})
    remote = RemoteProgram(lane, Program(cells("def one(): return 1"), {"2": long}), SHORT)
    run = run_of("def test(d):\n    yield from d.snippet()")
    found = evidence_of(remote, run, run, sources=TestSources(snippet="2"))
    assert [outcome(came) for came in found] == [OddAnswer, OddAnswer]
    assert called(remote, "one") == 1


def test_stand_ins_survive_a_fresh_start(lane: Lane) -> None:
    """A stand-in takes the place of a function or a method, may call the original, and is not the student's own."""
    remote = started(
        lane,
        "import os",
        "def die(): os._exit(1)",
        "class A:\n    def f(self): return 2",
        "def two(): return 2",
        Statement("def two(): return 10 * original()", stands_for="two"),
        Statement("def f(self): return 10 * original(self)", stands_for="A.f"),
        Statement("def three(): return original", stands_for="three"),
        "def both(): return two(), A().f(), three()",
    )
    for _ in range(2):
        assert called(remote, "both") == (20, 20, None)
        assert evidence(remote, "def test(d):\n    return {'own': d.own('two', 'none')}").values == {"own": "none"}
        with pytest.raises(WorkerDied):
            called(remote, "die")


# Output and other processes


def test_output_is_kept_bounded_and_counted(lane: Lane) -> None:
    """The first kilobytes of output are captured over all lives, and output never disturbs an answer."""
    remote = started(
        lane, "print('hello')", "import sys", "def flood():\n    sys.stderr.write('x' * 10**6)\n    return 1"
    )
    assert called(remote, "flood") == 1
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
    assert called(remote, "batches") == [3.0, 12.0]


def test_every_error_of_a_run_is_an_error_of_the_worker(lane: Lane) -> None:
    """An author's slip in a test that travels is never raised on our side."""
    for source in ("def test(d: return", "test = 5", "def test(d):\n    return 5", "def test(d):\n    yield 'x'", ""):
        assert isinstance(evidence(started(lane), source).error, WorkerError), source
