"""Answers in text and raw cells."""

from __future__ import annotations

import pytest

from grader.notebook.read import read_notebook
from grader.notebook.text_cells import text_answers

from .cells import code, notebook

SGD = "class SGD:\n    def step(self):\n        return 1\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SGD, {"SGD": "class SGD"}),
        (f"My optimiser:\n```python\n{SGD}```\n", {"SGD": "class SGD"}),
        (f"# Título\nMi respuesta a 4a:\n\n{SGD}", {"SGD": "class SGD"}),
        ("@torch.no_grad()\ndef relu(T):\n    return T * (T > 0)", {"relu": "def relu"}),
        ("dL_dU = hL.t() @ dL_duLm1\ndL_dc = dL_duLm1.sum(0)", {"dL_dU": "dL_dU", "dL_dc": "dL_dc"}),
        ("```\ndef CELoss(Q, P):\n    pass\n```", {}),
        ("def CELoss(Q, P):\n    '''Write it.'''\n    # here\n    ...", {}),
        ("La clase SGD y la función relu", {}),
        ("$$L = -\\sum y$$\n\n# def\nx = 3 manzanas", {}),
    ],
)
@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_code_in_a_text_cell_is_found(text: str, expected: dict[str, str], kind: str) -> None:
    """A definition with a body is an answer; an empty one and prose are not."""
    read = read_notebook(notebook(code("import torch"), {"cell_type": kind, "source": text}), "a.ipynb")
    found = text_answers(read)
    assert {name: answer.words for name, answer in found.items()} == expected
    assert {answer.cell for answer in found.values()} <= {2}
