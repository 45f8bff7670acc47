"""The transcript has lines that repeat a probe's calls in a notebook."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from grader.assignment.cases import Case, Draw
from grader.assignment.spec import Probe
from grader.errors import NotAnswered, StudentRaised, WorkerError
from grader.judging.local_implementation import LocalImplementation
from grader.judging.transcript import Transcript
from grader.messages import Text
from grader.sandbox.inside.wire import Handle, Named


def scale(x: torch.Tensor, factor: float = 1.0) -> torch.Tensor:
    return factor * x


def total(parts: list[torch.Tensor]) -> torch.Tensor:
    return torch.cat([p.reshape(-1) for p in parts]).sum()


def apply(f: Any, x: torch.Tensor) -> torch.Tensor:
    y: torch.Tensor = f(x)
    return y


class Line(torch.nn.Module):
    """y = w x + b for scalars w, b."""

    def __init__(self, width: int, activation: Any = None) -> None:
        super().__init__()
        self.w = torch.nn.Parameter(torch.ones(width))
        self.activation = activation
        self.seen = 0

    def __len__(self) -> int:
        return len(self.w)

    def __getitem__(self, i: int) -> torch.Tensor:
        return self.w[i]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x * self.w
        return self.activation(y) if self.activation else y

    def slope(self, x: torch.Tensor, y_pred: torch.Tensor) -> torch.Tensor:
        return y_pred / x


NAMES: dict[str, Any] = {"scale": scale, "total": total, "apply": apply, "Line": Line, "relu": torch.relu}
SNIPPETS = {"2a": lambda x, y, B: {"g": (x - y) / B}}

PUBLIC = Case(Text("pública", "public"), seed=3, public=True)
HIDDEN = Case(Text("oculta", "hidden"), seed=3)


def target() -> LocalImplementation:
    return LocalImplementation(NAMES, SNIPPETS)


def written(probe: Probe, case: Case = PUBLIC) -> tuple[Transcript, Mapping[str, Any]]:
    draw = Draw(case, "salt")
    transcript = Transcript(target(), draw)
    return transcript, probe(transcript, draw)


def run(lines: str) -> Any:
    """The value of the last line, as a notebook shows it."""
    tree = ast.parse(lines)
    last = tree.body[-1]
    namespace = dict(NAMES)
    exec(compile(ast.Module(tree.body[:-1], []), "<cell>", "exec"), namespace)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace)
    exec(compile(ast.Module([last], []), "<cell>", "exec"), namespace)
    assert isinstance(last, ast.Assign)
    assert isinstance(last.targets[0], ast.Name)
    return namespace[last.targets[0].id]


# Probes, each with the value that its lines must give ------------------------------------------------------------


def one_call(f: Any, draw: Draw) -> dict[str, Any]:
    return {"y": f.call("scale", draw.normal("x", 2, 3))}


def keywords(f: Any, draw: Draw) -> dict[str, Any]:
    return {"y": f.call("scale", draw.normal("x", 4), factor=1.7)}


def tensors_in_a_list(f: Any, draw: Draw) -> dict[str, Any]:
    return {"y": f.call("total", [draw.normal("a", 2), draw.normal("b", 2, 2)])}


def labels_for_people(f: Any, draw: Draw) -> dict[str, Any]:
    return {"y": f.call("scale", draw.normal("g1 p.0", 2), draw.normal("g1 p.1", 2))}


def a_name(f: Any, draw: Draw) -> dict[str, Any]:
    return {"y": f.call("apply", Named("relu"), draw.normal("x", 4))}


def two_calls(f: Any, draw: Draw) -> dict[str, Any]:
    first = f.call("scale", draw.normal("x", 3), 2.0)
    return {"y": f.call("scale", first, 3.0)}


def a_method(f: Any, draw: Draw) -> dict[str, Any]:
    line = f.new("Line", 3)
    return {"y": f.invoke(line, "__call__", draw.normal("x", 3))}


def a_forward(f: Any, draw: Draw) -> dict[str, Any]:
    line = f.new("Line", 3, Named("relu"))
    x = draw.away_from_zero("x", 3)
    y_pred = f.invoke(line, "forward", x)
    return {"y": f.invoke(line, "slope", x, y_pred)}


def two_objects(f: Any, draw: Draw) -> dict[str, Any]:
    first, second = f.new("Line", 2), f.new("Line", 3)
    f.invoke(first, "forward", draw.normal("a", 2))
    return {"y": f.invoke(second, "forward", draw.normal("b", 3))}


def an_index(f: Any, draw: Draw) -> dict[str, Any]:
    return {"y": f.invoke(f.new("Line", 3), "__getitem__", 1)}


def a_length(f: Any, draw: Draw) -> dict[str, Any]:
    return {"y": f.invoke(f.new("Line", 3), "__len__")}


def unnamed(f: Any, draw: Draw) -> dict[str, Any]:
    return {"y": f.call("scale", draw.normal("x", 3) + 1)}


def integers(f: Any, draw: Draw) -> dict[str, Any]:
    return {"y": f.call("scale", draw.classes("k", 6, 4))}


PROBES: tuple[Probe, ...] = (
    one_call, keywords, tensors_in_a_list, labels_for_people, a_name, two_calls, a_method, a_forward, two_objects,
    an_index, a_length, unnamed, integers,
)  # fmt: skip
SAME_VALUES_HIDDEN = (a_length, an_index)  # no input is drawn


@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.__name__)
def test_the_lines_of_a_public_case_give_the_same_value(probe: Probe) -> None:
    """A student can paste the lines below the definitions and see the value that the page shows."""
    transcript, given = written(probe)
    value, expected = run(transcript.lines), given["y"]
    assert torch.allclose(torch.as_tensor(value).double(), torch.as_tensor(expected).double(), rtol=1e-6)


@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.__name__)
def test_the_lines_of_a_hidden_case_show_no_values(probe: Probe) -> None:
    """The lines are a recipe for inputs of the same kind, and they run as well."""
    transcript, given = written(probe, HIDDEN)
    assert "tensor(" not in transcript.lines
    expected = torch.as_tensor(given["y"]).double()
    # Small results (three signs, say) may be equal by chance; a recipe does not produce them each time.
    values = [torch.as_tensor(run(transcript.lines)).double() for _ in range(20)]
    assert all(value.shape == expected.shape for value in values)
    if probe not in SAME_VALUES_HIDDEN:
        assert not all(torch.equal(value, expected) for value in values)


@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.__name__)
def test_a_transcript_answers_what_its_target_answers(probe: Probe) -> None:
    """The transcript changes no answer."""
    _, given = written(probe)
    plain = probe(target(), Draw(PUBLIC, "salt"))
    assert torch.equal(torch.as_tensor(given["y"]), torch.as_tensor(plain["y"]))


def test_the_last_call_is_said_in_short() -> None:
    """The short form has the names of the inputs instead of their values."""
    assert written(keywords)[0].called == "scale(x, factor=1.7)"
    assert written(tensors_in_a_list)[0].called == "total([a, b])"
    assert written(a_name)[0].called == "apply(relu, x)"
    assert written(a_forward)[0].called == "line.slope(x, y_pred)"
    assert written(a_length)[0].called == "len(line)"
    assert written(an_index)[0].called == "line[1]"


def test_two_objects_of_a_class_have_names_of_their_own() -> None:
    """The second object does not overwrite the first."""
    lines = written(two_objects)[0].lines.splitlines()
    assert "line = Line(2)" in lines
    assert "line2 = Line(3)" in lines


def test_torch_is_imported_where_the_lines_need_it() -> None:
    """Lines without torch have no import."""
    assert written(one_call)[0].lines.startswith("import torch\n")
    assert "import" not in written(a_length)[0].lines
    assert Transcript(target(), Draw(PUBLIC)).lines == ""


@example([0.10330076515674591])  # with 8 digits another float32
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_the_written_inputs_are_the_inputs(numbers: list[float]) -> None:
    """Every float32 is restored bit by bit."""
    x = torch.tensor(numbers)
    transcript = Transcript(target(), Draw(PUBLIC))
    transcript.call("scale", x)
    assert torch.equal(run(transcript.lines), x)


def test_a_large_tensor_is_written_as_a_recipe_even_in_public() -> None:
    """A page is read, not parsed."""

    def probe(f: Any, draw: Draw) -> dict[str, Any]:
        return {"y": f.call("scale", draw.normal("x", 30, 40))}

    lines = written(probe)[0].lines
    assert "x = torch.randn(30, 40)" in lines
    assert run(lines).shape == (30, 40)


@pytest.mark.parametrize(
    ("drawn", "shape"),
    [
        (lambda d: d.classes("t", 5, 3), (5,)),
        (lambda d: d.one_hot("t", 5, 3), (5, 3)),
        (lambda d: d.probabilities("t", 5, 3), (5, 3)),
    ],
)
def test_a_recipe_gives_values_of_the_same_kind(drawn: Any, shape: tuple[int, ...]) -> None:
    """Class indices stay indices, one-hot rows one-hot, probabilities probabilities."""

    def probe(f: Any, draw: Draw) -> dict[str, Any]:
        return {"y": f.call("scale", drawn(draw))}

    transcript, given = written(probe, HIDDEN)
    value, original = run(transcript.lines), given["y"]
    assert value.shape == shape
    integral = bool((original == original.round()).all())
    assert bool((value == value.round()).all()) == integral
    if original.dim() == 2:
        assert torch.allclose(value.sum(1), torch.ones(5))
    else:
        assert value.max() < 3


def test_a_call_is_told_where_all_results_can_be_its() -> None:
    """Next to the result of the first call, the second call would mislead."""

    def once(f: Any, draw: Draw) -> dict[str, Any]:
        return {"one": f.call("scale", draw.normal("x", 2))}

    def twice(f: Any, draw: Draw) -> dict[str, Any]:
        return {**once(f, draw), "two": f.call("scale", draw.normal("x", 2), 3.0)}

    assert written(once)[0].told == "scale(x)"
    assert written(twice)[0].told == ""
    assert written(twice)[0].called.endswith(", 3.0)")


def test_a_snippet_is_written_as_its_inputs() -> None:
    """The snippet's lines are in the notebook; a student runs them after the inputs."""

    def probe(f: Any, draw: Draw) -> dict[str, Any]:
        return f.evaluate("2a", {"x": draw.normal("x", 2), "y": draw.normal("y", 2), "B": 2}, ["g"])

    transcript, given = written(probe)
    assert transcript.called == "g"
    namespace: dict[str, Any] = {}
    exec(transcript.lines, namespace)
    assert torch.allclose(SNIPPETS["2a"](namespace["x"], namespace["y"], namespace["B"])["g"].double(), given["g"])


def test_an_attribute_that_is_set_is_written() -> None:
    """Assignments are written in the order in which they happened."""

    def probe(f: Any, draw: Draw) -> dict[str, Any]:
        line = f.new("Line", 2)
        f.assign(line, "seen", 7)
        return {"y": f.read(line, "seen")}

    transcript, given = written(probe)
    assert transcript.lines.splitlines()[-1] == "line.seen = 7"
    assert given["y"] == 7


# Calls that raise ------------------------------------------------------------------------------------------------


class Raising(LocalImplementation):
    """An implementation whose calls raise what a student's process would report."""

    def __init__(self, error: StudentRaised, known: tuple[str, ...] = ()) -> None:
        super().__init__({name: scale for name in known}, {})
        self.error = error

    def call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        raise self.error

    def invoke(self, handle: Handle, method: str, /, *args: Any, **kwargs: Any) -> Any:
        raise self.error


def test_a_call_that_raises_is_written_all_the_same() -> None:
    """A student wants to repeat the call that failed."""
    transcript = Transcript(Raising(StudentRaised("ValueError", "no"), ("scale",)), Draw(PUBLIC))
    with pytest.raises(StudentRaised):
        transcript.call("scale", torch.tensor([1.0]))
    assert transcript.called == "scale(t)"
    assert transcript.lines.splitlines()[-1] == "scale(t)"


def test_a_name_that_the_notebook_lacks_is_not_answered() -> None:
    """A NameError of our own lookup is a missing answer; one of the student's code is an error of that code."""
    error = StudentRaised("NameError", "name 'scale' is not defined")
    with pytest.raises(NotAnswered, match="scale"):
        Transcript(Raising(error), Draw(PUBLIC)).call("scale", 1)
    with pytest.raises(NotAnswered, match="relu"):
        Transcript(Raising(error, ("scale",)), Draw(PUBLIC)).call("scale", [Named("relu")])
    with pytest.raises(StudentRaised):
        Transcript(Raising(error, ("scale",)), Draw(PUBLIC)).call("scale", 1)


def test_a_method_that_the_class_lacks_is_not_answered() -> None:
    """An AttributeError without a frame of the student's code comes from our lookup."""
    error = StudentRaised("AttributeError", "no attribute 'backward'")
    with pytest.raises(NotAnswered, match=r"FFNN\.backward"):
        Transcript(Raising(error), Draw(PUBLIC)).invoke(Handle(1, "FFNN"), "backward")


# Forms that are only tried ---------------------------------------------------------------------------------------


def asked(probe: Probe, **names: Any) -> Transcript:
    """The transcript of a probe as a page shows it, after an error of the student's side if there is one."""
    draw = Draw(PUBLIC, "salt")
    transcript = Transcript(Student(names), draw)
    error = None
    try:
        probe(transcript, draw)
    except WorkerError as raised:
        error = raised
    transcript.end(error)
    return transcript


class Student(LocalImplementation):
    """Names whose errors arrive like those of a student's code."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        super().__init__(names, {})

    def call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().call(name, *args, **kwargs)
        except KeyError:
            raise StudentRaised("NameError", f"name {name!r} is not defined") from None
        except Exception as error:
            raise StudentRaised(type(error).__name__, str(error)) from None


def in_two_forms(f: Any, draw: Draw) -> dict[str, Any]:
    x = draw.named("x", torch.tensor([1.0]))
    try:
        return {"y": f.call("scale", x, times=2.0)}
    except StudentRaised:
        return {"y": f.call("scale", x, factor=2.0)}


def the_first_error(f: Any, draw: Draw) -> dict[str, Any]:
    x = draw.named("x", torch.tensor([1.0]))
    try:
        return {"y": f.call("scale", x, times=2.0)}
    except StudentRaised as error:
        f.call("halve", x)
        raise error from None


def none_of_two_forms(f: Any, draw: Draw) -> dict[str, Any]:
    with contextlib.suppress(StudentRaised):
        return in_two_forms(f, draw)
    raise NotAnswered("scale")


def test_a_form_that_was_tried_in_vain_is_left_out() -> None:
    """In a notebook such a line would stop the run before the call with the result."""
    transcript = asked(in_two_forms, scale=scale)
    assert transcript.lines.splitlines()[1:] == ["x = torch.tensor([1.0])", "result_1 = scale(x, factor=2.0)"]
    assert transcript.called == transcript.told == "scale(x, factor=2.0)"


def test_the_lines_end_with_the_call_that_raised_the_error() -> None:
    """The last form's error counts, unless the probe reports the first error."""
    last = asked(in_two_forms, scale=abs)
    assert last.lines.splitlines()[1:] == ["x = torch.tensor([1.0])", "scale(x, factor=2.0)"]
    first = asked(the_first_error, scale=scale, halve=lambda x: x / 2)
    assert first.lines.splitlines()[1:] == ["x = torch.tensor([1.0])", "scale(x, times=2.0)"]
    assert first.called == "scale(x, times=2.0)"


def test_nothing_is_shown_where_all_was_tried_in_vain() -> None:
    """A probe without an answer in any form has no lines to paste."""
    transcript = asked(none_of_two_forms, scale=abs)
    assert (transcript.lines, transcript.called) == ("", "")
