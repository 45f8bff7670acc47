"""`grade verify`: what holds is said to hold, and one planted fault fails one claim, which names the culprit."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import grader.verification.verify
from grader.assignment import load
from grader.errors import UsageError
from grader.judging.judge import Judge
from grader.judging.judge_pool import Progress, judge_one
from grader.judging.submission import Conditions, Task
from grader.results import SubmissionResult
from grader.run.progress import Silent
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level
from grader.sandbox.limits import Limits
from grader.verification.claims import line_for
from grader.verification.outcome import Outcome, Verification
from grader.verification.verify import lines, verify

from ...tiny import grade, write_assignment

pytestmark = pytest.mark.bwrap

Capture = pytest.CaptureFixture[str]

XOR = Path(__file__).parents[2] / "assignments" / "xor"
# What a fault adds to the end of the table. Without the question that trains, which takes longer than all others.
ADDED = """
from dataclasses import replace

def without(question="", misconception=""):
    return replace(
        ASSIGNMENT,
        questions=[q for q in ASSIGNMENT.questions if q.id != question],
        misconceptions=[m for m in ASSIGNMENT.misconceptions if question != m.question and misconception != m.name],
    )

def with_misconception(name, question, also=(), **changes):
    more = Misconception(name, question, Text(), changes, also)
    return replace(ASSIGNMENT, misconceptions=[*ASSIGNMENT.misconceptions, more])

ASSIGNMENT = without(question="xor")
"""
CLAIMS = (
    "the reference answers every case",
    "no submission met a fault of the grader",
    "the reference has full points in every question",
    "the untouched template earns nothing",
    "every misconception loses points in its question",
    "and only there",
    "and is diagnosed by its name",
    "every check rejects some misconception",
    "every right style has full points",
    "every wrong example loses what its first line says",
    "every hostile example gains nothing",
    "every forbidden shortcut is found",
    "the reference passes every case in float32, with every salt",
    "10 salts give the same verdicts",
    "every misconception is 100 tolerances away in some case, with every salt",
)


@pytest.fixture(scope="module")
def lane() -> Iterator[Lane]:
    """A sandbox that many assignments can share: to start one takes longer than to judge with it."""
    with Lane(Level.BWRAP, Limits()) as lane:
        yield lane


@pytest.fixture
def warm(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge in the lane that is there."""

    def judge_all(
        judge: Judge, todo: list[Task], conditions: Conditions, lanes: int, progress: Progress
    ) -> Iterator[tuple[Task, SubmissionResult]]:
        judge.prepare()
        for task in todo:
            yield task, judge_one(task, judge, lane, conditions)

    monkeypatch.setattr(grader.verification.verify, "judge_all", judge_all)


def faulty(folder: Path, added: str = "", changed: tuple[str, str] = ("", ""), **examples: str) -> Path:
    """A copy of the assignment, with more at the end of its table, or something in it replaced, or more examples."""
    table = shutil.copytree(XOR, folder / "xor", ignore=shutil.ignore_patterns("__pycache__")) / "assignment.py"
    source = table.read_text(encoding="utf-8")
    assert changed[0] in source
    table.write_text(source.replace(*changed, 1) + ADDED + added, encoding="utf-8")
    for kind, text in examples.items():
        (folder / "xor" / "examples" / kind / "culprit.py").write_text(text, encoding="utf-8")
    return folder / "xor"


Verify = Callable[..., Verification]


@pytest.fixture
def verified(warm: None, tmp_path: Path) -> Verify:
    """The verification of an assignment with a fault."""

    def verified(*fault: object, **examples: str) -> Verification:
        assignment = load.load(faulty(tmp_path, *fault, **examples))  # type: ignore[arg-type]
        return verify(assignment, Conditions("en", Level.BWRAP), 1, Silent(None, False))  # type: ignore[arg-type]

    return verified


def failed(verification: Verification) -> dict[str, tuple[str, ...]]:
    return {o.claim: o.complaints for o in verification.outcomes if not o.holds}


def complaints(verification: Verification, claim: str) -> str:
    """What is complained about, when this claim and no other fails."""
    found = failed(verification)
    assert list(found) == [claim], found
    return "\n".join(found[claim])


# What holds -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page") / "verification.html"


def test_what_holds_is_said_line_by_line(page: Path, capsys: Capture) -> None:
    """Exit status 0, a line for each claim, the smallest margin, and where the page is."""
    said = grade(capsys, "verify", "--assignment", XOR, "--sandbox", "bwrap", "--html", page)
    assert (said.status, said.err) == (0, "")
    *claims, margin, where = said.out.splitlines()
    assert [re.sub(r" \(\d+\)$", "", line) for line in claims] == [f"ok     {claim}" for claim in CLAIMS]
    assert margin.startswith("smallest margin: ")
    assert where == f"Page: {page}"
    html = page.read_text(encoding="utf-8")
    assert [html.count(claim) for claim in CLAIMS] == [1] * len(CLAIMS)
    assert html.count("✓ holds") == len(CLAIMS)
    assert "✗" not in html
    assert requests(html) == []


def requests(html: str) -> list[str]:
    """What a browser would fetch for a page."""
    found = re.findall(r"""(?:src|href|action|data)\s*=\s*["']?([^"'\s>]+)""", html)
    found += re.findall(r"""url\(\s*["']?([^)"']+)|@import\s+([^;]+)""", html)
    return [str(address) for address in found if not str(address).startswith(("#", "data:"))]


def test_what_a_browser_would_fetch_is_found() -> None:
    """A font, an image, a style sheet; not a place on the page, and no picture that the page holds."""
    assert len(requests('<link href="a.css"><img src=//b/c.png><style>a{b:url(d)}</style>')) == 3
    assert requests('<a href="#margins"></a><img src="data:image/png;base64,AA==">') == []


# One fault, one claim -------------------------------------------------------------------------------------------


def test_a_fault_ends_with_status_1(warm: None, tmp_path: Path, capsys: Capture) -> None:
    """The claim that fails is marked, its complaint stands below it, and the page has both."""
    table = faulty(tmp_path, 'ASSIGNMENT = with_misconception("twin", "softmax", softmax=softmax_of_columns)')
    page = tmp_path / "page.html"
    said = grade(capsys, "verify", "--assignment", table, "--html", page, "--lanes", 1)
    assert said.status == 1
    where = said.out.splitlines().index("FAILED and is diagnosed by its name (6)")
    assert said.out.splitlines()[where + 1].strip() == "twin is diagnosed as softmax-columns"
    assert said.out.count("FAILED") == 1
    html = page.read_text(encoding="utf-8")
    assert "<li>twin is diagnosed as softmax-columns</li>" in html
    assert html.count("✗ fails") == 1


def test_a_misconception_that_loses_nothing_is_named(verified: Verify) -> None:
    """It is right, or no case sees it."""
    fault = """
def bce_by_hand(q, p):
    return -torch.log(torch.where(p == 1, q, 1 - q)).sum() / len(q)

ASSIGNMENT = with_misconception("harmless", "bce", bce=bce_by_hand)
"""
    text = complaints(verified(fault), "every misconception loses points in its question")
    assert text == "harmless loses nothing in bce"


def test_a_misconception_that_also_loses_elsewhere_is_named(verified: Verify) -> None:
    """With the question where it loses more, and what is said there."""
    fault = """
def softmax_of_opposite(z):
    return softmax(-z)

def gradient_twice(x, y, z):
    return z, z, 2 * (x + y)

ASSIGNMENT = with_misconception("spreads", "softmax", softmax=softmax_of_opposite, gradiente_f=gradient_twice)
"""
    text = complaints(verified(fault), "and only there")
    assert text.startswith("spreads (softmax) also loses in grad derivatives, a point: df/dz is ")


def test_what_a_misconception_may_also_lose_is_no_fault(verified: Verify) -> None:
    """The table says so itself."""
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
    """It gives no values by which it could be known, and nothing else ends with it."""
    fault = """
def softmax_without_keepdim(z):
    e = torch.exp(z)
    return e / e.sum(1)

ASSIGNMENT = with_misconception("raises", "softmax", softmax=softmax_without_keepdim)
"""
    assert complaints(verified(fault), "and is diagnosed by its name") == "raises is diagnosed as nothing"


def test_a_check_that_rejects_nothing_gets_the_line_to_write(verified: Verify) -> None:
    """Without its only misconception."""
    fault = 'ASSIGNMENT = without(misconception="constant-slope")'
    text = complaints(verified(fault), "every check rejects some misconception")
    assert text == (
        "grad, 'derivatives' rejects no misconception: write one for it, "
        'Misconception("a-name", "grad", Text("pista", "hint"), {"gradiente_f": wrong_gradiente_f})'
    )


def test_the_line_to_write_can_be_pasted(verified: Verify) -> None:
    """With the function that it names, everything holds again."""
    line = line_for(load.load(XOR).question("grad"))
    fault = f"""
def wrong_gradiente_f(x, y, z):
    return z, z, x - y

ASSIGNMENT = without(misconception="constant-slope")
ASSIGNMENT = replace(ASSIGNMENT, misconceptions=(*ASSIGNMENT.misconceptions, {line}))
"""
    assert failed(verified(fault)) == {}


def test_the_line_to_write_names_a_method_or_a_snippet() -> None:
    """By the key under which a table changes it."""
    tarea2 = load.load(load.default_folder())
    assert line_for(tarea2.question("3a")).endswith('{"FFNN.backward": wrong_backward})')
    assert line_for(tarea2.question("2b")).endswith('{"2b": wrong_2b})')


def test_a_template_that_earns_something_is_named_by_question(verified: Verify) -> None:
    """As one that holds its solution."""
    fault = 'ASSIGNMENT = replace(ASSIGNMENT, template=FOLDER / "submissions" / "right_by_hand.ipynb")'
    text = complaints(verified(fault), "the untouched template earns nothing")
    assert text.splitlines() == ["grad: 2 points", "softmax: 2 points", "bce: 2 points"]


def test_a_right_example_that_loses_is_named(verified: Verify) -> None:
    """With what was wrong; a question that its first line leaves out may be lost."""
    source = "# expect: full except softmax, bce (not answered)\ndef gradiente_f(x, y, z):\n    return z, z, x - y\n"
    text = complaints(verified(right=source), "every right style has full points")
    assert text.startswith("culprit: grad derivatives, a point: df/dz is ")
    assert "\n" not in text


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("full except grad, softmax (a remark)", "culprit: grad earns 2 points"),
        ("passes", "culprit: cannot read the expectation 'passes': a right one is 'full', or 'full except' questions"),
    ],
)
def test_a_right_example_whose_first_line_does_not_fit_is_named(expected: str, said: str, verified: Verify) -> None:
    """What it leaves out earns nothing, and a line that says something else is no expectation."""
    source = f"# expect: {expected}\ndef gradiente_f(x, y, z):\n    return z, z, x + y\n"
    text = complaints(verified(right=source), "every right style has full points")
    assert said in text.splitlines()


@pytest.mark.parametrize(
    ("kind", "points", "claim"),
    [
        ("wrong", "", "every wrong example loses what its first line says"),
        ("hostile", "2 points; ", "every hostile example gains nothing"),
    ],
)
def test_an_example_that_does_not_lose_is_named(kind: str, points: str, claim: str, verified: Verify) -> None:
    """With the part of its first line that is not met, be it the points, the verdict or the words."""
    source = (
        f'# expect: {points}grad failed; softmax failed; bce raised; bce failed "upside down"; nonsense\n'
        "def gradiente_f(x, y, z):\n    return z, z, x + y\n"
        "def bce(q, p):\n    return q.sum()\n"
    )
    text = complaints(verified(**{kind: source}), claim)
    assert text.splitlines() == [
        "culprit: 'grad failed', and it is passed with 2 points",
        "culprit: 'bce raised', and it is failed with 0 points",
        "culprit: 'bce failed \"upside down\"', and the page does not say so",
        "culprit: cannot read the expectation 'nonsense'",
    ]


def test_a_hostile_example_that_earns_too_much_is_named(verified: Verify) -> None:
    """With all its points; what it must not do is a matter for a test of its own."""
    source = "# expect: 1.5 points; must not: earn points\ndef gradiente_f(x, y, z):\n    return z, z, x + y\n"
    assert complaints(verified(hostile=source), "every hostile example gains nothing") == (
        "culprit: '1.5 points', and it has 2"
    )


def test_a_hostile_example_has_to_say_what_it_may_earn(verified: Verify) -> None:
    """A line that bounds nothing would be met by full points."""
    source = "# expect: must not: earn points\ndef gradiente_f(x, y, z):\n    return z, z, x + y\n"
    text = complaints(verified(hostile=source), "every hostile example gains nothing")
    assert text.startswith(
        "culprit: cannot read the expectation 'must not: earn points': it should say what may be earned"
    )


SLOW = """# expect: {expected}
import time
import torch
def softmax(x):
    time.sleep(1.2)
    return torch.exp(x) / torch.exp(x).sum(-1, keepdim=True)
"""


def test_a_hostile_example_that_only_needs_time_gets_it(verified: Verify) -> None:
    """It is in a hurry at first; what it gains with the limits in use counts."""
    source = SLOW.format(expected="0 points; softmax failed")
    text = complaints(verified(hostile=source), "every hostile example gains nothing")
    assert text.splitlines()[0].startswith("culprit: '0 points', and it has ")


@pytest.mark.parametrize(("kind", "holds"), [("hostile", True), ("wrong", False)])
def test_only_an_attack_may_run_out_of_time_before_memory(kind: str, holds: bool, verified: Verify) -> None:
    """Which comes first is up to the machine; a wrong example is graded as it says."""
    points = "0 points; " if kind == "hostile" else ""
    source = SLOW.format(expected=f"{points}softmax out_of_memory").replace("1.2", "99")
    assert verified(**{kind: source}).holds is holds


def test_a_hostile_example_that_says_so_is_cut_off(verified: Verify) -> None:
    """There is nothing to find out about one that hangs."""
    assert failed(verified(hostile=SLOW.format(expected="0 points; softmax timed_out"))) == {}


def test_an_unreadable_right_example_is_named(verified: Verify) -> None:
    """It has lost nothing, since nothing was judged."""
    text = complaints(verified(right="# expect: full\n\0"), "every right style has full points")
    assert "culprit: it is unreadable" in text.splitlines()


@pytest.mark.parametrize("what", ["template", "examples"])
def test_a_place_that_is_not_there_is_refused(what: str, verified: Verify) -> None:
    """In place of one claim fewer."""
    with pytest.raises(UsageError, match="elsewhere, which is not there"):
        verified(f'ASSIGNMENT = replace(ASSIGNMENT, {what}=FOLDER / "elsewhere")')


def test_a_hostile_example_that_earns_what_it_may_holds(verified: Verify) -> None:
    """The points on its first line are a limit."""
    source = "# expect: 2 points; must not: earn points\ndef gradiente_f(x, y, z):\n    return z, z, x + y\n"
    assert failed(verified(hostile=source)) == {}


def test_a_forbidden_name_that_is_not_found_is_named(verified: Verify) -> None:
    """In each guise; a switch that computes nothing is one that no question can forbid."""
    change = ('forbidden=("torch.nn.functional.binary', 'forbidden=("torch.no_grad", "torch.nn.functional.binary')
    text = complaints(verified("", change), "every forbidden shortcut is found")
    assert text.splitlines() == [
        "bce: torch.no_grad called is not found",
        "bce: torch.no_grad under another name is not found",
        "bce: torch.no_grad imported from its module is not found",
        "bce: torch.no_grad by getattr is not found",
    ]


def test_a_forbidden_name_of_another_library_is_found(verified: Verify) -> None:
    """The shortcut imports the library that it is of."""
    assert failed(verified("", ('forbidden=("torch.nn.f', 'forbidden=("numpy.linalg.norm", "torch.nn.f'))) == {}


def test_a_verdict_that_the_salt_decides_is_named_with_its_gaps(verified: Verify) -> None:
    """In a hidden case too, of which a student would not be shown the gaps."""
    fault = """
def size_of_z(x, y, z):
    return z.abs(), z, 2 * (x + y)

ASSIGNMENT = with_misconception("size", "grad", gradiente_f=size_of_z)
"""
    text = complaints(verified(fault), "10 salts give the same verdicts")
    said = re.fullmatch(r"size: grad / derivatives / df/dx flips; gaps of 0 to (\S+) tolerances", text)
    assert said is not None, text
    assert 100 < float(said[1]) < 1e6


def test_a_margin_that_is_too_small_is_named_with_its_case(verified: Verify) -> None:
    """2 thousandths of the value are 20 tolerances of 1e-4, in the public case and in the hidden one."""
    fault = """
def bce_nearly(q, p):
    return 1.002 * bce(q, p)

ASSIGNMENT = with_misconception("nearly", "bce", bce=bce_nearly)
"""
    claim = "every misconception is 100 tolerances away in some case, with every salt"
    name, _, gap = complaints(verified(fault), claim).rpartition(" is ")
    assert name == "nearly"
    assert float(gap.split()[0]) == pytest.approx(20, rel=0.02)


def test_a_reference_that_raises_is_named_with_its_case(verified: Verify) -> None:
    """Nothing else can be tried without expected values."""
    change = (
        "    return -(p * torch.log(q) + (1 - p)",
        "    assert len(q) < 7, 'too many examples'\n    return -(p * torch.log(q) + (1 - p)",
    )
    verification = verified("", change)
    text = complaints(verification, "the reference answers every case")
    assert text == "bce / value / 7 examples: the reference raises AssertionError: too many examples"
    assert len(verification.outcomes) == 1
    assert "ok" not in "".join(lines(verification))


def test_a_fault_of_the_grader_is_named_with_its_submission(verified: Verify) -> None:
    """A probe that takes for granted what a student need not give."""
    fault = """
def bce_of_nothing(q, p):
    return torch.zeros(3, 5)

ASSIGNMENT = with_misconception("breaks-the-probe", "bce", bce=bce_of_nothing)
"""
    change = (
        'return {"bce": f.call("bce", q, draw.named("p", draw.classes("p", draw["N"], 2).float()))}',
        'value = f.call("bce", q, draw.named("p", draw.classes("p", draw["N"], 2).float()))\n'
        '    assert value is None or value.dim() == 0, "a bug"\n'
        '    return {"bce": value}',
    )
    found = failed(verified(fault, change))
    assert found["no submission met a fault of the grader"] == (
        "misconception breaks-the-probe: AssertionError: a bug",
    )


def test_a_reference_that_differs_in_the_sandbox_is_named(verified: Verify) -> None:
    """A student's tensors are float32, the reference's are not."""
    change = ("    return z, z, x + y\n", "    return z, z, (x + y) * (2 if x.dtype == torch.float32 else 1)\n")
    found = failed(verified("", change))["the reference has full points in every question"]
    assert [text.partition(" is ")[0] for text in found] == ["reference: grad derivatives, a point: df/dz"]


def test_a_claim_about_nothing_does_not_hold() -> None:
    """Nothing to complain about is not enough."""
    assert not Outcome("claim", 0).holds
    assert Outcome("claim", 1).holds
    assert list(lines(Verification((Outcome("claim", 0),), ()))) == [
        "FAILED claim (0)", "         there was nothing to look at"
    ]  # fmt: skip


def test_an_assignment_without_misconceptions_is_refused(tmp_path: Path, capsys: Capture) -> None:
    """Exit status 2, and one sentence with the line to write."""
    said = grade(capsys, "verify", "--assignment", write_assignment(tmp_path))
    assert said.status == 2
    line = 'Misconception("a-name", "1", Text("pista", "hint"), {"double": wrong_double})'
    assert f"write in its table, with Misconception from grader.authoring, misconceptions=({line},)" in said.error
