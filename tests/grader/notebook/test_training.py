"""Top-level training runs for the questions that ask for a trained object, and for no others."""

from __future__ import annotations

from grader.notebook.program import build
from grader.notebook.read import read_notebook

NOTEBOOK = """
import torch
model = torch.nn.Linear(2, 1)
optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
other = torch.nn.Linear(2, 1)
for step in range(3):
    model(torch.ones(1, 2)).sum().backward()
    optimiser.step()
optimiser.zero_grad()
other(torch.ones(1, 2))
"""


def kept(*trained: str) -> str:
    notebook = read_notebook(NOTEBOOK.encode(), "a.py")
    return "\n".join(s.source for s in build(notebook, ["model"], trained=trained).statements)


def test_training_is_left_out_where_nobody_asks_for_it() -> None:
    """A loop at top level may take hours, and most questions ask for functions."""
    assert "for step" not in kept()


def test_training_of_an_asked_object_runs() -> None:
    """The loop runs, and so does what uses an object that was made of the model; other objects are left out."""
    assert "for step" in kept("model")
    assert "optimiser.zero_grad()" in kept("model")
    assert "other(" not in kept("model")
