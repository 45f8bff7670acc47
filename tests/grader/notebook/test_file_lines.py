"""Lines of cells in the file: every line of a cell is found on its line of the file."""

from __future__ import annotations

import json

import pytest

from grader.notebook.file_lines import Positions, positions
from grader.notebook.read import read_notebook
from tests.tiny import cell, notebook

ANSWER = 'def f(x):\n    # año "ñ" \\ \n    return x\n'


def lines_of(data: bytes, name: str = "a.ipynb") -> dict[tuple[int, int], str]:
    """For each line of each cell, as the reader numbers them, the line of the file that is found for it."""
    found = positions(data, name)
    content = data.decode("utf-8-sig").split("\n")
    return {
        (c.number, n): content[found.line(c.number, n) - 1]
        for c in read_notebook(data, name).cells
        for n, _ in enumerate(c.source.split("\n"), start=1)
        if n <= max(1, len(c.source.splitlines()))
    }


def listed(text: str) -> list[str]:
    return text.splitlines(keepends=True)


@pytest.mark.parametrize("indent", [1, 2, 4, "\t", 0])
def test_a_line_of_a_cell_stands_on_its_line_of_the_file(indent: int | str) -> None:
    """The lines are found for any indentation, and with outputs and nested metadata between the cells."""
    content = json.loads(notebook(cell(listed("# Título\n\nsource: x"), "markdown"), cell(listed(ANSWER)), cell([])))
    content["cells"][1]["outputs"] = [{"data": {"source": ["x\n", "y"], "cells": [{"source": ["z"]}]}, "text": ["{"]}]
    data = json.dumps(content, indent=indent, ensure_ascii=False).encode()
    found = lines_of(data)
    assert "# Título" in found[1, 1]
    assert "source: x" in found[1, 3]
    assert "def f(x):" in found[2, 1]
    assert "# año" in found[2, 2]
    assert "return x" in found[2, 3]


def test_what_one_string_holds_stands_on_its_line() -> None:
    """Some tools write a source as one string, or as a list whose entries are not lines."""
    whole = json.dumps(json.loads(notebook(cell("a = 1"), cell(ANSWER))), indent=1).encode()
    assert all("def f(x):" in line for place, line in lines_of(whole).items() if place[0] == 2)
    parts = json.dumps(json.loads(notebook(cell(["a = 1\nb", " = 2\n", "c = ", "3"]))), indent=1).encode()
    found = lines_of(parts)
    assert '"a = 1\\nb"' in found[1, 1]
    assert '"a = 1\\nb"' in found[1, 2]
    assert '"c = "' in found[1, 3]


def test_a_minified_file_has_one_line() -> None:
    """Every line of the cells is on line 1, where GitHub can show it."""
    found = positions(notebook("a = 1\nb = 2", ANSWER), "a.ipynb")
    assert {found.line(c, n) for c in (1, 2) for n in (1, 2, 3)} == {1}


def test_the_old_formats_are_found_too() -> None:
    """Formats 2 and 3 kept cells in worksheets and code under "input"; cells are numbered across worksheets."""
    inputs = (["a = 1\n", "b = 2"], "c = 3")
    sheets = [{"cells": [{"cell_type": "code", "input": source}]} for source in inputs]
    data = json.dumps({"nbformat": 3, "worksheets": sheets}, indent=1).encode()
    found = lines_of(data)
    assert "b = 2" in found[1, 2]
    assert "c = 3" in found[2, 1]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_lines_of_a_script_are_those_of_the_file(end: str) -> None:
    """Cells are counted as the reader counts them, with and without code before the first mark."""
    for start in ("", "import torch\n\n", "\n\n"):
        text = f"{start}# %%\na = 1\n\n# %% [markdown]\n# text\n# %%\n\nb = 2\nc = 3\n".replace("\n", end)
        found = lines_of(text.encode(), "a.py")
        where = {c.number: c.source for c in read_notebook(text.encode(), "a.py").cells}
        last = max(where)
        assert found[last, 2].strip() == "b = 2"
        assert found[last, 3].strip() == "c = 3"
        assert found[last - 2, 1].strip() == "a = 1"
        assert (found[1, 1].strip() == "import torch") == start.startswith("import")


def test_a_script_without_marks_is_one_cell() -> None:
    """The cell's lines are the file's lines."""
    found = positions(b"a = 1\nb = 2\n", "a.py")
    assert [found.line(1, n) for n in (1, 2, 9)] == [1, 2, 2]


def test_carriage_returns_end_lines_as_the_reader_has_it() -> None:
    """The lines are right even when a string ends in the middle of a line's end."""
    data = json.dumps(json.loads(notebook(cell(["a = 1\r", "\nb = 2\r", "c = 3"]))), indent=1).encode()
    found = positions(data, "a.ipynb")
    shown = data.decode().split("\n")
    assert "b = 2" in shown[found.line(1, 2) - 1]
    assert "c = 3" in shown[found.line(1, 3) - 1]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"[" * 100_000, b'{"cells": 3}', b'{"cells": [3, {"source": 4}]}'])
def test_a_file_that_cannot_be_read_has_only_its_first_line(data: bytes) -> None:
    """An annotation needs some line, so line 1 is given."""
    assert positions(data, "a.ipynb").line(1, 5) == 1


def test_a_place_that_is_not_there_is_the_nearest() -> None:
    """For a line beyond the cell it is the cell's last line; for a missing cell it is the first line of the file."""
    found = Positions(((7, 8),))
    assert [found.line(1, n) for n in (0, 1, 2, 3)] == [7, 7, 8, 8]
    assert [found.line(n, 1) for n in (0, 2)] == [1, 1]


def test_a_key_that_comes_twice_counts_as_json_has_it() -> None:
    """The reader reads the last one of two equal keys."""
    data = b'{\n"cells": [\n{"cell_type": "code",\n"source": "a",\n"source": "b = 1"}]}'
    assert "b = 1" in lines_of(data)[1, 1]


def test_long_outputs_and_deep_ones_cost_little() -> None:
    """Images are skipped as a whole, and strings nested deeper than sources are not kept."""
    deep: object = "x"
    for _ in range(200):
        deep = {"source": [deep]}
    outputs = [{"data": {"image/png": "A" * 3_000_000}, "metadata": deep}]
    data = json.dumps(json.loads(notebook(cell(["a\n", "b"], outputs=outputs), "c = 1")), indent=1).encode()
    found = lines_of(data)
    assert '"b"' in found[1, 2]
    assert "c = 1" in found[2, 1]
