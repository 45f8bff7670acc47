"""IPython's additions to Python are removed, and every line keeps its number."""

from __future__ import annotations

import subprocess
import sys

import pytest

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


def test_a_cell_with_too_many_magics_stays_as_it_is() -> None:
    """Each magic takes time to remove; a cell whose magics would take minutes keeps them."""
    assert only_cell("!ls\n" * 10).python == ""
    assert only_cell("!ls\n" * 10_000).python == "!ls\n" * 10_000


def imported_after(source: str) -> str:
    script = (
        "import sys\nfrom grader.notebook.read import read_notebook\n"
        f"read_notebook({source.encode()!r}, 'a.py')\nprint('nbconvert' in sys.modules)"
    )
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()


def test_templates_do_not_cost_an_import() -> None:
    """nbconvert is imported for a cell with magics, not for one that merely does not parse."""
    assert imported_after("def f(a)\n    pass") == "False"
    assert imported_after("!ls") == "True"
