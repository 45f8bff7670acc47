"""Every salt gives the same verdicts, with a margin; known mistakes end, and no two of them are the same."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import load
from grader.judging.author import Place
from grader.judging.checks import checks_of
from grader.judging.checks.from_test import FromTest
from grader.judging.references import References
from grader.judging.shared_runs import SharedRuns
from grader.verification.salts import SaltRun, Seen, margins, salt_name, trials_of
from grader.verification.verify import lines

from .faults import Verify, complaints, failed, faulty, wrong

pytestmark = pytest.mark.bwrap


def test_a_verdict_that_the_salt_decides_is_named_with_its_gaps(verified: Verify) -> None:
    """The gaps are also shown for a hidden case, although a student would not see them."""
    fault = wrong("grad", "size", "- z, z, x + y", "+ z.abs(), z, 2 * (x + y)")
    text = complaints(verified(fault), "all 10 salts give the same verdicts")
    place = "grad / derivatives / df/dx"
    said = re.fullmatch(
        rf"size: the verdict of {place} depends on the salt, with gaps of 0 to (\S+) tolerances: "
        r"draw inputs in which it always shows \(`d.until`, `given`\)",
        text,
    )
    assert said is not None, text
    assert 100 < float(said[1]) < 1e6


def test_a_margin_that_is_too_small_is_named_with_its_case(verified: Verify) -> None:
    """2 thousandths of the value are 20 tolerances of 1e-4, in the public case and in the hidden one."""
    claim = "every known mistake is at least 100 tolerances from the right answer in some case of each salt"
    text = complaints(verified(wrong("bce", "nearly", "- return -(", "+ return -1.002 * (")), claim)
    name, _, gap = text.rpartition(" is only ")
    assert name == "nearly"
    assert float(gap.split()[0]) == pytest.approx(20, rel=0.02)


def test_a_reference_that_raises_is_named_with_its_case(verified: Verify) -> None:
    """Without expected values nothing else can be tried."""
    change = ("def bce(q, p):\n", "def bce(q, p):\n    assert len(q) < 7, 'too many examples'\n")
    verification = verified(change)
    text = complaints(verification, "the reference answers every case")
    assert text.startswith("circuits.py, line ")
    said = "question bce, test value, case 7 examples: the test raises AssertionError: too many examples in line "
    assert said in text
    assert len(verification.outcomes) == 1
    assert "ok" not in "".join(lines(verification))


@pytest.mark.parametrize("added", ["while True: pass", "import time; time.sleep(60)"])
def test_a_mistake_that_never_ends_is_named_and_not_judged(added: str, verified: Verify) -> None:
    """It uses up the time of a student once, whether it computes or sleeps."""
    fault = wrong("bce", "endless", "- def bce(q, p):", "+ def bce(q, p):", f"+     {added}")
    verification = verified(("limit: 5 s", "limit: 1 s"), fault, only=("bce",))
    text = complaints(verification, "every known mistake gives an answer in time")
    assert text == "bce, wrong endless: no answer in 1 s"
    assert [name for part in verification.matrix for name, _ in part.mistakes] == ["bce-sum"]


def test_two_mistakes_with_the_same_values_are_named_with_their_lines(verified: Verify) -> None:
    """Rounding does not tell them apart. The diagnosis names one of them, which is not said again."""
    text = complaints(
        verified(wrong("bce", "twin", "- .mean()", "+ .mean() * len(q)")), "no two known mistakes give the same values"
    )
    said = r"circuits.py, line (\d+), question bce: wrong bce-sum gives the same values as wrong twin \(.*line (\d+)\)"
    found = re.match(said, text)
    assert found is not None, text
    assert int(found[1]) > int(found[2])


def test_mistakes_that_only_raise_are_not_twins(verified: Verify) -> None:
    """They give no values at all."""
    faults = wrong("softmax", "raises", "- , keepdim=True"), wrong("softmax", "raises-too", "- torch.exp", "+ torch.xp")
    assert list(failed(verified(*faults))) == ["every known mistake that loses points is diagnosed by name"]


def test_a_mistake_that_raises_everywhere_is_named_beside_its_margin() -> None:
    """An infinite gap is a margin like any other."""
    seen = Seen("1", "values", "N=3", "y", False, math.inf)
    (margin,) = margins([SaltRun("", 0, (replace(seen, passed=True, gap=0.1),)), SaltRun("by-zero", 0, (seen,))])
    assert (margin.mistake, margin.tolerances) == ("by-zero", math.inf)


def test_judges_get_the_runs_with_the_first_salt(tmp_path: Path) -> None:
    """They need not make them again; a result is the same as that of a run in a judge."""
    assignment, shared = load.load_assignment(faulty(tmp_path)), SharedRuns()
    trials_of(assignment, assignment.questions, 1, lambda done, total: None, shared)
    references = References(assignment, salt_name(0))
    check = checks_of(assignment.question("grad"), references)[0]
    assert isinstance(check, FromTest)
    run = (Place("grad", 0, len(check.cases) - 1), "", ("constant-slope",))
    found, own = shared.found([run])[run], check.alone(check.cases[-1], "constant-slope")
    references.author.close()
    assert found is not None
    assert own is not None
    assert found.wrong == own.wrong != frozenset()
    assert found.values.keys() == own.values.keys()
