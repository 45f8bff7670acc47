"""The search finds forbidden names however they are written, and only where they count."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment import load
from grader.assignment.spec import Question, Snippet
from grader.forbidden.find import Use, find_forbidden
from grader.messages import Text
from grader.notebook.program import build
from grader.notebook.read import read_notebook

ROOT = Path(__file__).parents[3]
FORBIDDEN = (
    "torch.softmax",
    "torch.Tensor.softmax",
    "torch.nn.functional.softmax",
    "torch.nn.Softmax",
    "torch.relu",
    "torch.Tensor.relu",
    "torch.nn.functional.relu",
    "torch.Tensor.backward",
    "torch.autograd.*",
    "torch.optim.*",
)
PREAMBLE = """import torch, math
import torch as t
import torch.nn.functional as F
from torch import nn
from torch.nn.functional import softmax as suave
import numpy as np
import importlib
s = torch.softmax
functional = torch.nn.functional
"""


def question(
    *names: str, forbidden: tuple[str, ...] = FORBIDDEN, snippets: dict[str, Snippet] | None = None
) -> Question:
    return Question("1", Text("t"), (), names=names, snippets=snippets or {}, forbidden=forbidden)


def uses(
    source: str,
    *names: str,
    others: tuple[str, ...] = (),
    earlier: tuple[str, ...] = (),
    preamble: str = PREAMBLE,
    forbidden: tuple[str, ...] = FORBIDDEN,
) -> list[tuple[str, str]]:
    """The name and the line of source of each use in the code that answers `names`."""
    notebook = read_notebook(f"# %%\n{preamble}\n# %%\n{source}".encode(), "a.py")
    asked = names or ("f",)
    program = build(notebook, (*asked, *others, *earlier))
    found = find_forbidden(program, notebook, question(*asked, forbidden=forbidden), earlier)
    return [(use.name, use.source) for use in found]


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("torch.softmax(x, 0)", "torch.softmax"),
        ("t.softmax(x, 0)", "torch.softmax"),
        ("F.softmax(x, 0)", "torch.nn.functional.softmax"),
        ("torch.nn.functional.softmax(x, 0)", "torch.nn.functional.softmax"),
        ("nn.Softmax(0)(x)", "torch.nn.Softmax"),
        ("torch.nn.modules.activation.Softmax(0)(x)", "torch.nn.Softmax"),
        ("suave(x, 0)", "torch.nn.functional.softmax"),
        ("s(x, 0)", "torch.softmax"),
        ("functional.relu(x)", "torch.nn.functional.relu"),
        ("x.softmax(0)", "torch.Tensor.softmax"),
        ("(x + 1).relu()", "torch.Tensor.relu"),
        ("x.relu_()", "torch.Tensor.relu"),
        ("torch.relu_(x)", "torch.relu"),
        ("torch.Tensor.softmax(x, 0)", "torch.Tensor.softmax"),
        ("getattr(torch, 'softmax')(x, 0)", "torch.softmax"),
        ("getattr(torch, 'soft' + 'max')(x, 0)", "torch.softmax"),
        ("getattr(torch, f'soft{\"max\"}')(x, 0)", "torch.softmax"),
        ("getattr(x, 'soft' + 'max')(0)", "torch.Tensor.softmax"),
        ("torch.__dict__['relu'](x)", "torch.relu"),
        ("vars(torch)['relu'](x)", "torch.relu"),
        ("__import__('torch').relu(x)", "torch.relu"),
        ("importlib.import_module('torch.nn.functional').relu(x)", "torch.nn.functional.relu"),
        ("map(torch.relu, x)", "torch.relu"),
        ("torch.relu.__call__(x)", "torch.relu"),
        ("(lambda z: torch.relu(z))(x)", "torch.relu"),
        ("x.sum().backward()", "torch.Tensor.backward"),
        ("x.backward(gradient=x)", "torch.Tensor.backward"),
        ("x.backward(x)", "torch.Tensor.backward"),
        ("torch.autograd.grad(x, x)", "torch.autograd.grad"),
        # Variable alone is an old name of Tensor.
        (
            "torch.autograd.Variable._execution_engine.run_backward(x)",
            "torch.autograd.Variable._execution_engine.run_backward",
        ),
        ("torch.autograd.functional.jacobian(f, x)", "torch.autograd.functional.jacobian"),
        ("torch.optim.SGD([x], 1)", "torch.optim.SGD"),
    ],
)
def test_ways_to_write_it(expression: str, name: str) -> None:
    """Imports, aliases, methods, getattr and constant expressions lead to the same name, with its line."""
    assert uses(f"def f(x):\n    return {expression}")[-1:] == [(name, f"return {expression}")]


@pytest.mark.parametrize(
    "expression",
    [
        "np.relu(x)",
        "math.softmax(x)",
        "torch.exp(x)",
        "softmax(x, 0)",
        "own.softmax(x, 0)",
        "Layer().softmax(x)",
        "x.clamp(0)",
        "red.backward(x, x, x)",
        "layer.backward(x)",
        "torch.no_grad()",
        "torch.enable_grad()",
        "torch.set_grad_enabled(True)",
        "torch.autograd.set_grad_enabled(False)",
        "torch.autograd.no_grad()",
        "torch.autograd.inference_mode()",
        "torch.autograd.set_detect_anomaly(False)",
        "torch.autograd.Variable(x)",
        "x.requires_grad_()",
        "isinstance(x, torch.optim.Optimizer)",
        "isinstance(x, (torch.autograd.Function, nn.Softmax | None))",
        "nn.Parameter(x)",
        "'torch.softmax(x)'",
        "super(Layer, x).backward()",
        "Layer.softmax(x, x)",
        "relu(x)",
        "x.T @ x",
        "x.relu",
        "torch.nn",
        "getattr(x, name)(0)",
    ],
)
def test_what_is_allowed(expression: str) -> None:
    """The student's own functions and methods, other libraries, switches of autograd and strings are not uses."""
    source = (
        "class Layer:\n    def softmax(self, x, dim=0): return x\n    def backward(self, grad): return grad\n"
        "def softmax(x, dim): return x\nrelu = lambda x: x\nown = Layer()\n"
    )
    assert uses(f"{source}def f(x, name=0):\n    return {expression}") == []


def test_a_type_that_is_only_named_is_allowed() -> None:
    """Annotations and isinstance compute nothing; a call among them does, and so does a later use of the same class."""
    source = "def f(x: torch.optim.SGD, y: 'torch.optim.SGD' = None) -> list[torch.optim.SGD]:\n    z: nn.Softmax = x\n"
    assert uses(f"{source}    return z") == []
    assert uses(f"{source}    return nn.Softmax(0)(z)") == [("torch.nn.Softmax", "return nn.Softmax(0)(z)")]
    assert uses("def f(x: torch.relu(z)):\n    return isinstance(torch.relu(x), type(torch.relu(x)))") == [
        ("torch.relu", "def f(x: torch.relu(z)):"),
        ("torch.relu", "return isinstance(torch.relu(x), type(torch.relu(x)))"),
    ]


def test_own_methods_do_not_hide_the_tensors() -> None:
    """FFNN.backward takes three arguments, so `loss.backward()` without arguments is still autograd."""
    source = (
        "class FFNN:\n    def backward(self, x, y, y_pred): pass\n"
        "def f(red, loss):\n    red.backward(1, 2, 3)\n    loss.backward()\n    loss.backward(retain_graph=True)"
    )
    assert uses(source) == [
        ("torch.Tensor.backward", "loss.backward()"),
        ("torch.Tensor.backward", "loss.backward(retain_graph=True)"),
    ]


def test_attributes_of_an_object_are_its_own() -> None:
    """`self.relu = relu` makes `self.relu(x)` the student's function."""
    source = "class f:\n    def __init__(self, relu): self.relu = relu\n    def g(self, x): return self.relu(x)"
    assert uses(source) == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("def f(nn): return nn.Softmax(1)", 0),
        ("def f(s): return s(1)", 0),
        ("def f(x):\n    s = torch.relu\n    return s(x)", 2),
        ("def f(x):\n    from torch import relu as r\n    return r(x)", 1),
        ("def f(x):\n    def s(z): return z\n    return s(x)", 0),
        ("def f(x):\n    s = x\n    return s(1)", 0),
        ("def g(): return torch.relu(1)\ndef f(g): return g()", 0),
        ("f = torch.relu", 1),
        ("f = {'relu': torch.relu}", 1),
        ("f = {}\nf['relu'] = torch.relu", 1),
        ("try:\n    f = torch.relu\nexcept: f = None", 1),
        ("class f(torch.autograd.Function): pass", 1),
        ("class f:\n    act = torch.relu", 1),
        ("@torch.relu\ndef f(): pass", 1),
        ("def f(act=torch.relu): pass", 1),
    ],
)
def test_scopes(source: str, count: int) -> None:
    """Local names hide global ones and have their own meanings."""
    assert len(uses(source)) == count


@pytest.mark.parametrize(
    ("imports", "count"),
    [
        ("from torch import *", 1),
        ("from torch.nn.functional import *", 1),
        ("from math import *", 0),
        ("", 0),
        ("from torch import *\ndef relu(x): return x", 0),
        ("try:\n    from torch import relu\nexcept: pass", 1),
    ],
)
def test_star_imports(imports: str, count: int) -> None:
    """A name from a star import is the library's, unless the notebook defines it."""
    assert len(uses(f"{imports}\ndef f(x): return relu(x)", preamble="")) == count


def test_calls_are_followed() -> None:
    """The uses of helpers count for their callers, through functions, methods, classes and variables."""
    source = (
        "def a(x): return torch.relu(x)\nclass B:\n    def m(self, x): return a(x)\n"
        "c = lambda x: B().m(x)\ndef f(x): return c(x)\ndef unrelated(x): return torch.softmax(x)"
    )
    assert uses(source) == [("torch.relu", "def a(x): return torch.relu(x)")]


def test_what_answers_another_question_is_its_own_matter() -> None:
    """A use inside another question's function, class or method counts only there."""
    source = "def g(x): return torch.relu(x)\ndef f(x): return g(x)"
    assert uses(source, "f", others=("g",)) == []
    assert len(uses(source, "g", others=("f",))) == 1
    source = "class A:\n    def m(self, x): return x.relu()\ndef f(a): return a.m(1) + A().m(1)"
    assert uses(source, "f", others=("A",)) == []
    assert uses(source, "f", others=("A.m",)) == []
    assert len(uses(source, "f")) == 1


SHARED = """
class Net:
    def __init__(self): self.act = torch.relu
    def forward(self, x): return torch.softmax(x, 0)
    def slope(self, x): return F.relu(x)
    def backward(self, x, y, p):
        self.forward(x)
        return self.slope(x), F.softmax(x, 0)
"""


def test_a_class_that_questions_share() -> None:
    """Construction and forward pass answer for the class; `Net.backward` and its own helpers answer for backward."""
    of_class = [name for name, _ in uses(SHARED, "Net", others=("Net.backward",))]
    assert of_class == ["torch.relu", "torch.softmax"]
    both = ("torch.nn.functional.relu", "torch.nn.functional.softmax")
    assert tuple(name for name, _ in uses(SHARED, "Net.backward", others=("Net",))) == both
    assert tuple(name for name, _ in uses(SHARED, "Net", "Net.backward", earlier=("Net",))) == both
    assert len(uses(SHARED, "Net")) == 4


def test_a_class_answers_the_first_question_that_asks_for_it() -> None:
    """A question that asks for a class and its methods answers for the construction too, unless an earlier one does."""
    assert [name for name, _ in uses(SHARED, "Net", "Net.forward")] == ["torch.relu", "torch.softmax"]
    assert [name for name, _ in uses(SHARED, "Net", "Net.forward", earlier=("Net",))] == ["torch.softmax"]


@pytest.mark.parametrize(
    "source",
    [
        "from torch.optim import SGD",
        "from torch.optim import Adam as SGD, Adam",
        "from torch.optim import *",
        "try:\n    from torch.optim import SGD\nexcept ImportError:\n    pass",
        "class SGD(torch.optim.SGD): pass",
        "from torch.optim import SGD\nclass SGD(SGD): pass",
        "SGD = torch.optim.SGD",
        "from importlib import import_module as load\nSGD = load('torch.optim').SGD",
        "import sys\nSGD = sys.modules['torch.optim'].SGD",
    ],
)
def test_a_library_class_is_no_answer(source: str) -> None:
    """A class that is imported or derived under the asked name is a use, also where its methods are asked for."""
    assert len(uses(source, "SGD")) == 1
    assert len(uses(source, "SGD", "SGD.step")) == 1
    assert uses(source, "SGD", "SGD.step", earlier=("SGD",)) == []


@pytest.mark.parametrize("source", ["from torch import relu as f", "from torch.nn.functional import relu as f"])
def test_an_imported_function_is_no_answer(source: str) -> None:
    """A function that is imported under the asked name is a use; beside a definition of the name it is none."""
    assert [line for _, line in uses(source)] == [source]
    assert uses(f"{source}\ndef f(x): return x") == []


def test_patched_methods_are_found() -> None:
    """`A.m = f` makes f the answer to A.m."""
    source = "class A: pass\ndef later(self): return torch.relu(1)\nA.m = later"
    assert [name for name, _ in uses(source, "A.m", others=("A",))] == ["torch.relu"]


def test_snippets_are_searched() -> None:
    """The slices of a snippet and the functions that they call are code that answers the question."""
    notebook = read_notebook(
        b"# %%\nimport torch\ndef g(x): return x.relu()\n# %%\nunused = torch.relu(1)\nk = torch.softmax(a)\n"
        b"out = g(k)\nout.backward()\n",
        "a.py",
    )
    snippet = {"q": Snippet(("out",), ("a",))}
    found = find_forbidden(build(notebook, (), snippet), notebook, question(snippets=snippet))
    assert found == (
        Use("torch.Tensor.relu", 1, 2, "def g(x): return x.relu()"),
        Use("torch.softmax", 2, 2, "k = torch.softmax(a)"),
    )


def test_numbers_of_a_complex_step_are_found() -> None:
    """`1j` and `complex` lead to a derivative without a subtraction; a variable of that name does not."""
    complex_numbers = ("builtins.complex",)
    step = "    return x + 1e-20j"
    assert uses(f"def f(x):\n{step}", forbidden=complex_numbers) == [("builtins.complex", step.strip())]
    assert uses("def f(x):\n    return x.astype(complex)", forbidden=complex_numbers)
    assert not uses("def f(x, complex=False):\n    return x if complex else 2 * x", forbidden=complex_numbers)


def test_nothing_forbidden_is_nothing_found() -> None:
    """A question that forbids nothing has no uses; neither has a question whose names are missing."""
    notebook = read_notebook(b"import torch\ndef f(): return torch.relu(1)", "a.py")
    program = build(notebook, ("f", "g"))
    assert find_forbidden(program, notebook, question("f", forbidden=())) == ()
    assert find_forbidden(program, notebook, question("g")) == ()


def test_monstrous_expressions_are_survived() -> None:
    """Chains of attributes and additions of any length that Python reads do not hide the code next to them."""
    source = f"def f(x):\n    x{'.a' * 900}\n    getattr(torch, {'+'.join(['x'] * 900)})\n    return torch.relu(x)"
    assert uses(source) == [("torch.relu", "return torch.relu(x)")]


RIGHT = sorted((ROOT / "tests" / "submissions" / "tarea2" / "right").glob("*.py"))


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_right_submissions_use_nothing_forbidden(path: Path) -> None:
    """No style of a right answer is mistaken for a forbidden one."""
    questions = load.load_assignment(load.default_folder()).questions
    notebook = read_notebook(path.read_bytes(), path.name)
    names = [name for q in questions for name in q.names]
    program = build(notebook, names, {k: s for q in questions for k, s in q.snippets.items()})
    assert {q.id: find_forbidden(program, notebook, q) for q in questions} == {q.id: () for q in questions}
