"""The students' notebook is up to date, runs as it is, and gives no answer away."""

from __future__ import annotations

import ast
import inspect
import io
import re
import tokenize
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FunctionType

import nbformat
import pytest
import torch
from nbclient import NotebookClient
from torch.testing import assert_close

from grader.errors import AssignmentError
from reference.tarea2 import (
    activations,
    data,
    gradient_check,
    holes,
    images,
    losses,
    network,
    notebook,
    optim,
    training,
)
from reference.tarea2.assignment import ASSIGNMENT

LANGUAGES = ("es", "en")
IDS = tuple(q.id for q in ASSIGNMENT.questions)
STUB = "def check(*questions):\n    print('checked', *questions)\n"
WITHOUT = "raise ImportError('not installed')\n"
GIVEN = {"sig", "tanh", "relu", "swish", "celu", "softmax", "__init__", "forward"}
MODULES = (activations, losses, network, optim, data, training, gradient_check, images)


build = partial(notebook.build, ASSIGNMENT)


def cells(kind: str, language: str = "es", questions: Sequence[str] = ()) -> dict[str, str]:
    """Source by cell id, of the code or the markdown cells."""
    return {c.id: c.source for c in build(language, questions).cells if c.cell_type == kind}


def code(questions: Sequence[str] = ()) -> str:
    """The cells that students get and fill in, one after the other, without the self-check."""
    found = cells("code", questions=questions)
    return "\n\n".join(source for id, source in found.items() if id in holes.HOLES)


def tokens(source: str) -> list[tuple[int, str]]:
    """The tokens that Python reads in a cell, without its comments and the words in its strings."""
    found = tokenize.generate_tokens(io.StringIO(source).readline)
    kept = [t for t in found if t.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE)]
    return [(t.type, "" if t.type == tokenize.STRING else t.string) for t in kept]


def words(source: str) -> set[str]:
    """The comments and strings of a cell that have more than one word."""
    found = tokenize.generate_tokens(io.StringIO(source).readline)
    said = {t.string for t in found if t.type in (tokenize.COMMENT, tokenize.STRING)}
    return {text for text in said if " " in text}


def run(folder: Path, language: str, package: str) -> dict[str, str]:
    """The printed text of each code cell in a fresh kernel, where `package` is the source of the module grader."""
    (folder / "grader.py").write_text(package)
    built = build(language)
    NotebookClient(built, timeout=60, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
    assert all(o.get("name") == "stdout" for c in built.cells if c.cell_type == "code" for o in c.outputs)
    return {c.id: "".join(o["text"] for o in c.outputs) for c in built.cells if c.cell_type == "code"}


def body(function: ast.FunctionDef) -> list[ast.stmt]:
    """The statements of a function without its docstring."""
    return function.body[1:] if ast.get_docstring(function) is not None else function.body


def functions(source: str) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]


def bodies(source: str) -> set[str]:
    """Every function body of the source, methods included, as a dump without positions."""
    return {"\n".join(ast.dump(statement) for statement in body(f)) for f in functions(source)}


def expressions(source: str) -> set[str]:
    """The expressions that the functions of the source assign or return, as dumps, except plain names and constants."""
    return {
        ast.dump(node.value)
        for f in functions(source)
        for node in ast.walk(f)
        if isinstance(node, ast.Assign | ast.Return | ast.AugAssign)
        and any(isinstance(part, ast.BinOp | ast.Call) for part in ast.walk(node.value))
    }


def test_committed_notebook_is_what_build_makes():
    """student_template/tarea2.ipynb equals the built notebook byte for byte; `grade release` writes it again."""
    assert ASSIGNMENT.template is not None
    assert ASSIGNMENT.template.read_bytes() == notebook.text(ASSIGNMENT).encode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_build_is_deterministic(language):
    """Two calls make the same notebook, with unique cell ids and its language, and it is valid nbformat."""
    assert notebook.text(ASSIGNMENT, language) == notebook.text(ASSIGNMENT, language)
    built = build(language)
    assert len({cell.id for cell in built.cells}) == len(built.cells)
    assert built.metadata["language"] == language
    nbformat.validate(built)


def test_the_languages_have_the_same_cells_and_the_same_code():
    """Ids and kinds agree. Only comments and words in strings differ in code cells, and all of these differ."""
    spanish, english = (build(language) for language in LANGUAGES)
    assert [(c.id, c.cell_type) for c in spanish.cells] == [(c.id, c.cell_type) for c in english.cells]
    for ours, theirs in zip(spanish.cells, english.cells, strict=True):
        if ours.cell_type == "code":
            assert tokens(ours.source) == tokens(theirs.source), ours.id
            assert not words(ours.source) & words(theirs.source), ours.id


def test_the_languages_say_the_same():
    """Each text cell has the same formulas, the same code words and the same number of paragraphs in both."""
    spanish, english = (cells("markdown", language) for language in LANGUAGES)
    formula = re.compile(r"\$\$.*?\$\$|\$[^$]+\$", re.S)
    for id in spanish:
        pair = [[re.sub(r"\\text\{[^}]*\}", "", f) for f in formula.findall(each[id])] for each in (spanish, english)]
        assert sorted(pair[0]) == sorted(pair[1]), id
        assert spanish[id].count("\n\n") == english[id].count("\n\n"), id
        quoted = [set(re.findall(r"`([A-Za-z_.]+(?:\(.*?\))?)`", each[id])) for each in (spanish, english)]
        # Only the English text explains what `red` is.
        assert {q for q in quoted[0] ^ quoted[1] if " " not in q} <= {"red"}, id


def test_notebook_runs_from_top_to_bottom(tmp_path):
    """Without answers every cell runs in a fresh kernel. Only the self-checks print, one for each question."""
    printed = run(tmp_path, "es", STUB)
    assert {text for text in printed.values() if text} == {f"checked {id}\n" for id in IDS}
    assert all(printed[f"q{id}-check"] == f"checked {id}\n" for id in IDS if id != "0")


def test_notebook_runs_without_the_package(tmp_path):
    """If the package is not installed, the set-up cell and each self-check say how to install it."""
    printed = run(tmp_path, "en", WITHOUT)
    sentence = printed["preparacion"]
    assert sentence.count("%pip install -r requirements.txt") == 1
    assert {text for id, text in printed.items() if "check" in id} == {sentence}
    assert {text for id, text in printed.items() if "check" not in id and id != "preparacion"} == {""}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_has_a_title_with_points_a_cell_and_a_check(language):
    """The table's title and points head each question, and its self-check is the last of its code cells."""
    texts, codes = cells("markdown", language), cells("code", language)
    assert texts["intro"].startswith(f"# {ASSIGNMENT.title.render(language)}\n")
    for question in ASSIGNMENT.questions:
        title = texts[f"q{question.id}-texto"].splitlines()[0]
        assert title.lstrip("#").startswith(f" {question.id}. {question.title.render(language)} (")
        printed = [float(x.replace(",", ".")) for x in re.findall(r"\d+(?:[.,]\d+)?", title.rpartition("(")[2])]
        assert printed == [x for x in (question.points, question.reviewed) if x] or [question.points]
        assert "bonus" in title or not question.bonus
        assert any(id.startswith(f"q{question.id}-") for id in codes if "check" not in id)
        assert sum(f'check("{question.id}")' in source for source in codes.values()) == 1


def test_titles_and_totals_follow_the_table():
    """Points that change in the table change in the notebook."""
    changed = tuple(replace(q, points=9.5, bonus=True) if q.id == "1b" else q for q in ASSIGNMENT.questions)
    built = notebook.build(replace(ASSIGNMENT, questions=changed))
    texts = {cell.id: cell.source for cell in built.cells}
    assert "(opcional, bonus 9,5)" in texts["q1b-texto"].splitlines()[0]
    assert "| opcional, bonus 9,5 |" in texts["puntos"]
    assert "Las preguntas obligatorias suman 8,75 puntos." in texts["puntos"]


@pytest.mark.parametrize("question", IDS)
def test_a_part_stands_on_its_own(question):
    """With one question, and those that it builds on, the cells run, and no text speaks of a missing question."""
    kept = set(notebook.selected(ASSIGNMENT, [question]))
    assert {"0", question} <= kept
    exec(code([question]), {})
    for language in LANGUAGES:
        built = build(language, [question])
        shown = "\n".join(cell.source for cell in built.cells)
        mentioned = set(re.findall(r"\b[1-4][a-e]\b(?!-)", shown))  # 1e-8 is not a question
        assert mentioned <= kept, language
        parts = {cell.id for cell in built.cells if cell.id.startswith("parte")}
        assert parts == {f"parte{id[0]}" for id in kept - {"0"}}
        assert {id for id in IDS if f'check("{id}")  #' in shown} == kept


def test_question_0_has_its_network_with_and_without_3a():
    """The class FFNN is in the notebook once, and the check of question 0 comes after it."""
    for questions in ((), ("1b",)):
        sources = list(cells("code", questions=questions).values())
        places = [k for k, source in enumerate(sources) if "class FFNN" in source]
        assert len(places) == 1
        assert sources[places[0] + 1].startswith('check("0")')
        assert ("def backward" in sources[places[0]]) == (not questions)


def test_an_unknown_question_is_refused():
    """A misspelt id is an error, not an empty notebook."""
    with pytest.raises(AssignmentError, match="no question '9z'"):
        build(questions=["9z"])


def test_the_repository_stands_in_the_set_up_cell_only():
    """Colab clones this address. Without an address nothing is cloned."""
    address = "https://example.org/a/b"
    built = build(repository=address)
    assert [c.id for c in built.cells if address in c.source] == ["preparacion"]
    assert "git clone" not in notebook.text(ASSIGNMENT)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rsplit(".", 1)[-1])
def test_no_answer_is_in_the_notebook(module):
    """No function body of the reference, and no expression that it computes, occurs in the notebook's code."""
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
    """A function in the notebook has the reference's argument names, except optional ones at the end."""
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
