"""A small assignment with a planted fault, and the complaints about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from grader.report.verification_page import Verification

SOLUTION = {
    "grad": "def gradient(x, y, z):\n    return z, z, x + y\n",
    "softmax": "def softmax(z):\n    e = torch.exp(z)\n    return e / e.sum(1, keepdim=True)\n",
    "bce": "def bce(q, p):\n    return -(p * torch.log(q) + (1 - p) * torch.log(1 - q)).mean()\n",
}
RIGHT = "import torch\n" + "".join(SOLUTION.values())
TABLE = f"""# %% assignment circuits: Small circuits
# scale: 0 to 10, 1 decimals
# languages: en
# limit: 5 s
# examples: examples
# template: template.py
# %% given
import torch
# %% question grad: Gradient of a small circuit
# points: 2
# %% solution
{SOLUTION["grad"]}# %% test derivatives
@public("a point", n=3)
@hidden("another point", n=3)
def test(d):
    x, y, z = d.normal(d.n)
    yield from zip(("df/dx", "df/dy", "df/dz"), gradient(x, y, z), strict=True)
# %% wrong constant-slope: The slope is not constant. [raw]
# - x + y
# + 1.0
# %% question softmax: Softmax
# points: 2
# %% solution
{SOLUTION["softmax"]}# %% test rows
@public("3 rows", N=3)
@hidden("5 rows", N=5)
def test(d):
    return {{"softmax": softmax(d.normal(d.N, 4))}}
# %% wrong softmax-columns: The sum goes over the classes of one example. [raw]
# - sum(1
# + sum(0
# %% question bce: Binary cross entropy
# points: 2
# forbidden: losses
# %% solution
{SOLUTION["bce"]}# %% test value
@public("4 examples", N=4)
@hidden("7 examples", N=7)
def test(d):
    return {{"bce": bce(d.probabilities(d.N, 2)[:, 0], d.one_hot(d.N, 2)[:, 1])}}
# %% wrong bce-sum: The mean over the examples is asked. [raw]
# - .mean()
# + .sum()
"""
EXAMPLES = {
    "right": f"# expect: full\n{RIGHT}",
    "wrong": '# expect: grad failed "df/dz"; softmax missing\ndef gradient(x, y, z):\n    return z, z, x - y\n',
    "hostile": "# expect: 0 points\ndef gradient(*a):\n    return 0\nsoftmax = bce = gradient\n",
}

Change = tuple[str, str]
Verify = Callable[..., Verification]


def faulty(folder: Path, *changes: Change, **examples: str) -> Path:
    """The assignment with parts of its text replaced and with more examples."""
    text = TABLE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    (folder / "template.py").write_text("# %%\nimport torch\n", encoding="utf-8")
    for kind, source in EXAMPLES.items():
        (folder / "examples" / kind).mkdir(parents=True, exist_ok=True)
        (folder / "examples" / kind / "ordinary.py").write_text(source, encoding="utf-8")
    for kind, source in examples.items():
        (folder / "examples" / kind / "culprit.py").write_text(source, encoding="utf-8")
    (folder / "circuits.py").write_text(text, encoding="utf-8")
    return folder / "circuits.py"


def wrong(question: str, name: str, *diff: str) -> Change:
    """A further known mistake of a question; its diff has the lines of an assignment file without `# `."""
    own = {"grad": "constant-slope", "softmax": "softmax-columns", "bce": "bce-sum"}[question]
    before = f"# %% wrong {own}"
    return before, "\n".join([f"# %% wrong {name}: A hint. [raw]", *(f"# {line}" for line in diff), before])


def failed(verification: Verification) -> dict[str, tuple[str, ...]]:
    return {o.claim: o.complaints for o in verification.outcomes if not o.holds}


def complaints(verification: Verification, claim: str) -> str:
    """The complaints of this claim; fails unless it is the only claim that does not hold."""
    found = failed(verification)
    assert list(found) == [claim], found
    return "\n".join(found[claim])
