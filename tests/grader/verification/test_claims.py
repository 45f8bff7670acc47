"""The claims about known mistakes and the template; a claim that fails names the culprit."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment import load
from grader.assignment.read import read_assignment
from grader.verification.claims import line_for

from .faults import RIGHT, Verify, complaints, failed, faulty, wrong

pytestmark = pytest.mark.bwrap


def test_a_mistake_that_loses_nothing_is_named(verified: Verify) -> None:
    """Such a mistake is right, or no case sees it."""
    fault = wrong("bce", "harmless", "- .mean()", "+ .sum() / len(q)")
    text = complaints(verified(fault), "every known mistake loses points in its question")
    assert text == "harmless loses no points in bce"


SPREADS = """# %% wrong spreads: A hint.
{header}def softmax(z):
    global gradient
    gradient = lambda x, y, z: (z, z, 2 * (x + y))
    return torch.exp(-z) / torch.exp(-z).sum(1, keepdim=True)
gradient = lambda x, y, z: (z, z, 2 * (x + y))
# %% wrong softmax-columns"""


def test_a_mistake_that_also_loses_elsewhere_is_named(verified: Verify) -> None:
    """The complaint has the other question and its message."""
    fault = ("# %% wrong softmax-columns", SPREADS.format(header=""))
    text = complaints(verified(fault), "no known mistake loses points in another question")
    assert text.startswith("spreads (softmax) also loses points: grad derivatives, a point: df/dz is ")


def test_what_a_mistake_may_also_lose_is_no_fault(verified: Verify) -> None:
    """The cell may allow losses in other questions."""
    assert failed(verified(("# %% wrong softmax-columns", SPREADS.format(header="# also: grad\n")))) == {}


def test_the_share_of_an_earlier_mistake_is_no_fault(verified: Verify) -> None:
    """If `needs` gives half of the points for results that a repair makes right, the other half is lost on purpose."""
    needs = ("# forbidden: losses", "# needs: softmax (share 0.5)")
    uses = ("bce(d.probabilities(d.N, 2)[:, 0]", "bce(softmax(d.normal(d.N, 2))[:, 0]")
    stand_in = "# %% stand-in softmax\ndef softmax(z):\n    return torch.softmax(z, 1)\n# %% question bce"
    claims = failed(verified(needs, uses, ("# %% question bce", stand_in)))
    assert "no known mistake loses points in another question" not in claims


def test_a_mistake_that_only_raises_is_not_diagnosed(verified: Verify) -> None:
    """It returns no values that could identify it, and the other claims still hold."""
    fault = wrong("softmax", "raises", "- , keepdim=True")
    claim = "every known mistake that loses points is diagnosed by name"
    assert complaints(verified(fault), claim) == "raises is diagnosed as no known mistake"


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("points: 0.5 to 1", "constant-slope has 1.33 points, not 0.5 to 1"),
        ('says: "upside down"', "constant-slope: the page does not say 'upside down'"),
        ("raises: ValueError", "constant-slope: the page does not say 'ValueError'"),
    ],
)
def test_a_mistake_that_does_something_else_than_its_cell_says_is_named(
    header: str, said: str, verified: Verify
) -> None:
    """The points, the sentence, the exception."""
    fault = ("constant. [raw]\n", f"constant. [raw]\n# {header}\n")
    assert complaints(verified(fault), "known mistakes do what their cells say") == said


def test_a_mistake_that_passes_the_test_of_its_cell_is_named(verified: Verify) -> None:
    """The test `slopes` rejects nothing and costs nothing."""
    fault = ("constant. [raw]\n", "constant. [raw]\n# fails: slopes\n")
    other = '# %% test slopes\n# share: 0\n@public(n=3)\ndef test(d):\n    return {"n": 0.0}\n# %% wrong constant'
    text = complaints(verified(fault, ("# %% wrong constant", other)), "known mistakes do what their cells say")
    assert text == "constant-slope does not fail the test 'slopes'"


def test_a_test_that_rejects_nothing_gets_the_line_to_write(verified: Verify) -> None:
    """The question has no mistake that the second test would see."""
    more = "# %% test sizes\n@public(n=3)\n@hidden(n=4)\ndef test(d):\n    x = d.normal(d.n)\n"
    more += '    return {"size": len(gradient(*x[:3]))}\n# %% wrong constant'
    text = complaints(verified(("# %% wrong constant", more)), "every test rejects at least one known mistake")
    assert text == (
        "grad: the test 'sizes' rejects no known mistake. Write one: # %% wrong a-name: PISTA | HINT [raw]  "
        "below question grad, with a line `# - old` and a line `# + new`"
    )


def test_the_line_to_write_can_be_pasted(tmp_path: Path) -> None:
    """With the suggested line and a diff, the file has one mistake more."""
    path = faulty(tmp_path)
    title, _, below = line_for(load.load_assignment(path).question("grad")).partition("  below")
    assert below.startswith(" question grad")
    path = faulty(tmp_path, ("# %% wrong constant", f"{title}\n# - x + y\n# + x - y\n# %% wrong constant"))
    assert [m.name for m in read_assignment(path).mistakes][:2] == ["a-name", "constant-slope"]


def test_a_template_that_earns_something_is_named_by_question(verified: Verify, tmp_path: Path) -> None:
    """A template that contains a solution earns points, and the complaint names the question."""
    (tmp_path / "solved.py").write_text(RIGHT, encoding="utf-8")
    text = complaints(verified(("template.py", "solved.py")), "the unchanged template earns no points")
    assert text.splitlines() == ["grad: 2 points", "softmax: 2 points", "bce: 2 points"]
