"""Forbidden functions are listed under few names, and none of the table's names is lost."""

from __future__ import annotations

from grader.assignment import load
from grader.assignment.forbidden_groups import ELSEWHERE, forbidden_names
from grader.assignment.spec import Question
from grader.messages import Text
from grader.release.handout.forbidden import forbidden

from ....tiny import ROOT


def question(id: str, *names: str) -> Question:
    return Question(id, Text(), (), forbidden=names)


def test_spellings_of_a_function_are_one_name() -> None:
    """A function, its class, its in-place twin and its method are one entry, under the first spelling."""
    names = ("torch.relu", "torch.nn.ReLU", "torch.relu_", "torch.Tensor.relu", "torch.optim.*")
    found = forbidden([question("1", *names)])
    assert [row.names for row in found] == [("relu", "torch.optim")]


def test_a_method_alone_keeps_its_class() -> None:
    """`backward` without its class would be the student's own method."""
    found = forbidden([question("1", "torch.Tensor.backward", "torch.Tensor.relu", "torch.relu")])
    assert [row.names for row in found] == [("Tensor.backward", "relu")]


def test_questions_that_forbid_the_same_share_a_row() -> None:
    """Rows come in the order of the questions; a question that forbids nothing has no row."""
    found = forbidden([question("1", "torch.a"), question("2"), question("3", "torch.b"), question("4", "torch.a")])
    assert [(row.questions, row.names) for row in found] == [(("1", "4"), ("a",)), (("3",), ("b",))]


def test_every_forbidden_name_of_tarea2_is_covered() -> None:
    """Each dotted name is covered by a name of its row or by its module, but internals and other libraries."""
    elsewhere = {name for names in ELSEWHERE.values() for name in names}
    assignment = load.load_assignment(ROOT / "reference" / "tarea2")
    rows = {id: row.names for row in forbidden(assignment.questions) for id in row.questions}
    for asked in assignment.questions:
        said = {name.removeprefix("Tensor.").replace("_", "").casefold() for name in rows.get(asked.id, ())}
        for name in asked.forbidden:
            short = name.removesuffix(".*") if name.endswith(".*") else name.rpartition(".")[2]
            covered = short.replace("_", "").casefold() in said or any(name.startswith(f"{row}.") for row in said)
            inner = "._" in name or name.startswith("torch.ops.aten.")
            assert covered or inner or name in elsewhere, (asked.id, name)


def test_the_names_of_a_group_are_few_words() -> None:
    """A student reads modules, not the internal functions in which all derivatives end."""
    found = forbidden([question("1", *forbidden_names(["autograd"])), question("2", *forbidden_names(["losses"]))])
    assert found[0].names == ("Tensor.backward", "torch.autograd", "torch.func", "functorch", "torch.nn.grad")
    assert found[1].names == ("cross_entropy", "nll_loss", "kl_div", "CrossEntropyLoss", "KLDivLoss")
