"""IPython's additions to Python are removed, and every line keeps its number."""

from __future__ import annotations

import itertools

import pytest

from grader.notebook.magics import plain_python
from grader.notebook.read import read_notebook
from grader.release.handout.cells import set_up

from .cells import code, notebook, only_cell


@pytest.mark.parametrize(
    ("source", "python"),
    [
        ("!pip install torch\nx = 1", "\nx = 1"),
        ("\n\n!pip install \\\n  a \\\n  b\n\nx = 1\n%matplotlib inline", "\n\n\n\n\n\nx = 1\n"),
        ("!ls\n\nx = 1", "\n\nx = 1"),
        ("if a:\n    !ls\n    x = !ls\ny = %sql q", "if a:\n    pass\n    pass\n"),
        ("%time x = f()", "x = f()"),
        ("def f():\n    %time g()\n    return 1", "def f():\n    g()\n    return 1"),
        ("%%time\nx = 1\n!ls", "\nx = 1\n"),
        ("\n%%capture out\n%pip install a\nimport a", "\n\n\nimport a"),
        ("%%unknown\nx = 1", "\nx = 1"),
        ("%%bash\nls", ""),
        ("%%writefile a.py\nx = 1", "\nx = 1"),
        ("x?\ny = 1", "\ny = 1"),
        ("s = '''\n%time\n'''\n!ls", "s = '''\n%time\n'''\n"),
        ("  x = 1\n  y = 2", "x = 1\ny = 2"),
        (">>> x = 1\n>>> y = 2", "x = 1\ny = 2"),
        ("x = 1\r\ny = 2\r\n", "x = 1\ny = 2\n"),
    ],
)
def test_magics_leave_and_lines_stay(source: str, python: str) -> None:
    """IPython's syntax is removed; the remaining code parses, and each line keeps its number."""
    cell = only_cell(source)
    assert cell.python == python
    assert cell.tree is not None or not python
    if python:
        assert python.count("\n") == source.count("\n")


def test_dropped_lines_are_noted() -> None:
    """A note names the cell and the omitted lines; a cell without magics has no note."""
    found = read_notebook(notebook(code("x = 1"), code("!pip install a\n%cd b")), "a.ipynb")
    note = "Cell 2: these lines are not Python and are left out: !pip install a; %cd b"
    assert [n.render("en") for n in found.notes] == [note]


SET_UP = set_up("es", repository="https://example.org/a/b", folder="b")


@pytest.mark.parametrize("source", [SET_UP, "%load_ext grader\n%check 1b\n%check", 'check("1b")'])
def test_the_self_check_leaves_no_note(source: str) -> None:
    """The lines that set up and call the self-check are not the student's fault, including magics and shell lines."""
    assert read_notebook(notebook(code("x = 1"), code(source)), "a.ipynb").notes == ()


@pytest.mark.parametrize("source", ["!git clone a\nimport grading", "%load_ext grader2", "%checks"])
def test_other_lines_keep_their_note(source: str) -> None:
    """A line that only looks like the self-check is noted as usual."""
    assert len(read_notebook(notebook(code("x = 1"), code(source)), "a.ipynb").notes) == 1


@pytest.mark.parametrize("source", ["def f(a)\n    pass", "x = (\n!ls", "\0", "(" * 10_000, "-" * 100_000 + "1"])
def test_broken_cells_come_back_as_they_are(source: str) -> None:
    """A cell that no transform can repair is kept, with as many lines, and has no tree."""
    cell = only_cell(source)
    assert cell.tree is None
    assert cell.python.split("\n")[0] == source.split("\n")[0]
    assert cell.python.count("\n") == source.count("\n")


PIECES = (
    "!ls\n", "x = !ls\n", "if a:\n    x = %sql q\n", "a.b?\n", "?x\n", "def f(t='=', *, u=1):\n    !ls\n    return t\n",
    "x = (1,\n  a % b)\n", "s = '''\n!ls\n'''\n", "x = 'a?'  # b?\n", "y = x != b\n", "!pip install \\\n  a \\\n  b\n",
    "\nx = a \\\n  % b\n", "print('%d' % 3)\n", "!echo \"it's (\n", "x: int = 3\n",
    "x = [\"\"\" ( \"\"\",\n'\\''] ; y = 2\n",
)  # fmt: skip


def test_the_lines_are_those_that_ipython_takes() -> None:
    """A cell keeps the lines that IPython runs as Python."""
    from nbconvert.filters import ipython2python

    def kept(python: str) -> list[str]:
        lines = (line for line in python.split("\n") if line.strip() not in ("", "pass"))
        return [line for line in lines if "get_ipython()" not in line]

    for first, second in itertools.product(PIECES, PIECES):
        assert kept(only_cell(first + second).python) == kept(ipython2python(first + second)), first + second


def test_prompts_of_a_session_leave() -> None:
    """Both kinds of prompt are read, also with a magic among the lines."""
    assert only_cell("In [3]: x = 1\n   ...: y = 2\nIn [4]: !ls").python == "x = 1\ny = 2\n"
    assert only_cell(">>> for i in x:\n...     y = i\n>>> %time z = 1").python == "for i in x:\n    y = i\nz = 1"


def test_cell_magics_may_be_stacked() -> None:
    """Each of them is dropped; the body stays unless one of them takes another language."""
    assert only_cell("%%time\n\n%%capture\nx = 1\n!ls").python == "\n\n\nx = 1\n"
    assert only_cell("%%time\n%%bash\nls").python == ""
    assert only_cell("%%unknown\n!ls\nx = 1").python == "\n\nx = 1"
    assert only_cell("%%time\n" * 3000 + "x = 1").python == "\n" * 3000 + "x = 1"


def test_ipython_is_not_asked_about_a_very_long_line() -> None:
    """Its patterns take the square of the length: 27 s for half a million spaces before a help mark."""
    assert plain_python("x" * 500 + "?").tree is not None
    assert plain_python("x" * 2000 + "?").tree is None
