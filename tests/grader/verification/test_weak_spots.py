"""The matrix of mistakes and tests, and advice that changes no exit status."""

from __future__ import annotations

import pytest

from grader.verification.weak_spots import lines

from .faults import Verify, wrong

pytestmark = pytest.mark.bwrap

TWO = """# %% test sum of slopes
@public(n=3)
@hidden(n=3)
def test(d):
    x, y, z = d.normal(d.n)
    found = gradient(x, y, z)
    return {"twice x": float(found[0]) * 2, "three": len(found) == 3}
# %% wrong constant"""


def test_each_mistake_has_a_line_with_the_tests_that_it_fails(verified: Verify) -> None:
    """The tests of a question are numbered."""
    fault = wrong("grad", "all-of-x", "- z, z, x + y", "+ x, z, x + y")
    found = verified(fault, ("# %% wrong constant", TWO), only=("grad",))
    assert list(lines(found.matrix)) == [
        "grad: 1 derivatives, 2 sum of slopes",
        "     1  2  all-of-x",
        "     1  .  constant-slope",
    ]


def test_a_judgement_beside_the_answers_is_advised_against(verified: Verify) -> None:
    """A bool that the test computes can be faked, so `judge` should compute it; the claims hold all the same."""
    fault = wrong("grad", "all-of-x", "- z, z, x + y", "+ x, z, x + y")
    found = verified(fault, ("# %% wrong constant", TWO), only=("grad",))
    assert found.holds
    (advice,) = [sentence for sentence in found.advice if "judged beside" in sentence]
    assert advice.startswith("circuits.py, line ")
    assert "question grad, test sum of slopes: 'three' is judged beside the student's code" in advice


def test_a_question_without_a_hostile_answer_is_advised_against(verified: Verify) -> None:
    """An example that answers the question, or a cell below it, is an attack."""
    found = verified(hostile="# expect: 0 points\ndef softmax(z):\n    return z\n", only=())
    assert found.advice == ()
    found = verified(
        ("# %% wrong bce", "# %% hostile ones: 0 points\ndef bce(q, p):\n    return 1\n# %% wrong bce"),
        ("# examples: examples\n", ""),
    )
    assert [sentence.partition(": ")[0].rpartition(" ")[2] for sentence in found.advice] == ["grad", "softmax"]
