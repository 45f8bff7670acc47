"""Scripts of marimo."""

from __future__ import annotations

from textwrap import dedent

from grader.notebook.file_lines import positions
from grader.notebook.marimo import as_percent
from grader.notebook.read import read_notebook

SCRIPT = dedent(
    '''
    # /// script
    # dependencies = ["torch"]
    # ///
    import marimo

    __generated_with = "0.10.0"
    app = marimo.App(width="medium")

    with app.setup:
        import torch
        N = 3


    @app.cell
    def _(mo):
        mo.md(
            r"""
            $\\frac{a}{b}$
            second line
            """
        )
        return


    @app.cell(hide_code=True)
    def answer(torch, other):
        # the answer
        @torch.no_grad()
        def relu(T):
            return T * (T > 0)

        text = """
    at the margin"""
        return (relu,)


    @app.function
    def loss(q):
        return q.sum()


    @app.class_definition
    class SGD:
        def step(self):
            return 1


    app._unparsable_cell(
        r"""
        def broken(:
            pass
        """,
        name="_"
    )


    @app.cell
    def _():
        return


    if __name__ == "__main__":
        app.run()
    '''
).strip()


def test_the_cells_of_marimo_are_read() -> None:
    """The bodies of its cells are code at the margin, `mo.md` is text, and functions and classes stay as they are."""
    cells = read_notebook(SCRIPT.encode(), "a.py").cells
    assert [(c.kind, c.source.strip()) for c in cells if c.source.strip()] == [
        ("code", "import torch\nN = 3"),
        ("markdown", "$\\frac{a}{b}$ second line"),
        (
            "code",
            '# the answer\n@torch.no_grad()\ndef relu(T):\n    return T * (T > 0)\n\ntext = """\nat the margin"""',
        ),
        ("code", "def loss(q):\n    return q.sum()"),
        ("code", "class SGD:\n    def step(self):\n        return 1"),
        ("code", "def broken(:\n    pass"),
    ]


def test_lines_of_marimo_keep_their_numbers() -> None:
    """A line of a cell is found in the file that was handed in."""
    lines = SCRIPT.split("\n")
    assert len(as_percent(SCRIPT).split("\n")) == len(lines)
    cells = read_notebook(SCRIPT.encode(), "a.py").cells
    where = positions(SCRIPT.encode(), "a.py")
    for cell in cells:
        for number, text in enumerate(cell.source.split("\n"), 1):
            if text.strip() and cell.kind == "code":
                assert lines[where.line(cell.number, number) - 1].strip() == text.strip()


def test_a_script_that_does_not_parse_stays_as_it_is() -> None:
    """Nothing of it is lost."""
    broken = "import marimo\napp = marimo.App()\ndef f(:\n"
    assert as_percent(broken) == broken
