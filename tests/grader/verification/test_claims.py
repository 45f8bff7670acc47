"""The claims about misconceptions and the template; a claim that fails names the culprit."""

from __future__ import annotations

import pytest

from grader.assignment import load
from grader.verification.claims import line_for

from .faults import XOR, Verify, complaints, failed

pytestmark = pytest.mark.bwrap


def test_a_misconception_that_loses_nothing_is_named(verified: Verify) -> None:
    """Such a misconception is right, or no case sees it."""
    fault = """
def bce_by_hand(q, p):
    return -torch.log(torch.where(p == 1, q, 1 - q)).sum() / len(q)

ASSIGNMENT = with_misconception("harmless", "bce", bce=bce_by_hand)
"""
    text = complaints(verified(fault), "every misconception loses points in its question")
    assert text == "harmless loses no points in bce"


def test_a_misconception_that_also_loses_elsewhere_is_named(verified: Verify) -> None:
    """The complaint has the other question and its message."""
    fault = """
def softmax_of_opposite(z):
    return softmax(-z)

def gradient_twice(x, y, z):
    return z, z, 2 * (x + y)

ASSIGNMENT = with_misconception("spreads", "softmax", softmax=softmax_of_opposite, gradiente_f=gradient_twice)
"""
    text = complaints(verified(fault), "no misconception loses points in another question")
    assert text.startswith("spreads (softmax) also loses points: grad derivatives, a point: df/dz is ")


def test_what_a_misconception_may_also_lose_is_no_fault(verified: Verify) -> None:
    """The table may allow losses in other questions."""
    fault = """
def softmax_of_opposite(z):
    return softmax(-z)

def gradient_twice(x, y, z):
    return z, z, 2 * (x + y)

ALSO = ("grad",)
ASSIGNMENT = with_misconception("spreads", "softmax", ALSO, softmax=softmax_of_opposite, gradiente_f=gradient_twice)
"""
    assert failed(verified(fault)) == {}


def test_a_misconception_that_only_raises_is_not_diagnosed(verified: Verify) -> None:
    """It returns no values that could identify it, and the other claims still hold."""
    fault = """
def softmax_without_keepdim(z):
    e = torch.exp(z)
    return e / e.sum(1)

ASSIGNMENT = with_misconception("raises", "softmax", softmax=softmax_without_keepdim)
"""
    claim = "every misconception that loses points is diagnosed by name"
    assert complaints(verified(fault), claim) == "raises is diagnosed as no known mistake"


def test_a_check_that_rejects_nothing_gets_the_line_to_write(verified: Verify) -> None:
    """The check loses its only misconception here."""
    fault = 'ASSIGNMENT = without(misconception="constant-slope")'
    text = complaints(verified(fault), "every check rejects at least one misconception")
    assert text == (
        "grad: the check 'derivatives' rejects no misconception. Write one for it: "
        'Misconception("a-name", "grad", Text("pista", "hint"), {"gradiente_f": wrong_gradiente_f})'
    )


def test_the_line_to_write_can_be_pasted(verified: Verify) -> None:
    """With the suggested line all claims hold again."""
    line = line_for(load.load_assignment(XOR).question("grad"))
    fault = f"""
def wrong_gradiente_f(x, y, z):
    return z, z, x - y

ASSIGNMENT = without(misconception="constant-slope")
ASSIGNMENT = replace(ASSIGNMENT, misconceptions=(*ASSIGNMENT.misconceptions, {line}))
"""
    assert failed(verified(fault)) == {}


def test_the_line_to_write_names_a_method_or_a_snippet() -> None:
    """The line has the key under which a table changes the method or the snippet."""
    tarea2 = load.load_assignment(load.default_folder())
    assert line_for(tarea2.question("3a")).endswith('{"FFNN.backward": wrong_backward})')
    assert line_for(tarea2.question("2b")).endswith('{"2b": wrong_2b})')


def test_a_template_that_earns_something_is_named_by_question(verified: Verify) -> None:
    """A template that contains a solution earns points, and the complaint names the question."""
    fault = 'ASSIGNMENT = replace(ASSIGNMENT, template=FOLDER / "submissions" / "right_by_hand.ipynb")'
    text = complaints(verified(fault), "the unchanged template earns no points")
    assert text.splitlines() == ["grad: 2 points", "softmax: 2 points", "bce: 2 points"]
