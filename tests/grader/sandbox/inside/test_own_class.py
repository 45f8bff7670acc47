"""Watched and frozen objects behave as before, and their copies are not watched."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
import torch

from grader.sandbox.inside import own_class
from grader.sandbox.inside.own_class import copied, replace_method, watch


class Net(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w = torch.nn.Parameter(torch.ones(3, 2))

    def forward(self, x: torch.Tensor, twice: bool = False) -> torch.Tensor:
        return x @ self.w * (2 if twice else 1)


class Data:
    def __len__(self) -> int:
        return 2

    def __getitem__(self, i: int) -> int:
        return i * 10


def test_calls_hold_the_arguments_as_they_were() -> None:
    """Arguments are copied before the call and the result after it; the watched method answers as before."""
    net, x = Net(), torch.ones(1, 3)
    calls = watch(net, "forward", 200)
    y = net(x, twice=True)
    assert y.requires_grad
    with torch.no_grad():
        x += 1
        y += 1
    (call,) = calls
    assert call.args[0].tolist() == [[1.0, 1.0, 1.0]]
    assert call.kwargs == {"twice": True}
    assert call.result.tolist() == [[6.0, 6.0]]


def test_special_methods_are_watched() -> None:
    """Python looks them up in the class; the class keeps its name, and the object stays an instance of it."""
    data, other = Data(), Data()
    items, lengths = watch(data, "__getitem__", 200), watch(data, "__len__", 200)
    assert [data[i] for i in range(len(data))] == [0, 10]
    assert other[5] == 50
    assert [call.result for call in items] == [0, 10]
    assert [call.result for call in lengths] == [2]
    assert type(data).__name__ == "Data"
    assert isinstance(data, Data)


def test_arguments_are_read_by_name() -> None:
    """`bound` gives the first parameters the author's names, however the student calls and names them."""
    net = Net()
    calls = watch(net, "forward", 200)
    net(torch.ones(1, 3), True), net(x=torch.zeros(1, 3)), net(torch.ones(1, 3), twice=True)
    bound = [call.bound("entrada", "doble") for call in calls]
    assert [b["entrada"].sum().item() for b in bound] == [3.0, 0.0, 3.0]
    assert [b["doble"] for b in bound] == [True, None, True]


def test_a_method_that_has_the_names_may_have_them_in_any_order() -> None:
    """The student's backward may take the prediction before the labels."""

    class Net:
        def backward(self, x, y_pred, y):  # type: ignore[no-untyped-def]
            pass

    net = Net()
    calls = watch(net, "backward", 2)
    net.backward(1, 2, 3)
    assert [call.bound("x", "y") for call in calls] == [{"x": 1, "y": 3}]


def test_a_method_of_the_object_itself_is_watched() -> None:
    """An attribute that hides the method of the class is called in its place."""
    data = Data()
    data.look = lambda i: i + 1  # type: ignore[attr-defined]
    calls = watch(data, "look", 200)
    assert data.look(3) == 4  # type: ignore[attr-defined]
    assert [call.args for call in calls] == [(3,)]


def test_a_copy_of_a_watched_object_is_not_the_object() -> None:
    """A deep copy works on its own parameters and is not recorded; a pickle names the original class."""
    net = Net()
    calls = watch(net, "forward", 200)
    other = copy.deepcopy(net)
    with torch.no_grad():
        other.w.zero_()
    x = torch.ones(1, 3)
    assert (other(x).tolist(), net(x).tolist()) == ([[0.0, 0.0]], [[3.0, 3.0]])
    assert len(calls) == 1
    data = Data()
    lengths = watch(data, "__len__", 200)
    assert type(pickle.loads(pickle.dumps(data))) is Data
    assert len(type(data)()) == 2  # a new object of the watched one's class
    assert lengths == []


def test_a_method_that_raises_is_no_call() -> None:
    """The exception passes through as before."""
    data = Data()
    calls = watch(data, "__getitem__", 200)
    with pytest.raises(TypeError):
        data[None]  # type: ignore[index]
    assert calls == []


def test_records_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """After `limit` calls, or too many bytes, the method runs without a record."""
    data, net = Data(), Net()
    calls = watch(data, "__getitem__", 3)
    assert [data[i] for i in range(5)] == [0, 10, 20, 30, 40]
    assert len(calls) == 3
    monkeypatch.setattr(own_class, "MAX_CALL_BYTES", 50)
    calls = watch(net, "forward", 200)
    for _ in range(5):
        net(torch.ones(1, 3))
    assert len(calls) == 3  # 20 bytes each


def test_a_replaced_method_may_ask_the_original() -> None:
    """`replace_method` is what freezes a data set; several replacements wrap each other."""
    data = Data()
    replace_method(data, "__getitem__", lambda original: lambda i: original(i) + 1)
    replace_method(data, "__getitem__", lambda original: lambda i: original(i) * 2)
    assert data[3] == 62
    assert Data()[3] == 30


def test_copies_are_deep_and_counted() -> None:
    """Tensors in lists, tuples and dicts are copied; other objects are kept, and no class of a student is asked."""

    class Liar(torch.Tensor):
        @classmethod
        def __torch_function__(cls, *args: Any, **kwargs: Any) -> Any:
            raise RuntimeError("asked")

    x, marker = torch.ones(2), object()
    value, size = copied({"a": [x, (x,)], "b": marker, "c": torch.zeros(2).as_subclass(Liar)})
    x.zero_()
    assert value["a"][0].tolist() == value["a"][1][0].tolist() == [1.0, 1.0]
    assert value["b"] is marker
    assert size == 24
