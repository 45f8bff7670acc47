"""The known mistakes: each one loses points in its question only, and has a hint that a student can use."""

from __future__ import annotations

import ast
import math
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.assignment import load
from grader.assignment.cases import Case, Draw
from grader.assignment.spec import Misconception, Probe, Question
from grader.errors import OddAnswer
from grader.judging.checks import Values
from grader.judging.checks.check import Judged
from grader.judging.compare import compare
from grader.judging.diagnosis import diagnosed
from grader.judging.local_implementation import LocalImplementation
from grader.judging.reference_side import ReferenceSide
from grader.judging.student_side import StudentSide
from grader.judging.suspects import KnownRuns, changes_of
from grader.messages import Text
from grader.results import Finding

FOLDER = load.default_folder()
ASSIGNMENT = load.load_assignment(FOLDER)
MISCONCEPTIONS = ASSIGNMENT.misconceptions
QUESTIONS = tuple(q for q in ASSIGNMENT.questions if (q.points and not q.attempted) or q.id == "0")
IDS = frozenset(q.id for q in ASSIGNMENT.questions)
# All tests share these values, as all submissions of a run do.
EXPECTED: dict[tuple[Probe, Case], Mapping[str, Any]] = {}
KNOWN: KnownRuns = {}

each = pytest.mark.parametrize("mistake", MISCONCEPTIONS, ids=lambda m: m.name)


def reference() -> LocalImplementation:
    return LocalImplementation(ASSIGNMENT.reference, ASSIGNMENT.snippets, ASSIGNMENT.supplies)


def checks(question: Question) -> Iterator[Values]:
    """The checks that compare values."""
    for check in question.checks:
        if isinstance(check, Values):
            yield check


def judged(
    question: Question, *mistakes: Misconception, known: tuple[Misconception, ...] = (), right: frozenset[str] = IDS
) -> list[Judged]:
    """One question, answered by the reference with these mistakes."""
    changes = changes_of(*mistakes)
    assert changes is not None
    student = reference().changed(changes)
    right_side = ReferenceSide(reference, "salt", IDS, EXPECTED, KNOWN)
    sides = StudentSide(student, right_side, right=right)
    entries = [
        check.judge(sides, case)
        for check in checks(question)
        for case in check.cases
    ]
    return diagnosed(entries, known, right_side)


def wrong(entries: list[Judged]) -> list[Finding]:
    return [f for entry in entries for f in entry.findings if not f.passed]


def of_question(id: str) -> tuple[Misconception, ...]:
    return tuple(m for m in MISCONCEPTIONS if m.question == id)


def mistake(name: str) -> Misconception:
    return next(m for m in MISCONCEPTIONS if m.name == name)


# The table -------------------------------------------------------------------------------------------------------


def test_there_are_mistakes_for_every_question() -> None:
    """Each question has at least ten, and there are 130 in all."""
    assert len(MISCONCEPTIONS) >= 130
    for question in QUESTIONS:
        assert len(of_question(question.id)) >= 10, question.id


@each
def test_a_name_is_words_with_dashes(mistake: Misconception) -> None:
    """The name appears in reports and tables."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", mistake.name)


@each
def test_a_change_has_a_name_of_its_own(mistake: Misconception) -> None:
    """The name is in a file of mistakes, so that a mistake can be handed in as it is."""
    for change in mistake.changes.values():
        assert ".mistakes." in change.__module__
        assert any(thing is change for thing in vars(sys.modules[change.__module__]).values())


def foreign_imports(source: str) -> set[str]:
    """The imports of a file other than torch, the standard library and the reference's own files."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module))
    return {name for name in found if name.split(".")[0] not in {"torch", *sys.stdlib_module_names}}


# All but row.py, which makes the rows of the tables. The tables do not exist where a student's code runs.
FILES = sorted(file for file in (FOLDER / "mistakes").glob("*.py") if file.stem != "row")


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_mistakes_know_nothing_of_the_grader(file: Path) -> None:
    """They run where a student's code runs."""
    assert foreign_imports(file.read_text(encoding="utf-8")) == set()


def test_a_foreign_import_is_found() -> None:
    """The rule above can fail."""
    assert foreign_imports(
        "from grader.assignment.spec import Case\nimport torch.nn, math, numpy\nfrom ..losses import CELoss"
    ) == {
        "grader.assignment.spec",
        "numpy",
    }


# The hints -------------------------------------------------------------------------------------------------------

# Code of a solution, or of something close to it, which a hint must not show.
CODE = re.compile(
    r"torch|lambda|\bself\b|`|@|==|\+=|-=|\*\*|=|\.T\b|\.\w+\(|\b(sum|mean|exp|log|clamp|zip|range|enumerate|detach)\("
)

# A hint may begin with a capital letter, or with one of these names of the assignment.
NAME = re.compile(r"(softmax|swish|celu|sig|tanh|alpha|beta|estable|epsilon|d_swish|dL_duk|y_pred|x|y|u)\b")


def complaints(text: str) -> list[str]:
    """The faults of a hint in one language."""
    found = []
    if not text.endswith(".") or text.endswith(".."):
        found.append("does not end with a period")
    if not 15 <= len(text) <= 170:
        found.append(f"has {len(text)} characters")
    if not text[:1].isupper() and not NAME.match(text):
        found.append("begins in lower case, and not with a name")
    if CODE.search(text):
        found.append("shows code")
    if "  " in text or text != text.strip():
        found.append("has spaces too many")
    return found


@each
def test_a_hint_is_a_sentence_without_code_in_both_languages(mistake: Misconception) -> None:
    """A hint leads to the repair and leaves the repair to the student."""
    assert complaints(mistake.hint.es) == []
    assert complaints(mistake.hint.en) == []
    assert mistake.hint.es != mistake.hint.en


@pytest.mark.parametrize(
    ("hint", "complaint"),
    [
        ("Mira el signo de la fórmula", "does not end with a period"),
        ("Mal.", "has 4 characters"),
        ("Usa torch.log en vez de otra cosa.", "shows code"),
        ("Falta p -= lr * grad en el ciclo.", "shows code"),
        ("Falta du.sum(0) en el sesgo.", "shows code"),
        ("Mira  el signo de la fórmula.", "has spaces too many"),
        ("mira el signo de la fórmula.", "begins in lower case, and not with a name"),
    ],
)
def test_a_poor_hint_is_found(hint: str, complaint: str) -> None:
    """The rule above can fail."""
    assert complaint in complaints(hint)


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_hints_of_a_question_differ(language: str) -> None:
    """Two mistakes of one question are repaired in different ways."""
    for question in QUESTIONS:
        hints = [m.hint.render(language) for m in of_question(question.id)]
        repeated = {hint for hint in hints if hints.count(hint) > 1}
        assert repeated == set(), question.id


# The effect of a mistake ----------------------------------------------------------------------------------------


@each
def test_a_mistake_is_called_by_its_own_name_only(mistake: Misconception) -> None:
    """It has its name and its hint in every case that it spoils."""
    findings = wrong(judged(ASSIGNMENT.question(mistake.question), mistake, known=of_question(mistake.question)))
    assert {name for f in findings for name in f.misconceptions} == {mistake.name}
    assert {f.hint for f in findings if f.misconceptions} == {mistake.hint}


def margin(mistake: Misconception) -> float:
    """The largest gap between the mistake and the right answer, in tolerances; infinite if they cannot be compared."""
    largest = 0.0
    for check in checks(ASSIGNMENT.question(mistake.question)):
        if not check.share:
            continue
        for case in check.cases:
            draw = Draw(case, "salt", right=IDS)
            try:
                actual = check.probe(reference().changed(mistake.changes), draw)
            except OddAnswer:  # for example because one epoch less than one leaves no epoch
                return math.inf
            right = check.probe(reference(), Draw(case, "salt", right=IDS, given=draw.given))
            for name, value in right.items():
                comparison = compare(name, actual.get(name), value, check.tolerance)
                gap = comparison.largest_gap
                largest = max(largest, 0.0 if comparison.passed else math.inf if gap is None else gap)
    return largest


@each
def test_a_mistake_is_far_from_right(mistake: Misconception) -> None:
    """One of its gaps is at least 100 tolerances, so neither rounding nor another machine hides the mistake."""
    assert margin(mistake) >= 100


def test_a_small_slip_is_not_far_from_right() -> None:
    """The margin can be too small."""
    slip = Misconception("slip", "4a", mistake("sgd-ascends").hint, {"SGD.step": nearly})
    assert 1 < margin(slip) < 100


@torch.no_grad()
def nearly(self: Any) -> None:
    for p in self.parameters:
        p.sub_(1.0005 * self.lr * p.grad)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.id)
def test_a_mistake_stays_within_its_question(question: Question) -> None:
    """It also loses points in the questions that its row names, because they build on the changed function."""
    lost = {m.name for m in MISCONCEPTIONS if m.question != question.id and spoils(question, m)}
    assert lost == {m.name for m in MISCONCEPTIONS if question.id in m.also}


def spoils(question: Question, mistake: Misconception) -> bool:
    try:
        return any(f.scored for f in wrong(judged(question, mistake, right=IDS - {mistake.question, *mistake.also})))
    except Exception:  # the reference's network meets an activation that it does not know
        return True


def test_the_reference_spoils_nothing() -> None:
    """So the points that are lost above are lost by the mistakes."""
    for question in QUESTIONS:
        assert wrong(judged(question, known=MISCONCEPTIONS)) == []


# Two mistakes ----------------------------------------------------------------------------------------------------

# The mistakes of the second pair both change the shape of x, which is (1, C) instead of (F,).
PAIRS = [("dataset-constant-length", "dataset-redraws"), ("dataset-swapped-sizes", "dataset-batch-dimension")]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_two_mistakes_in_different_functions_are_both_named(first: str, second: str) -> None:
    """Both are named whether they change the same result or not."""
    question = ASSIGNMENT.question(mistake(first).question)
    findings = wrong(judged(question, mistake(first), mistake(second), known=of_question(question.id)))
    assert {name for f in findings for name in f.misconceptions} >= {first, second}


def test_two_mistakes_in_different_variables_are_both_named() -> None:
    """Each is named at its own variable, although one cell holds both."""

    def cell(**inputs: Any) -> dict[str, Any]:
        transposed, mean = (
            mistake(n).changes["2b"](**inputs) for n in ("output-weight-transposed", "output-bias-mean")
        )
        return {**transposed, "dL_dc": mean["dL_dc"]}

    both = Misconception("both", "2b", Text(), {"2b": cell})
    named = {
        f.result: f.misconceptions for f in wrong(judged(ASSIGNMENT.question("2b"), both, known=of_question("2b")))
    }
    assert named == {"dL_dU": ("output-weight-transposed",), "dL_dc": ("output-bias-mean",)}


# Training: the data, their order and the form of the losses differ between students -----------------------------


class Reordered:
    """A data set in another order, as if a loader shuffled it."""

    def __init__(self, dataset: Any) -> None:
        self.dataset, self.order = dataset, torch.randperm(len(dataset)).tolist()

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, i: int) -> Any:
        return self.dataset[self.order[i]]


@pytest.mark.parametrize(
    "name",
    [
        "training-never-steps",
        "training-steps-before-backward",
        "training-first-batch-only",
        "training-drops-last-batch",
        "training-one-epoch",
        "training-returns-accuracy",
        "training-returns-sums",
        "training-returns-last-loss",
    ],
)
def test_a_training_mistake_is_named_whatever_the_order_of_the_examples(name: str) -> None:
    """The mistake is named although the data are drawn for each student and shuffled."""
    train = mistake(name).changes["entrenar_FFNN"]

    def shuffled(red: Any, dataset: Any, optimizador: Any, **more: Any) -> Any:
        return train(red, Reordered(dataset), optimizador, **more)

    student = Misconception("shuffled", "4c", Text(), {"entrenar_FFNN": shuffled})
    findings = wrong(judged(ASSIGNMENT.question("4c"), student, known=of_question("4c")))
    assert findings
    assert {f.misconceptions for f in findings} == {(name,)}


def test_a_training_mistake_is_named_whatever_the_form_of_the_losses() -> None:
    """A loop that never steps gets the same name when it returns the mean of each epoch."""
    train = mistake("training-never-steps").changes["entrenar_FFNN"]

    def of_epochs(red: Any, dataset: Any, optimizador: Any, epochs: int, **more: Any) -> Any:
        losses = torch.tensor(train(red, dataset, optimizador, epochs=epochs, **more))
        return losses.reshape(epochs, -1).mean(1).tolist()

    student = Misconception("of-epochs", "4c", Text(), {"entrenar_FFNN": of_epochs})
    findings = wrong(judged(ASSIGNMENT.question("4c"), student, known=of_question("4c")))
    assert {f.misconceptions for f in findings} == {("training-never-steps",)}


class Counting(LocalImplementation):
    """It notes how many rows the data set with the examples of a student's loop has."""

    rows = 0

    def new(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        if name == "DatosVistos":
            self.rows = len(args[1])
        return super().new(name, *args, **kwargs)


def test_of_what_a_loop_has_used_no_more_is_tried_than_may_be_right() -> None:
    """A hostile loop may have shown hundreds of thousands of rows, and each known mistake would go through them."""
    check = next(c for c in checks(ASSIGNMENT.question("4c")) if "epochs" in c.cases[0].sizes)
    case = check.cases[0]
    N, F, C = (case.sizes[name] for name in ("N", "F", "C"))
    batch = {"x": torch.zeros(1, F), "y": torch.eye(C)[:1]}
    seen = {"batches": [batch] * 5000, "examples": [torch.zeros(F).double()] * N}
    side = Counting(ASSIGNMENT.reference, ASSIGNMENT.snippets, ASSIGNMENT.supplies)
    check.probe(side, Draw(case, "salt", right=IDS, seen=seen))
    assert side.rows == 10 * N * case.sizes["epochs"]
