"""Example submissions earn what their first lines say."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment import load
from grader.verification.examples import Asked, asked

from .faults import Verify, complaints, failed, faulty

pytestmark = pytest.mark.bwrap


def test_a_right_example_that_loses_is_named(verified: Verify) -> None:
    """The complaint has the failure; a question that the first line leaves out may be lost."""
    source = "# expect: full except softmax, bce (not answered)\ndef gradient(x, y, z):\n    return z, z, x - y\n"
    text = complaints(verified(right=source), "every right example has full points")
    assert text.startswith("culprit: grad derivatives, a point: df/dz is ")
    assert "\n" not in text


NARROW = """# %% narrow four-examples [raw]
# - .mean()
# + .sum() / 4
# %% narrow always-right
def bce(q, p):
    return -(p * torch.log(q) + (1 - p) * torch.log(1 - q)).sum() / len(q)
# %% right as-a-diff [raw]
# - .mean()
# + .sum() / len(q)
# %% wrong bce-sum"""


def test_a_narrow_cell_with_full_points_is_named(verified: Verify) -> None:
    """Code, or a diff of the solution as in `right`, has to lose points in its question."""
    verification = verified(("# %% wrong bce-sum", NARROW))
    claim = "no answer that is right in some cases only has full points"
    assert complaints(verification, claim) == "always-right has full points in bce"
    assert "every other right answer has full points" not in failed(verification)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("full except grad, softmax (a remark)", "culprit: grad earns 2 points"),
        ("passes", "culprit: cannot read the expectation 'passes': write 'full', or 'full except' and the questions"),
    ],
)
def test_a_right_example_whose_first_line_does_not_fit_is_named(expected: str, said: str, verified: Verify) -> None:
    """A question that is left out earns nothing, and any other first line is not an expectation."""
    source = f"# expect: {expected}\ndef gradient(x, y, z):\n    return z, z, x + y\n"
    text = complaints(verified(right=source), "every right example has full points")
    assert said in text.splitlines()


@pytest.mark.parametrize(
    ("kind", "points", "claim"),
    [
        ("wrong", "", "every wrong example is graded as its first line says"),
        ("hostile", "2 points; ", "no hostile example earns more than its first line allows"),
    ],
)
def test_an_example_that_does_not_lose_is_named(kind: str, points: str, claim: str, verified: Verify) -> None:
    """The complaint has the part of the first line that is not met: the points, the verdict or the words."""
    source = (
        f'# expect: {points}grad failed; softmax failed; bce raised; bce failed "upside down"; nonsense\n'
        "def gradient(x, y, z):\n    return z, z, x + y\n"
        "def bce(q, p):\n    return q.sum()\n"
    )
    text = complaints(verified(**{kind: source}), claim)
    assert text.splitlines() == [
        "culprit: 'grad failed' was expected, but it is passed with 2 points",
        "culprit: 'bce raised' was expected, but it is failed with 0 points",
        "culprit: 'bce failed \"upside down\"' was expected, but the page does not say so",
        "culprit: cannot read the expectation 'nonsense'",
    ]


def test_a_hostile_example_that_earns_too_much_is_named(verified: Verify) -> None:
    """The complaint has all points; a separate test covers the things that the example must not do."""
    source = "# expect: 1.5 points; must not: earn points\ndef gradient(x, y, z):\n    return z, z, x + y\n"
    assert complaints(verified(hostile=source), "no hostile example earns more than its first line allows") == (
        "culprit: '1.5 points' was expected, but it earns 2 points"
    )


def test_a_hostile_example_has_to_say_what_it_may_earn(verified: Verify) -> None:
    """A line without a limit would accept full points."""
    source = "# expect: must not: earn points\ndef gradient(x, y, z):\n    return z, z, x + y\n"
    text = complaints(verified(hostile=source), "no hostile example earns more than its first line allows")
    assert text.startswith(
        "culprit: cannot read the expectation 'must not: earn points': it should say how many points it may earn"
    )


SLOW = """# expect: {expected}
import time
import torch
def softmax(x):
    end = time.process_time() + 1.2
    while time.process_time() < end:
        pass
    return torch.exp(x) / torch.exp(x).sum(-1, keepdim=True)
"""


def test_a_hostile_example_that_only_needs_time_gets_it(verified: Verify) -> None:
    """The first try has short limits; the result with the limits in use counts."""
    source = SLOW.format(expected="0 points; softmax failed")
    text = complaints(verified(hostile=source), "no hostile example earns more than its first line allows")
    assert text.splitlines()[0].startswith("culprit: '0 points' was expected, but it earns ")


@pytest.mark.parametrize(("kind", "holds"), [("hostile", True), ("wrong", False)])
def test_only_an_attack_may_run_out_of_time_before_memory(kind: str, holds: bool, verified: Verify) -> None:
    """The machine decides which limit comes first; a wrong example must match its line."""
    points = "0 points; " if kind == "hostile" else ""
    source = SLOW.format(expected=f"{points}softmax out_of_memory").replace("1.2", "99")
    assert verified(**{kind: source}).holds is holds


def test_a_hostile_example_that_says_so_is_cut_off(verified: Verify) -> None:
    """An example that is known to hang is not tried again."""
    assert failed(verified(hostile=SLOW.format(expected="0 points; softmax timed_out"))) == {}


def test_an_unreadable_right_example_is_named(verified: Verify) -> None:
    """It has lost nothing, since nothing was judged."""
    text = complaints(verified(right="# expect: full\n\0"), "every right example has full points")
    assert "culprit: it is unreadable" in text.splitlines()


def test_a_hostile_example_that_earns_what_it_may_holds(verified: Verify) -> None:
    """The points on the first line are a limit."""
    source = "# expect: 2 points; must not: earn points\ndef gradient(x, y, z):\n    return z, z, x + y\n"
    assert failed(verified(hostile=source)) == {}


@pytest.mark.parametrize(
    ("line", "looked_at"),
    [
        ("grad failed; bce passed", Asked(("grad", "bce"), names=())),
        ('grad failed "a hint"', Asked(("grad",), names=("grad",))),
        ("grad failed; nowhere failed", None),
    ],
)
def test_only_what_a_claim_looks_at_is_judged(line: str, looked_at: Asked | None, tmp_path: Path) -> None:
    """The questions of a first line, with the names of mistakes if it quotes a text; all if it cannot be read."""
    folder = faulty(tmp_path, ("# %% wrong bce-sum", NARROW), wrong=f"# expect: {line}\n")
    found = asked(load.load_assignment(folder))
    assert found.get("wrong culprit") == looked_at
    assert found["narrow cell four-examples"] == Asked(("bce",), names=(), change="bce")
