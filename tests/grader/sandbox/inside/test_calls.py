"""A function of the answers gets copies; what it changes is noted, and what it must change is passed as it is."""

from __future__ import annotations

import functools
from typing import Any

import numpy
import pytest
import torch

from grader.sandbox.inside.calls import Calls, Unsuitable, rewritten, same_bytes

from .here import run, single

CHANGES = """
import torch
def spoil(x):
    if isinstance(x, dict):
        for value in x.values(): spoil(value)
    elif isinstance(x, (list, tuple)):
        for value in x: spoil(value)
    else:
        x += 1
def append(items): items.append(0)
def replace(items): items[0] = items[0] + 1
def drop(items): items.pop()
def put(items): items["new"] = 1
def keep(x): return x
"""
GIVEN = {
    "tensor": "torch.ones(2)",
    "array": "numpy.ones(2)",
    "array of whole numbers, reversed": "numpy.arange(4)[::-1]",
    "list of tensors": "[torch.zeros(1), torch.ones(2)]",
    "tuple of tensors": "(torch.zeros(1),)",
    "dict of lists": "{'a': [torch.ones(2)], 'b': (numpy.ones(1),)}",
    "NaN": "torch.tensor([math.nan, 1.0])",
}
TEST = """
import numpy
def test(d):
    x = {given}
    before = str(x)
    {function}(x)
    yield "same", str(x) == before
"""


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_arguments_are_copies_and_changes_are_noted(given: str) -> None:
    """The test's own value stays as it was; the parameter's name is noted once."""
    spoilt = run(TEST.format(given=given, function="spoil"), CHANGES)
    assert spoilt.value is True
    assert (spoilt.calls.mutated, spoilt.calls.changed) == (["x"], {"spoil.0"})
    kept = run(TEST.format(given=given, function="keep"), CHANGES)
    assert kept.value is True
    assert (kept.calls.mutated, kept.calls.changed) == ([], set())


@pytest.mark.parametrize(
    ("function", "given"),
    [
        ("append", "[1, 2]"),
        ("append", "[]"),
        ("replace", "[1, 2]"),
        ("replace", "[math.inf, torch.ones(1)]"),
        ("replace", "[torch.ones(1), 2]"),
        ("drop", "[torch.ones(1), torch.ones(1)]"),
        ("put", "{'a': 1}"),
    ],
)
def test_changes_of_lists_and_dicts_are_noted(function: str, given: str) -> None:
    """A list that gets longer, shorter or other items, and a dict with a new key, are changed like a tensor."""
    ran = run(TEST.format(given=given, function=function), CHANGES)
    assert ran.value is True
    changes_nothing = given.startswith("[math.inf")  # inf + 1 is inf
    assert ran.calls.mutated == ([] if changes_nothing else ["items"])


@pytest.mark.parametrize("given", ["torch.ones(2)", "numpy.ones(2)", "[torch.ones(2)]", "[1, 2]"])
def test_arguments_that_are_to_change_are_passed_as_they_are(given: str) -> None:
    """The test sees the change, which is known as a change and is not a slip."""
    function = "append" if given == "[1, 2]" else "spoil"
    ran = run(TEST.format(given=given, function=function), CHANGES, in_place=[f"{function}.0"])
    assert ran.value is False
    assert (ran.calls.mutated, ran.calls.changed) == ([], {f"{function}.0"})


def test_an_argument_that_may_change_need_not() -> None:
    """An argument that is passed as it is and keeps its values is not among the changes."""
    assert run(TEST.format(given="torch.ones(2)", function="keep"), CHANGES, in_place=["keep.0"]).calls.changed == set()


def test_arguments_are_named_by_place_or_keyword() -> None:
    """Both forms are known; a further positional argument has no parameter's name."""
    code = "def f(a, b, *more, **rest):\n    for x in (a, b, *more, *rest.values()): x += 1"
    ran = run("def test(d):\n    f(*[torch.ones(1) for _ in range(4)], key=torch.ones(1))\n    return {}", code)
    assert ran.calls.changed == {"f.0", "f.1", "f.2", "f.3", "f.key"}
    assert ran.calls.mutated == ["a", "b", "2", "3", "key"]
    ran = run("def test(d):\n    f(b=torch.ones(1), a=torch.ones(1))\n    return {}", code)
    assert (ran.calls.changed, ran.calls.mutated) == ({"f.a", "f.b"}, ["b", "a"])


def test_methods_classes_and_callable_objects_are_answers_too() -> None:
    """Each is noted under its own name, also where a network calls its `forward`."""
    code = """
        import torch
        class Net(torch.nn.Module):
            def __init__(self, w):
                super().__init__()
                w += 1
            def forward(self, x):
                x += 1
                return x
        class Scale:
            def __call__(self, t): t += 1
            def step(self, w): w += 1
    """
    ran = run(
        """
        def test(d):
            net = Net(torch.ones(1))
            net(torch.ones(1)), net.forward(torch.ones(1)), Scale()(torch.ones(1)), Scale().step(torch.ones(1))
            return {}
        """,
        code,
    )
    assert ran.error is None
    assert ran.calls.changed == {"Net.0", "Net.forward.0", "Scale.0", "Scale.step.0"}


def test_networks_leaves_and_functions_are_passed_as_they_are() -> None:
    """A gradient can reach a leaf of the test; a network is the same network."""
    code = "def f(x): return x\ndef loss(w): return (w * w).sum()"
    assert single("(lambda n: f(n) is n)(torch.nn.Linear(1, 1))", code) is True
    assert single("f(f) is f", code) is True
    ran = run(
        """
        def test(d):
            w = torch.ones(2, requires_grad=True)
            loss(w).backward()
            return {"grad": w.grad}
        """,
        code,
    )
    assert ran.value.tolist() == [2.0, 2.0]
    assert ran.calls.mutated == []


def test_an_earlier_change_does_not_reach_the_next_call() -> None:
    """Two calls with one tensor see the same numbers, whatever the first does."""
    assert single("(lambda x: [f(x).item() for _ in range(3)])(torch.ones(1))",
                  "def f(x):\n    x += 1\n    return x") == [2.0] * 3  # fmt: skip


def test_the_test_may_change_its_own_values() -> None:
    """Only functions of the answers get copies: torch, helpers and functions in the test work as everywhere."""
    ran = run(
        """
        def test(d):
            x = torch.ones(1)
            def more(t): t += 1
            more(x), helper(x), x.add_(1), setattr(d, "own", locals()["x"])
            return {"x": x, "super": [s.upper() for s in sorted({"a": 1})]}
        """,
        helpers=["def helper(t):\n    t += 1"],
    )
    assert ran.values["x"].item() == 4.0
    assert ran.values["super"] == ["A"]
    assert ran.view.own.item() == 4.0
    assert ran.calls.mutated == []


def test_changes_before_an_exception_are_noted() -> None:
    """The student reads both."""
    ran = run("def test(d):\n    f(torch.ones(1))\n    return {}", "def f(x):\n    x += 1\n    raise KeyError")
    assert ran.error is not None
    assert ran.calls.mutated == ["x"]


def unsuitable(function: Any, *args: Any, **kwargs: Any) -> bool:
    try:
        Calls(lambda f: True)(function, *args, **kwargs)
    except Unsuitable:
        return True
    except TypeError:
        return False
    raise AssertionError


@pytest.mark.parametrize("signature", [
    "x, epochs=1, size=2, device='cuda'",
    "x, epocas=1, tam=2, dispositivo='cuda'",
    "x, tam=2, epocas=1, verbose=False, disp=None",
    "x, *, device='cuda', size=2, ep=1",
    "x, disp=None, batch_size=2, verbose=True, n_epochs=1",
    "x, n=1, m=2, donde='cuda'",
])  # fmt: skip
def test_options_may_have_any_name(signature: str) -> None:
    """An option goes to the argument that begins alike, else to the next one of its kind."""
    names = [part.partition("=")[0].strip() for part in signature.split(",") if part.strip() != "*"]
    epochs = next((n for n in names if "ep" in n), "n")
    size = next(n for n in names if n in ("size", "tam", "m", "batch_size"))
    device = next(n for n in names if n.startswith("d"))
    answer = f"def train({signature}):\n    return [{epochs}, {size}, {device}]\n"
    assert single("train(torch.ones(1), epochs=5, size=7, device='cpu')", answer) == [5, 7, "cpu"]


def test_arguments_that_do_not_fit_are_told_from_errors_inside() -> None:
    """Too few, too many and unknown arguments are unsuitable; a TypeError of the function's own code is not."""

    def two(a: Any, b: Any) -> Any:
        return a + b

    def inner(a: Any) -> Any:
        return two(a)  # type: ignore[call-arg]

    @functools.wraps(two)
    def decorated(*args: Any) -> Any:
        return two(*args)

    class Number(float):
        pass

    assert unsuitable(two, 1)
    assert unsuitable(two, 1, 2, 3)
    assert unsuitable(two, 1, c=2)
    assert unsuitable(5)
    assert not unsuitable(two, 1, None)
    assert not unsuitable(inner, 1)
    assert not unsuitable(decorated, 1)  # its own code has run
    assert not unsuitable(Number, [])  # nothing of Python's runs, and the argument fits the signature


def test_an_object_that_raises_whatever_is_asked_is_called_all_the_same() -> None:
    """The name of an odd object is not needed for the call."""

    class Odd:
        def __getattr__(self, name: str) -> Any:
            raise SystemExit

        def __call__(self, x: torch.Tensor) -> torch.Tensor:
            x += 1
            return x

    calls = Calls(lambda f: True)
    assert calls(Odd(), torch.ones(1)).item() == 2.0
    assert calls.last == "?"


def test_the_rewritten_source_keeps_its_lines() -> None:
    """Every call goes through `__call__`, in lambdas, comprehensions, decorators and f-strings too; builtins do not."""
    source = "def test(d):\n    return [(lambda: g(h(x)))() for x in range(3)], f'{k(1)}'\n"
    code = compile(rewritten(source), "<test>", "exec")
    assert code.co_firstlineno == 1
    seen: list[Any] = []

    def call(function: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(getattr(function, "__name__", function))
        return function(*args, **kwargs)

    def g(x: int) -> int:
        return x + 1

    names: dict[str, Any] = {"__call__": call, "g": g, "h": g, "k": str}
    exec(code, names)
    assert names["test"](None) == ([2, 3, 4], "1")
    assert seen == ["<lambda>", "g", "g"] * 3 + ["str"]


@pytest.mark.parametrize(
    ("now", "before", "same"),
    [
        (torch.tensor([torch.nan]), torch.tensor([torch.nan]), True),
        (torch.tensor([0.0]), torch.tensor([-0.0]), False),
        (torch.zeros(2), torch.zeros(1, 2), False),
        (torch.zeros(2), torch.zeros(2, dtype=torch.float64), False),
        (torch.zeros(0), torch.zeros(0), True),
        (torch.arange(6.0).reshape(2, 3).T, torch.arange(6.0).reshape(2, 3).T.contiguous(), True),
        (torch.from_numpy(numpy.ones(2)), torch.ones(2, dtype=torch.float64), True),
    ],
)
def test_tensors_are_the_same_if_their_bytes_are(now: torch.Tensor, before: torch.Tensor, same: bool) -> None:
    """A NaN equals itself; shape and dtype count, the layout in memory does not."""
    assert same_bytes(now, before) is same
