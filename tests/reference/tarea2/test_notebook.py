"""The students' notebook is up to date, runs as it stands, and gives no answer away."""

from __future__ import annotations

import ast
import inspect
from types import FunctionType

import nbformat
import pytest
import torch
from nbclient import NotebookClient
from torch.testing import assert_close

from reference.tarea2 import activations, data, gradient_check, images, losses, network, notebook, optim, training

QUESTIONS = {
    "0", "1a", "1b", "1c", "2a", "2b", "2c", "3a", "3b", "3c", "4a", "4b", "4c", "4d", "4e",
}  # fmt: skip
GIVEN = {"sig", "tanh", "relu", "swish", "celu", "softmax", "__init__", "forward"}
MODULES = (activations, losses, network, optim, data, training, gradient_check, images)


def code() -> str:
    return "\n\n".join(cell.source for cell in notebook.CELLS if cell.kind == "code")


def body(function: ast.FunctionDef) -> list[ast.stmt]:
    """The statements of a function without its docstring."""
    return function.body[1:] if ast.get_docstring(function) is not None else function.body


def functions(source: str) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]


def bodies(source: str) -> set[str]:
    """Every function body of the source, methods included, as a dump without positions."""
    return {"\n".join(ast.dump(statement) for statement in body(f)) for f in functions(source)}


def expressions(source: str) -> set[str]:
    """What the functions of the source assign or return, as dumps; plain names and constants aside."""
    return {
        ast.dump(node.value)
        for f in functions(source)
        for node in ast.walk(f)
        if isinstance(node, ast.Assign | ast.Return | ast.AugAssign)
        and any(isinstance(part, ast.BinOp | ast.Call) for part in ast.walk(node.value))
    }


def test_committed_notebook_is_what_build_makes():
    """student_template/tarea2.ipynb equals build() byte for byte.

    Where it does not: `python -m reference.tarea2.notebook`.
    """
    assert notebook.TEMPLATE.read_bytes() == notebook.text().encode()


def test_build_is_deterministic():
    """Two calls make the same notebook, with fixed unique cell ids, and it is valid nbformat."""
    assert notebook.text() == notebook.text()
    assert len({cell.id for cell in notebook.CELLS}) == len(notebook.CELLS)
    nbformat.validate(notebook.build())


def test_notebook_runs_from_top_to_bottom(tmp_path):
    """Unanswered, every cell runs in a fresh kernel and prints nothing."""
    built = notebook.build()
    NotebookClient(
        built, timeout=60, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    assert all(cell.outputs == [] for cell in built.cells if cell.cell_type == "code")


def test_every_question_has_a_text_and_a_cell():
    """Each question of the assignment has its title with points and a code cell with its id."""
    texts = {cell.id.split("-")[0] for cell in notebook.CELLS if cell.kind == "markdown"}
    codes = {cell.id.split("-")[0] for cell in notebook.CELLS if cell.kind == "code"}
    assert {f"q{question}" for question in QUESTIONS} == texts - {"intro"} == codes - {"imports"}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rsplit(".", 1)[-1])
def test_no_answer_is_in_the_notebook(module):
    """No function body of the reference, and nothing it computes, occurs in the notebook's code."""
    source = inspect.getsource(module)
    if module is network:  # the network's forward pass is given, in other words
        source = source.replace("return softmax(hL @ self.U + self.c, dim=1)", "")
    assert not bodies(source) & bodies(code())
    assert not expressions(source) & expressions(code())


def test_the_search_for_answers_can_fail():
    """An answer pasted into a cell is found, whatever its function's name and docstring."""
    pasted = (
        inspect.getsource(losses.CELoss).replace("def CELoss", "def perdida").replace("The mean", "La media")
    )
    assert bodies(pasted) & bodies(inspect.getsource(losses))
    assert expressions(pasted) & expressions(inspect.getsource(losses))


def test_holes_are_empty():
    """Every function of the notebook beyond question 0 consists of `pass`."""
    holes = [f for f in functions(code()) if f.name not in GIVEN]
    assert {ast.dump(statement) for f in holes for statement in body(f)} == {ast.dump(ast.Pass())}
    assert {f.name for f in holes} == {
        "d_relu", "d_swish", "d_celu", "CELoss", "CategoricalCELoss", "backward", "chequeo_gradiente",
        "step", "__len__", "__getitem__", "entrenar_FFNN",
    }  # fmt: skip


def test_signatures_are_those_of_the_reference():
    """A function in the notebook has the reference's argument names, less optional ones at the end."""
    namespace: dict[str, object] = {}
    exec(code(), namespace)
    given = {name: value for name, value in namespace.items() if isinstance(value, FunctionType)}
    for module in MODULES:
        for name in given.keys() & vars(module).keys():
            ours = list(inspect.signature(getattr(module, name)).parameters)
            theirs = list(inspect.signature(given[name]).parameters)
            assert theirs == ours[: len(theirs)], name


def test_given_answers_are_right(generator):
    """The notebook's activations equal the reference's, also where exp overflows."""
    namespace: dict[str, object] = {}
    exec(code(), namespace)
    T = 4 * torch.randn(6, 5, generator=generator)
    T[0] = torch.tensor([0.0, -200.0, 200.0, -1e4, 1e4])
    for name in ("sig", "tanh", "relu", "swish", "celu"):
        assert_close(
            namespace[name](T), getattr(activations, name)(T), msg=lambda text, name=name: f"{name}: {text}"
        )
    assert_close(namespace["swish"](T, 1.7), activations.swish(T, 1.7))
    assert_close(namespace["celu"](T, 0.6), activations.celu(T, 0.6))
    for dim in (0, 1):
        assert_close(namespace["softmax"](T, dim), activations.softmax(T, dim))


def test_given_network_is_right(generator):
    """The notebook's FFNN computes what the reference computes with the same parameters."""
    namespace: dict[str, object] = {}
    exec(code(), namespace)
    red = namespace["FFNN"](5, [7, 6], [namespace["tanh"], namespace["celu"]], 3)
    ours = network.FFNN(5, [7, 6], [activations.tanh, activations.celu], 3)
    ours.load_state_dict(red.state_dict())
    x = torch.randn(4, 5, generator=generator)
    assert_close(red.forward(x), ours.forward(x))
