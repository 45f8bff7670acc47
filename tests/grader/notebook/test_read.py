"""The reader of notebooks: files become numbered cells of plain Python, whatever state they are in."""

from __future__ import annotations

import ast
import json

import pytest

from grader.notebook.raw_cells import UnreadableNotebook
from grader.notebook.read import MAX_CODE, Notebook, read_notebook

from .cells import code, notebook, only_cell


def test_cells_are_numbered_as_editors_count() -> None:
    """Markdown and raw cells count too, and a source may be one string or a list of lines."""
    cells = read_notebook(
        notebook(
            {"cell_type": "markdown", "source": ["# a\n", "b"]}, {"cell_type": "raw", "source": "r"}, code("x = 1")
        ),
        "a.ipynb",
    ).cells
    assert [(c.number, c.kind, c.source, c.python) for c in cells] == [
        (1, "markdown", "# a\nb", ""),
        (2, "raw", "r", ""),
        (3, "code", "x = 1", "x = 1"),
    ]


def test_format_3_is_read() -> None:
    """The old format with worksheets, `input` and image keys gives the same cells."""
    old = {
        "nbformat": 3,
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 1, "source": "t"},
                    {"cell_type": "code", "input": ["x = 1"], "outputs": [{"png": "..."}, {"text": "1"}]},
                ]
            }
        ],
    }
    cells = read_notebook(json.dumps(old).encode(), "a.ipynb").cells
    assert [(c.kind, c.source, c.figures) for c in cells] == [("markdown", "t", 0), ("code", "x = 1", 1)]


def test_figures_are_counted_in_saved_outputs() -> None:
    """An output with image data is one figure, however many formats it has; an output with text is not a figure."""
    outputs = [
        {"data": {"image/png": "..", "image/svg+xml": "..", "text/plain": "."}},
        {"data": {"text/plain": "."}},
        {"output_type": "stream", "text": "."},
        "nonsense",
    ]
    cell = read_notebook(notebook(code("plot()", outputs=outputs)), "a.ipynb").cells[0]
    assert cell.figures == 1


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.ipynb", "a.ipynb is empty"),
        (b" \n ", "a.py", "a.py is empty"),
        (b"x = 1", "a.ipynb", "not a notebook, or damaged at line 1"),
        (notebook(code("x = 1"))[:-9], "a.ipynb", "damaged"),
        (b"[" * 100_000, "a.ipynb", "damaged"),
        (b'{"cells": [' + b"9" * 5000 + b"]}", "a.ipynb", "damaged"),
        (b"[1, 2]", "a.ipynb", "it has no cells"),
        (b'{"a": 1}', "a.ipynb", "it has no cells"),
        (notebook(), "a.ipynb", "has no code cells"),
        (notebook({"cell_type": "markdown", "source": "x"}), "a.ipynb", "has no code cells"),
        (notebook(code("x"), metadata={"kernelspec": {"language": "R"}}), "a.ipynb", "a notebook for R"),
        (notebook(code("x"), metadata={"language_info": {"name": "julia"}}), "a.ipynb", "for julia"),
        (b"PK\x03\x04....", "a.ipynb", "zip archive"),
        (b"<!DOCTYPE html><html>", "a.ipynb", "web page"),
        (b"%PDF-1.4", "a.py", "PDF"),
        (b"x\0\0", "a.py", "not a text file"),
        (notebook(code("x" * 20_000_000)), "a.ipynb", "more than 500000 characters"),
    ],
    ids=range(17),
)
def test_unreadable_files_say_why(data: bytes, name: str, words: str) -> None:
    """Each way in which a file is not a notebook has its own sentence, which names the file."""
    with pytest.raises(UnreadableNotebook, match=words) as caught:
        read_notebook(data, name)
    assert str(caught.value) == caught.value.message.render("en")
    assert str(caught.value).startswith(name)


def test_a_huge_cell_costs_only_itself() -> None:
    """A cell beyond the limit is left out with a note; the others are read."""
    found = read_notebook(notebook(code("x = 1"), code("y" * MAX_CODE), code("z = 1")), "a.ipynb")
    assert [c.python for c in found.cells] == ["x = 1", "", "z = 1"]
    assert "Cell 2 has 500000 characters" in found.notes[0].render("en")


def test_odd_cells_are_tolerated() -> None:
    """Cells without a source or of unknown types, and an absent list of cells, keep the numbering and do no harm."""
    found = read_notebook(notebook(3, {"cell_type": "code"}, {"source": None}, code("x = '\ud800'")), "a.ipynb")
    assert [c.number for c in found.cells] == [1, 2, 3, 4]
    assert found.cells[3].python == "x = '?'"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings(encoding: str) -> None:
    """Scripts are read in the encodings that Windows editors use."""
    assert read_notebook("año = 'ñandú'".encode(encoding), "a.py").cells[0].python == "año = 'ñandú'"


def test_percent_scripts() -> None:
    """`# %%` starts a cell and `[markdown]` a text cell; lines count from the line below the mark."""
    script = b"import torch\n# %% [markdown]\n# text\n# %% Title\nx = 1\n\n# In[3]:\ny = 2\n"
    cells = read_notebook(script, "a.py").cells
    assert [(c.kind, c.source) for c in cells] == [
        ("code", "import torch\n"),
        ("markdown", "# text\n"),
        ("code", "x = 1\n\n"),
        ("code", "y = 2\n"),
    ]


def test_cell_magics_in_a_script_that_nbconvert_made() -> None:
    """Such a script calls a function with the text of the cell."""
    made = [f"get_ipython().run_cell_magic({magic!r}, {line!r}, {body!r})"
            for magic, line, body in (("writefile", "-a red.py", "def f():\n    return 1\n"), ("time", "", "y = 2\n"))]
    cells = read_notebook(("".join(f"# In[ ]:\n\n\n{call}\n\n\n" for call in made)).encode(), "a.py").cells
    assert [(c.module, c.appends, c.python.strip()) for c in cells] == [
        ("red.py", True, "def f():\n    return 1"), ("", False, "y = 2"),
    ]  # fmt: skip


def test_a_byte_order_mark_before_a_cell_costs_nothing() -> None:
    """Text that was pasted from a file may begin with it."""
    assert only_cell("\ufeffx = 1").python == "x = 1"


def test_a_script_without_marks_is_one_cell() -> None:
    """A plain .py file is one code cell."""
    assert [c.source for c in read_notebook(b"x = 1\n\n%time y = 2\n", "a.py").cells] == ["x = 1\n\n%time y = 2\n"]


def test_the_tree_is_the_tree_of_the_python() -> None:
    """Each cell carries its syntax tree, so that no other code parses it again."""
    cell = only_cell("x = 1\n%time y = 2")
    assert ast.dump(cell.tree) == ast.dump(ast.parse(cell.python))


def test_a_notebook_is_a_value() -> None:
    """Reading the same bytes twice gives equal notebooks."""
    data = notebook(code("x = 1"))
    assert read_notebook(data, "a") == read_notebook(data, "a")
    assert isinstance(read_notebook(data, "a"), Notebook)


@pytest.mark.parametrize("language", ["pyspark", "sage", "polyglot-notebook", "C#", "R", "SoS"])
def test_cells_decide_whether_a_notebook_is_python(language: str) -> None:
    """A notebook for another kernel whose cells are Python is read; cells in other languages are left out."""
    data = notebook(
        code("import torch\nx = 2"),
        code("%%spark\ndef f(): return 1"),
        code("function(x) { x }", metadata={"vscode": {"languageId": "r"}}),
        code("def g() = 3", metadata={"polyglot_notebook": {"kernelName": "csharp"}}),
        code("def h(): return 3", metadata={"vscode": {"languageId": "python"}}),
        metadata={"kernelspec": {"language": language}},
    )
    found = read_notebook(data, "a.ipynb")
    assert [(c.kind, c.tree is not None) for c in found.cells] == [
        ("code", True), ("code", True), ("raw", False), ("raw", False), ("code", True)
    ]  # fmt: skip


RIGHT = '{"cells": [\n{"cell_type": "code",\n"execution_count": 1,\n"source": "x = 1"}\n]}'
BRANCHES = '{"cells": [\n{"cell_type": "code",\n<<<<<<< HEAD\n%s\n=======\n%s\n>>>>>>> branch\n"source": "x = 1"}\n]}'


@pytest.mark.parametrize(
    "text",
    [
        RIGHT + "\nsaved by my editor }",
        "\ufeff\n " + RIGHT,
        BRANCHES % ('"execution_count": 1,', '"execution_count": 7,'),
        BRANCHES.replace("\n", "\r\n") % ('"execution_count": 1,', '"execution_count": 7,'),
        BRANCHES % ('"execution_count": 1,\n||||||| base\n"execution_count": 0,', '"execution_count": 7,'),
        f"<<<<<<< HEAD\n{RIGHT}\n=======\n{RIGHT.replace('1,', '2,')}\n>>>>>>> branch\n",
    ],
)
def test_damage_that_changes_no_answer(text: str) -> None:
    """Text around the JSON, and merge conflicts whose sides hold the same cells."""
    (cell,) = read_notebook(text.encode(), "a.ipynb").cells
    assert cell.source == "x = 1"


@pytest.mark.parametrize("theirs", ['"source": "x = 2",', "oops"])
def test_a_conflict_about_answers(theirs: str) -> None:
    """The student learns the place where the two sides differ."""
    text = (BRANCHES % ('"source": "x = 1",', theirs)).replace('"source": "x = 1"}', '"outputs": []}')
    with pytest.raises(UnreadableNotebook, match="merge conflict at line 3"):
        read_notebook(text.encode(), "a.ipynb")


@pytest.mark.parametrize("name", ["ana", "ana.txt", "ana.ipynb", "ana.docx"])
def test_python_under_any_name(name: str) -> None:
    """A script is a script whatever it is called."""
    assert read_notebook(b"import math\nx = math.pi\n", name).cells[0].python == "import math\nx = math.pi\n"


@pytest.mark.parametrize("change", [("x = 1", "x = 1\n"), ("}]", "},]"), ("{}}", "{},}")])
def test_json_with_a_small_slip_is_read(change: tuple[str, str]) -> None:
    """A line end inside a string, and a comma before a closing bracket, as edits by hand leave them."""
    data = json.dumps({"cells": [{"cell_type": "code", "source": ["x = 1", ",]"], "outputs": []}], "metadata": {}})
    assert read_notebook(data.replace(*change).encode(), "a.ipynb").cells[0].source.replace("\n", "") == "x = 1,]"
