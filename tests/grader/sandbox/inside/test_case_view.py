"""The `d` of a test: the same on both sides, and blind to how the answers name and order things."""

from __future__ import annotations

import functools
import os
import random
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch

from grader.sandbox.inside.case_view import Missing, Odd, Rows
from grader.sandbox.inside.recorders import MoveRecorder

from .here import answers, case, equal, program, run, single

ONE = """
import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.W = torch.nn.Parameter(torch.zeros(3, 5))
        self.b = torch.nn.Parameter(torch.zeros(5))
        self.beta = torch.nn.Parameter(torch.tensor(2.2))
"""
# The same network, otherwise: other names, another order, a transposed matrix, a row.
OTHER = """
import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.escala = torch.nn.Parameter(torch.tensor([2.2]))
        self.sesgo = torch.nn.Parameter(torch.zeros(1, 5))
        self.pesos = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(5, 3))])
"""
SHAPES = "{'W': (3, 5), 'b': (5,)}, scalars={'beta1': 2.2}"


def test_sizes_and_given_values_are_attributes() -> None:
    """`d.given` holds what our side computed, in the precision of the side; indices stay."""
    d = case(sizes={"N": 3, "widths": [4, 5]}, dtype=torch.float64,
             given={"x": torch.ones(2), "y": torch.tensor([1]), "n": 7})  # fmt: skip
    assert (d.N, d.widths, d.given["n"]) == (3, [4, 5], 7)
    assert (d.given["x"].dtype, d.given["y"].dtype) == (torch.float64, torch.int64)


# The answers' names


def test_names_are_looked_up_with_dots_and_defaults() -> None:
    """A missing name ends the test, unless there is a default."""
    names = program("class A:\n    def f(self): return 1\ndef g(): return 2")
    d = case(names)
    assert d.name("A.f") is names["A"].f
    assert d.names("g A") == [names["g"], names["A"]]
    assert (d.name("no", 5), d.name("A.no", None), d.own("no", 6)) == (5, None, 6)
    for name, call in (("no", d.name), ("A.no", d.name), ("no", d.own), ("all", d.missing), ("g no", d.names)):
        with pytest.raises(Missing) as caught:
            call(name)
        assert caught.value.name == name.split()[-1]


def test_a_stand_in_is_not_the_answers_own() -> None:
    """It must not do the work of the question that asks."""
    names = {"f": max, "g": min}
    names["g"] = type("g", (), {"__module__": "stand_in"})  # type: ignore[assignment]
    d = case(names)
    assert d.own("f") is max
    assert d.own("g", "other") == "other"
    assert d.name("g") is names["g"]
    with pytest.raises(Missing):
        d.own("g")


def test_an_exception_is_a_name() -> None:
    """`d.raised` calls with copies, and says "nothing" if nothing is raised."""
    d = case()
    assert d.raised(int, "x") == "ValueError"
    assert d.raised(int, "1") == "nothing"
    assert d.raised(int, x="1") == "TypeError"


def test_a_snippet_gives_pairs() -> None:
    """The inputs go by name; the suffixes of outputs that are not wanted come first."""
    d = case(answers=answers({}, snippet=lambda inputs, without: [("out", inputs["B"] + inputs["C"], without)]))
    assert list(d.snippet(B=1, C=2)) == [("out", 3, ())]
    assert list(d.snippet(["_a"], B=1, C=2)) == [("out", 3, ("_a",))]


# Networks


@pytest.mark.parametrize("code", [ONE, OTHER])
def test_fill_gives_every_network_the_same_values(code: str) -> None:
    """Two networks that differ in names, order and orientation hold the same; a scalar keeps its value."""
    found = single(f"d.parameters(d.fill(Net(), {SHAPES}))", code, seed=4)
    ours = single(f"d.parameters(d.fill(Net(), {SHAPES}))", ONE, seed=4, case={"dtype": torch.float64, "exact": True})
    assert (found.dtype, ours.dtype) == (torch.float32, torch.float64)
    assert torch.allclose(found.double(), ours)
    assert equal(found[1:], ours[1:])
    assert found.shape == (15 + 5 + 1,)
    assert float(found[0]) == pytest.approx(2.2)
    assert not equal(found, single(f"d.parameters(d.fill(Net(), {SHAPES}))", code, seed=5))


@pytest.mark.parametrize("code", [ONE, OTHER])
def test_a_gradient_of_another_shape_is_evidence(code: str) -> None:
    """Torch refuses it on the student's machine; here the gradients that are right count next to it."""
    source = f"""
        def test(d):
            net = d.fill(Net(), {SHAPES})
            assert all(type(p).__name__ == "Parameter" and isinstance(p, torch.nn.Parameter) for p in net.parameters())
            W = next(p for p in net.parameters() if p.numel() == 15)
            b = next(p for p in net.parameters() if p.numel() == 5)
            W.grad, b.grad = W.detach().T, torch.ones(7, 5)
            yield from d.gradients(net, ["W", "b"])
            W.grad = W.detach() + 1
            yield from (("again", gradient) for name, gradient in d.gradients(net, ["W"]))
            yield "refused", d.raised(setattr, torch.nn.Parameter(torch.ones(2)), "grad", torch.ones(3))
    """
    ran = run(source, code)
    assert ran.error is None
    assert {name: value if name == "refused" else tuple(value.shape) for name, value in ran.values.items()} == {
        "W.grad": (5, 3), "b.grad": (7, 5), "again": (3, 5), "refused": "RuntimeError",
    }  # fmt: skip


@pytest.mark.parametrize("code", [ONE, OTHER])
def test_gradients_come_in_the_authors_orientation(code: str) -> None:
    """By the author's names; a parameter without a gradient gives None; `only` leaves the others out."""
    source = f"""
        def test(d):
            net = d.fill(Net(), {SHAPES})
            W = next(p for p in net.parameters() if p.numel() == 15)
            grad = torch.arange(15.0).reshape(3, 5)
            W.grad = grad if W.shape == (3, 5) else grad.T.contiguous()
            for only in (None, ["W"], ["b"], []):
                yield str(only), list(d.gradients(net, only))
    """
    ran = run(source, code)
    assert ran.error is None
    everything = dict(ran.values["None"])
    assert everything.keys() == {"W.grad", "b.grad", "beta1.grad"}
    assert everything["b.grad"] is None
    assert everything["W.grad"].tolist() == torch.arange(15.0).reshape(3, 5).tolist()
    assert [[name for name, _ in ran.values[str(only)]] for only in (["W"], ["b"], [])] == [["W.grad"], ["b.grad"], []]


EQUAL_WIDTHS = """
import torch
class Net(torch.nn.Module):
    def __init__(self, n, m):
        super().__init__()
        self.sesgos = torch.nn.ParameterList(torch.nn.Parameter(torch.zeros(1, k)) for k in (m, 2))
        self.pesos = torch.nn.ParameterList(torch.nn.Parameter(torch.zeros(b, a)) for a, b in ((n, m), (m, 2)))
"""


def test_parameters_of_equal_shapes_are_recognised_by_a_network_whose_shapes_differ() -> None:
    """Their places in the network say which is which, and how it is turned."""
    shapes = "{{'V': ({0}, 2), 'W': ({1}, {0}), 'b': ({0},), 'c': (2,)}}"
    fill = f"d.fill(Net(2, 2), {shapes.format(2, 2)}, like=d.fill(Net(3, 5), {shapes.format(5, 3)}))"
    ran = run(f"def test(d):\n    net = {fill}\n    net.pesos[0].grad = net.pesos[0].detach() * 2\n"
              "    yield 'W', net.pesos[0].detach()\n    yield 'b', net.sesgos[0].detach()\n"
              "    yield from d.gradients(net, only=('W',))\n    yield 'all', d.parameters(net)",
              EQUAL_WIDTHS)  # fmt: skip
    assert ran.error is None
    assert torch.equal(ran.values["W.grad"], 2 * ran.values["W"].T)
    assert torch.equal(ran.values["all"][4:8].reshape(2, 2), ran.values["W"].T)
    wrong = run(f"def test(d):\n    {fill.replace('Net(2, 2)', 'Net(4, 2)')}", EQUAL_WIDTHS)
    assert wrong.error is not None
    assert wrong.error["odd"]["parameters"] == "W (2, 2)"


COUNTED = """
import functools, torch
def sig(T, *more):
    return 1 / (1 + torch.exp(-torch.as_tensor(T)))
class Act:
    def __call__(self, T):
        return T
act = Act()
half = functools.partial(sig)
class Net(torch.nn.Module):
    @torch.no_grad()
    def forward(self, x):
        return sig(x)
"""


@pytest.mark.parametrize(("code", "expected"), [
    ("sig(torch.ones(2, 3))", [1, 6, 1, False, False]),
    ("[sig(row) for row in torch.ones(2, 3)]", [2, 6, 1, False, False]),
    ("sig(T=torch.ones(2) * 1j)", [1, 2, 0, True, False]),
    ("sig(0.5)", [1, 1, 0, False, False]),
    ("sig(torch.arange(4.0)), sig(torch.arange(4.0) + 1e-3)", [2, 8, 8, False, True]),
    ("T = torch.arange(4.0).double(); sig(T - 1e-6), sig(2 * T), sig(T + 1e-6)", [3, 12, 11, False, True]),
    ("T = torch.arange(4.0); sig(T), sig(T), sig(2 * T), sig(torch.ones(4)), sig(1.01 * torch.ones(4))",
     [5, 20, 7, False, False]),
    ("Net()(torch.ones(4))", [1, 4, 1, False, False]),
    ("torch.sigmoid(torch.ones(4))", [0, 0, 0, False, False]),
])  # fmt: skip
def test_calls_of_the_answers_are_counted_with_their_entries(code: str, expected: list[Any]) -> None:
    """A loop over rows has as many entries as one call, and the same inputs; a difference has others."""
    ran = run(f"def test(d):\n    with d.uses('sig nothing') as uses:\n        {code}\n    sig(torch.ones(9))\n"
              "    yield 'uses', uses", COUNTED)  # fmt: skip
    assert list(ran.values["uses"]["sig"].values()) == expected
    assert ran.values["uses"]["nothing"]["calls"] == 0


def test_operations_on_complex_numbers_are_seen_without_the_answers_functions() -> None:
    """A complex step through torch's own functions is one."""
    ran = run("def test(d):\n    with d.uses('sig', operations=True) as uses:\n        step(torch.ones(2))\n"
              "    with d.uses(operations=True) as none:\n        sig(torch.ones(2))\n"
              "    yield 'uses', [uses['sig']['calls'], uses['torch']['complex'], none['torch']['complex']]",
              COUNTED + "def step(T):\n    return torch.exp(T + 1e-30j).imag / 1e-30\n")  # fmt: skip
    assert ran.values["uses"] == [0, True, False]


def test_a_difference_through_torchs_own_functions_is_seen() -> None:
    """An answer that writes the activation out calls exp at two points; two different functions at one point do not."""
    ran = run("""
        def test(d):
            u = d.normal(4)
            with d.uses(operations=True) as moved:
                1 / (1 + torch.exp(-(u + 1e-3))), 1 / (1 + torch.exp(-u))
            with d.uses(operations=True) as still:
                torch.tanh(u + 1e-3), u.exp(), torch.exp(u), 2 * u + 1
            yield "seen", [[use["torch"][key] for key in ("calls", "entries", "shifted")] for use in (moved, still)]
    """, COUNTED)  # fmt: skip
    assert ran.values["seen"] == [[2, 8, True], [3, 12, False]]


def test_a_watched_function_stays_as_it_is_for_the_answers() -> None:
    """The same object with the same parameters, defaults and names around it; afterwards it has its own code again."""
    code = """
        import inspect, torch
        def made(slope):
            def act(T, /, beta=slope, *more, scale: float = 2.0, **options):
                return T * beta * scale * slope + sum(more) + sum(options.values())
            return act
        act = made(3.0)
        class Base:
            def forward(self, x):
                return act(x)
        class Net(Base):
            def forward(self, x, *, f=act):
                return super().forward(x) if f is act else None
        def told(T):
            return [str(inspect.signature(act)), act(T), act(T, 1.0, 2.0, scale=1.0, more=4.0), Net().forward(T)]
    """
    ran = run("""
        def test(d):
            code = d.name("act").__code__
            with d.uses("act Net.forward") as uses:
                yield "inside", told(torch.ones(2))
            yield "outside", told(torch.ones(2))
            yield "calls", [uses["act"]["calls"], uses["Net.forward"]["calls"], d.name("act").__code__ is code]
    """, code)  # fmt: skip
    inside, outside = ran.values["inside"], ran.values["outside"]
    assert inside[0] == outside[0] == "(T, /, beta=3.0, *more, scale: float = 2.0, **options)"
    assert [v.tolist() for v in inside[1:]] == [v.tolist() for v in outside[1:]] == [[18.0] * 2, [9.0] * 2, [18.0] * 2]
    assert ran.values["calls"] == [3, 1, True]


def test_functions_without_code_of_their_own_are_counted_where_they_have_some_below() -> None:
    """An instance, a partial function and a decorated method."""
    ran = run("def test(d):\n    with d.uses('act half Net.forward') as uses:\n        act(torch.ones(2))\n"
              "        half(torch.ones(3))\n        Net()(torch.ones(4))\n    yield 'uses', uses", COUNTED)  # fmt: skip
    assert [count["calls"] for count in ran.values["uses"].values()] == [1, 2, 1]  # the network calls sig as well


def test_without_shapes_all_parameters_are_filled() -> None:
    """In the order of their shapes, with names of their own; so two layouts of one network hold the same."""
    first = single("d.parameters(d.fill(torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Linear(5, 2))))", seed=1)
    other = """
        import torch
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.b = torch.nn.Linear(5, 2)
                self.a = torch.nn.Linear(3, 5)
    """
    assert equal(first, single("d.parameters(d.fill(Net()))", other, seed=1))
    ran = run("def test(d):\n    yield from d.gradients(d.fill(torch.nn.Linear(2, 3)))")
    assert list(ran.values) == ["θ1.grad", "θ2.grad"]


def test_the_scale_of_a_network() -> None:
    """By default 1/sqrt(rows) and 1/2; `scale` holds for all."""
    d = case()
    for scale, least, most in ((None, 0.04, 0.06), (3.0, 2.5, 3.5)):
        net = d.fill(torch.nn.Linear(400, 50, bias=False), {"W": (400, 50)}, scale=scale)
        assert least < float(net.weight.detach().std()) < most


def test_a_second_network_gets_other_values() -> None:
    """The draws go on, on both sides alike."""
    source = "[d.parameters(d.fill(torch.nn.Linear(2, 3))).tolist() for _ in range(2)]"
    first, second = single(source)
    assert first != second
    assert single(source, case={"dtype": torch.float64, "exact": True}) == [first, second]


def test_later_draws_have_the_precision_of_the_network() -> None:
    """A student whose network is float64 gets float64 inputs; our side stays exact."""
    draw = "(d.fill(torch.nn.Linear(2, 3).to(torch.{})), d.normal(2).dtype)[1]"
    assert single(draw.format("float64")) is torch.float64
    assert single(draw.format("float32")) is torch.float32
    exact = {"dtype": torch.float64, "exact": True}
    assert single(draw.format("float32"), case=exact) is torch.float64


def test_a_network_without_the_parameters_is_odd() -> None:
    """The student reads which are missing."""
    with pytest.raises(Odd) as caught:
        case().fill(torch.nn.Linear(2, 3), {"W": (2, 3), "U": (7, 7)})
    assert caught.value.content == {"name": "Linear", "shape": "", "parameters": "U (7, 7)", "found": ""}


def test_parameters_of_a_network_that_was_not_filled() -> None:
    """In the order of their shapes; a network without any has none."""
    net = torch.nn.Linear(2, 3)
    assert case().parameters(net).tolist() == [*net.bias.tolist(), *net.weight.flatten().tolist()]
    assert case().parameters(torch.nn.Module()).shape == (0,)


# Records


def test_watched_calls_are_a_list() -> None:
    """The arguments are copies from before the call."""
    net, x = torch.nn.Linear(2, 3), torch.ones(1, 2)
    calls = case().watch(net, "forward", limit=1)
    net(x), net(x)
    x.zero_()
    assert len(calls) == 1
    assert calls[0].bound("x")["x"].tolist() == [[1.0, 1.0]]


def test_moves_are_those_asked_for_inside() -> None:
    """Questions from the notebook's first lines are listed each time; other requests from outside are not."""
    recorder = MoveRecorder()
    d = case(answers=answers({}, moves=recorder, asked=["cuda"]))
    recorder._note("question", "cuda"), recorder._note("module", "cuda")
    with d.moves() as moves:
        recorder._note("tensor", torch.device("cpu"), torch.ones(2, 3))
    recorder._note("tensor", "cuda")
    assert moves == [["question", "cuda", 0], ["tensor", "cpu", 6]]
    with d.moves() as moves:
        recorder._note("question", "cuda")
    assert moves == [["question", "cuda", 0]] * 2


DATA = """
import torch
class Data(torch.utils.data.Dataset):
    def __init__(self, n, F=2):
        self.n, self.F = n, F
    def __len__(self): return self.n
    def __getitem__(self, i):
        if not -self.n <= i < self.n: raise IndexError(i)
        return torch.rand(self.F), torch.tensor(i)
"""


def test_a_frozen_data_set_shows_the_same_rows_twice() -> None:
    """The rows are evidence; a look with another index than a plain number is the student's own affair."""
    ran = run(
        """
        def test(d):
            data = d.replay(Data, d.n, F=3)
            yield "first", [data[i] for i in range(len(data))]
            yield "second", [row for row in data]
            yield "before", data[0][0].tolist()
            data[0][0].zero_()
            yield "after", data[-d.n][0].tolist()
            yield "last", d.raised(data.__getitem__, d.n)
            loader = torch.utils.data.DataLoader(data, batch_size=2)
            yield "loaded", torch.cat([x for x, y in loader])
        """,
        DATA,
        n=4,
    )
    assert ran.error is None
    rows = [x.tolist() for x, _ in ran.values["replay"]]
    for name in ("first", "second"):
        assert [x.tolist() for x, _ in ran.values[name]] == rows
    assert ran.values["before"] == ran.values["after"] == rows[0]
    assert ran.values["loaded"].tolist() == rows
    assert ran.values["last"] == "IndexError"


def test_a_mistake_gets_the_rows_that_the_student_had() -> None:
    """In the order in which the student's loop used them, whatever index is asked for; they are evidence again."""
    rows = [(torch.tensor([float(k)]), torch.tensor(k)) for k in (2, 0, 1, 1)]
    ran = run("def test(d):\n    data = d.replay(Data, 3)\n    return {'rows': [data[i] for i in (0, 0, 2, 1, 1)],"
              " 'n': len(data), 'kind': data}", DATA, case={"rows": rows})  # fmt: skip
    assert ran.error is None
    assert [int(y) for _, y in ran.values["rows"]] == [2, 0, 1, 1, 2]
    assert ran.values["n"] == 3
    assert ran.values["replay"] == rows
    data = ran.values["kind"]
    assert isinstance(data, Rows)
    assert data.targets.tolist() == [2, 0, 1]
    with pytest.raises(IndexError):
        data[3]


@pytest.mark.parametrize("make", ["d.normal(3)", "d.numpy.normal(3)", "[d.normal(3), d.normal(2)]",
                                  "{'a': d.classes(3, 2)}"])  # fmt: skip
def test_what_the_answers_left_alone_is_unchanged(make: str) -> None:
    """The test's value itself never changes: the change of the copy counts."""
    code = """
        def spoil(x):
            for t in (x.values() if isinstance(x, dict) else x if isinstance(x, list) else [x]): t += 1
        def keep(x): return x
    """
    for function, unchanged in (("spoil", False), ("keep", True)):
        ran = run(
            f"""
            def test(d):
                x, y = {make}, d.normal(5)
                {function}(x), keep(y)
                yield "x", d.unchanged(x)
                yield "y", d.unchanged(y)
            """,
            code,
        )
        assert ran.error is None
        assert [ran.values["x"].holds, ran.values["y"].holds] == [unchanged, True]


# Values


@pytest.mark.parametrize(
    ("value", "shape", "content"),
    [
        (torch.ones(2, 3), (2, None), None),
        (torch.ones(2, 3), None, None),
        ([1.0, 2.0], (2,), None),
        (numpy.ones(2), (2,), None),
        (3.0, (), None),
        (torch.ones(2, 3), (3, None), {"shape": "(3, *)", "found": "(2, 3)"}),
        (torch.ones(2), (2, 1), {"shape": "(2, 1)", "found": "(2,)"}),
        (None, (2,), {"shape": "(2,)", "found": "NoneType"}),
        ("text", None, {"shape": "", "found": "str"}),
    ],
)
def test_a_tensor_of_this_shape_or_a_sentence(value: Any, shape: Any, content: dict[str, str] | None) -> None:
    """A list or an array becomes a tensor; another shape or kind gives a sentence."""
    d = case()
    if content is None:
        assert isinstance(d.tensor(value, "W", shape=shape), torch.Tensor)
        return
    with pytest.raises(Odd) as caught:
        d.tensor(value, "W", shape=shape)
    assert caught.value.content == {"name": "W", "parameters": "", **content}


# The machine


def test_one_seed_for_all_generators() -> None:
    """torch, NumPy and random start from the case's number, however large it is."""
    drawn = []
    for _ in range(2):
        case(seed=2**40 + 3).seed()
        drawn.append((torch.rand(1).item(), numpy.random.rand(), random.random()))
    assert drawn[0] == drawn[1]
    case(seed=4).seed()
    assert torch.rand(1).item() != drawn[0][0]


def test_data_files_and_folders(tmp_path: Path) -> None:
    """A file is known by its name; each folder is new, and all are removed at the end."""
    (tmp_path / "digits.csv").write_text("1,2")
    d = case(answers=answers({}, files={"digits.csv": str(tmp_path / "digits.csv")}))
    assert Path(d.file("digits.csv")).read_text() == "1,2"
    folders = [d.folder(), d.folder()]
    Path(folders[0], "sub").mkdir()
    assert len(set(folders)) == 2
    d.end()
    assert not any(map(os.path.exists, folders))


def test_draws_of_a_case_view_are_those_of_its_seed() -> None:
    """A case's draws do not depend on the answers or the device name of the side."""
    draw = functools.partial(single, "d.normal(d.n).tolist()", n=3)
    assert draw(seed=1) == draw(seed=1, code=ONE) == draw(seed=1, case={"dtype": torch.float64, "exact": True})
